/** The start times that identify a process and its parent in a record, and the thread's name. */
import { describe, expect, test } from "bun:test";
import { Reader } from "../../src/bpf/reader.ts";
import { planTrace } from "../../src/cli/plan.ts";
import { parse } from "../../src/cli/parse.ts";
import { NS_PER_CLOCK_TICK, Offset } from "../../src/record/layout.ts";
import { Recorder } from "../../src/recorder/recorder.ts";
import { recorderSettings } from "../../src/recorder/settings.ts";
import { statFields } from "../../src/system/procfs.ts";
import { ExitStream } from "../../src/trace/exit-stream.ts";
import { fakeHost } from "../support/fake-host.ts";
import { fixture, runToEnd, shell } from "../support/tracer.ts";

interface Identity {
  pid: number;
  ppid: number;
  tid: number;
  /** ns, CLOCK_BOOTTIME */
  start: bigint;
  parentStart: bigint;
  exit: bigint;
  duration: bigint;
  threadComm: string;
}

/** Records the exits while a function runs. */
async function recordedIn<T>(options: string[], run: () => Promise<T>): Promise<{ value: T; records: Identity[] }> {
  const recorder = new Recorder(recorderSettings(planTrace(parse(options), fakeHost())));
  const reader = new Reader(recorder.readerOptions);
  reader.addRing(recorder.ringFd);
  recorder.attach();
  const value = await run();
  recorder.detach();
  reader.drain();
  const stream = new ExitStream(reader);
  const { record } = stream.exit;
  const time = (field: number) => (BigInt(record.high(field)) << 32n) | BigInt(record.low(field));
  const records: Identity[] = [];
  stream.beginBatch();
  while (stream.next()) {
    const { pid, ppid, tid, start } = record;
    const name = record.bytes.subarray(start + Offset.threadComm, start + Offset.threadComm + 16);
    records.push({
      pid,
      ppid,
      tid,
      start: time(Offset.startTimeNs),
      parentStart: time(Offset.parentStartNs),
      exit: time(Offset.exitTimeNs),
      duration: time(Offset.durationNs),
      threadComm: new TextDecoder().decode(name).replace(/\0.*/s, ""),
    });
  }
  reader.close();
  recorder.close();
  return { value, records };
}

const ticksOf = (ns: bigint) => Number(ns / BigInt(NS_PER_CLOCK_TICK));

/** Returns field 22 of /proc/PID/stat, in clock ticks since boot. */
const startOf = (pid: number | string) => Number(statFields(pid)[22 - 3]);

describe("exit record:", () => {
  test("start times are those of the process and of its parent in /proc", async () => {
    const { value, records } = await recordedIn([], () => runToEnd(shell("exec cat /proc/self/stat")));
    const [record] = records.filter(({ pid }) => pid === value.pid);
    // the name `cat` has no space
    expect(ticksOf(record!.start)).toBe(Number(value.stdout.split(" ")[22 - 1]));
    expect(ticksOf(record!.parentStart)).toBe(startOf("self"));
    expect(record!.exit - record!.duration).toBe(record!.start);
  });

  test("child that a thread forked: its parent's start is that of the process", async () => {
    const { value, records } = await recordedIn([], () => runToEnd([fixture("process-tree"), "6", "0"]));
    const { children, grandchildren } = JSON.parse(value.stdout.split("\n")[1]!) as Record<string, number[]>;
    const byPid = new Map(records.map((record) => [record.pid, record]));
    const own = byPid.get(value.pid)!;
    for (const pid of children!) expect(byPid.get(pid)).toMatchObject({ ppid: value.pid, parentStart: own.start });
    // these have lost their parents
    for (const pid of grandchildren!) {
      const { ppid, parentStart, start } = byPid.get(pid)!;
      expect(children).not.toContain(ppid);
      expect(ticksOf(parentStart)).toBe(startOf(ppid));
      expect(start).toBeGreaterThan(own.start);
    }
  });

  test("exits of threads with --threads: each has its own name, and the start of the process", async () => {
    const run = () => runToEnd([fixture("named-thread"), "a name"]);
    const { value, records } = await recordedIn(["-T"], run);
    const threads = records.filter(({ pid }) => pid === value.pid);
    expect(threads.map(({ threadComm }) => threadComm).toSorted()).toEqual(["a name", "named-thread", "named-thread"]);
    const [leader] = threads.filter(({ pid, tid }) => tid === pid);
    for (const thread of threads) {
      expect(thread.start).toBe(leader!.start);
      if (thread !== leader) expect(thread.exit - thread.duration).toBeGreaterThan(leader!.start);
    }
  });
});
