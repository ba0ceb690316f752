/**
 * Many processes exit at once while the tracer is stopped, so that the ring fills up. Arguments and
 * paths give way to exits: no exit may be lost, whatever the size of its texts.
 */
import { describe, expect, test } from "bun:test";
import { Offset } from "../../src/record/layout.ts";
import { Cgroup, freshPath, only, runIn, v2, type WideEvent } from "../support/cgroups.ts";
import { SimultaneousExits } from "../support/simultaneous-exits.ts";
import { parseClosingLine, Tracer } from "../support/tracer.ts";

/** The last quarter of a ring of 1 MiB, which is kept for exit records without their texts. */
const KEPT_BYTES = (1024 * 1024) / 4;
/** The kernel's header of each record in a ring. */
const HEADER_BYTES = 8;
/** The most are 963: a record has 264 bytes before its texts, as costs.test.ts checks. */
const EXITS = 950;

/** Lets all processes of the batch exit while a tracer with these options is stopped. */
async function exitWhileStopped(batch: SimultaneousExits, args: string[]) {
  const tracer = await Tracer.start(["--json", "--ppid", `${batch.process.pid}`, ...args]);
  tracer.process.kill("SIGSTOP");
  await batch.exitAll();
  tracer.process.kill("SIGCONT");
  const { stderr, events, lostLines } = await tracer.end();
  return { ...parseClosingLine(stderr), lostLines, events: events as (WideEvent & { args_truncated: boolean })[] };
}

describe("8000 processes that exit at once, as in a killed PID namespace or cgroup", () => {
  test.each(["", "-w"])("8000 simultaneous exits, options %p, default ring: loses none", async (options) => {
    await using batch = await SimultaneousExits.start(8000);
    const { lost, lostLines, events } = await exitWhileStopped(batch, options.split(" ").filter(Boolean));
    expect({ lost, lostLines, seen: events.length }).toEqual({ lost: 0, lostLines: 0, seen: 8000 });
    expect(events.map(({ exit_code }) => exit_code! & 0xff).toSorted()).toEqual(
      Array.from({ length: 8000 }, (_, i) => i & 0xff).toSorted(),
    );
  });
});

describe("--wide --ring-size 1M", () => {
  test("the quarter of the ring that is kept for exits: has room for those of the tests below", () => {
    expect(KEPT_BYTES / (HEADER_BYTES + Offset.text)).toBeGreaterThanOrEqual(EXITS);
  });

  test.each([
    ["of 4000 bytes, which fit into the exit record", ["x".repeat(4000)]],
    ["of 50 KB, which take records of their own", Array.from({ length: 50 }, () => "y".repeat(1000))],
    ["of 120 KB", ["z".repeat(120_000)]],
    ["of 4095 bytes, the most that fit into the exit record", ["x".repeat(4080)]],
    ["of 1000 empty strings", Array.from({ length: 1000 }, () => "")],
  ])(`${EXITS} simultaneous exits with arguments %s: may truncate arguments and loses no exit`, async (_, words) => {
    await using batch = await SimultaneousExits.start(EXITS, words);
    const { lost, lostLines, events } = await exitWhileStopped(batch, ["-w", "--ring-size", "1M"]);
    expect({ lost, lostLines, seen: events.length }).toEqual({ lost: 0, lostLines: 0, seen: EXITS });
    const whole = events[0]!.args;
    expect(whole).toEqual([expect.any(String), `${EXITS}`, ...words]);
    for (const { args, args_truncated, exit_code } of events) {
      expect(exit_code).toBeNumber();
      // missing arguments are marked as truncated
      if (!args_truncated) expect(args).toEqual(whole!);
    }
    const unknown = events.filter(({ args }) => args === null);
    for (const { args_truncated } of unknown) expect(args_truncated).toBeTrue();
  });
});

test("ring smaller than an exit record with its arguments: holds the record without the arguments", async () => {
  await using batch = await SimultaneousExits.start(8, ["x".repeat(3900)]);
  const { lost, events } = await exitWhileStopped(batch, ["-w", "--ring-size", "4K"]);
  expect({ lost, seen: events.length }).toEqual({ lost: 0, seen: 8 });
  for (const { args_truncated } of events) expect(args_truncated).toBeTrue();
});

test.if(!!v2)(
  "cgroup paths that do not fit into a full ring: no exit is lost, and the paths are sent once there is room",
  async () => {
    const base = freshPath();
    const path = (i: number) => `${base}/${i}${`/${"x".repeat(255)}`.repeat(13)}`;
    using undo = new DisposableStack();
    const cgroups = Array.from({ length: 400 }, (_, i) => undo.use(new Cgroup(v2!, path(i))));
    const tracer = await Tracer.start(["--json", "-w", "--ring-size", "1M", "--ppid", String(process.pid)]);
    tracer.process.kill("SIGSTOP");
    const exitInEach = async () => {
      const pids: number[] = [];
      for (const cgroup of cgroups) pids.push((await runIn(only(cgroup), ["true"])).pid);
      return pids;
    };
    const pids = await exitInEach();
    tracer.process.kill("SIGCONT");
    await Bun.sleep(500);
    const later = await exitInEach();
    const { stderr, events } = await tracer.end();
    const cgroupOf = new Map((events as WideEvent[]).map(({ pid, cgroup }) => [pid, cgroup]));
    expect(parseClosingLine(stderr).lost).toBe(0);
    expect(pids.filter((pid) => !cgroupOf.has(pid))).toEqual([]);
    expect(pids.some((pid) => cgroupOf.get(pid) === null)).toBeTrue();
    expect(later.map((pid) => cgroupOf.get(pid))).toEqual(cgroups.map((_, i) => path(i)));
  },
);

test.if(!!v2)(
  "each exit in a cgroup of its own until the ring is full: each that is not lost has its cgroup",
  async () => {
    const base = freshPath();
    // as long as that of a container in Kubernetes
    const path = (i: number) => `${base}/${i}-${"x".repeat(160)}`;
    using undo = new DisposableStack();
    const cgroups = Array.from({ length: 600 }, (_, i) => undo.use(new Cgroup(v2!, path(i))));
    const tracer = await Tracer.start(["--json", "-w", "--ring-size", "256K", "--ppid", String(process.pid)]);
    tracer.process.kill("SIGSTOP");
    const pids: number[] = [];
    for (const cgroup of cgroups) pids.push((await runIn(only(cgroup), ["true"])).pid);
    tracer.process.kill("SIGCONT");
    const { stderr, events } = await tracer.end();
    const { lost } = parseClosingLine(stderr);
    expect(lost).toBeGreaterThan(0);
    expect(events.length + lost).toBe(pids.length);
    const without = (events as WideEvent[]).filter(({ pid, cgroup }) => cgroup !== path(pids.indexOf(pid)));
    expect(without.map(({ cgroup }) => cgroup)).toEqual([]);
  },
);
