/**
 * Many processes die at once while the tracer is stopped and gets no CPU time. No exit may be lost,
 * whatever the size of its texts.
 */
import { describe, expect, test } from "bun:test";
import { Cgroup, freshPath, only, runIn, v2, type WideEvent } from "../support/cgroups.ts";
import { SimultaneousExits } from "../support/simultaneous-exits.ts";
import { parseClosingLine, Tracer } from "../support/tracer.ts";

/** Lets a batch die while a tracer with these options is stopped. */
async function flood(batch: SimultaneousExits, args: string[]) {
  const tracer = await Tracer.start(["--json", "--ppid", `${batch.process.pid}`, ...args]);
  tracer.process.kill("SIGSTOP");
  await batch.exitAll();
  tracer.process.kill("SIGCONT");
  const { stderr, events, lostLines } = await tracer.end();
  return { ...parseClosingLine(stderr), lostLines, events: events as (WideEvent & { args_truncated: boolean })[] };
}

describe("8000 processes that die at once, as in a killed PID namespace or cgroup", () => {
  test.each(["", "-w"])("8000 simultaneous exits, options %p, default ring: none is lost", async (options) => {
    await using batch = await SimultaneousExits.start(8000);
    const { lost, lostLines, events } = await flood(batch, options.split(" ").filter(Boolean));
    expect({ lost, lostLines, seen: events.length }).toEqual({ lost: 0, lostLines: 0, seen: 8000 });
    expect(events.map(({ exit_code }) => exit_code! & 0xff).toSorted()).toEqual(
      Array.from({ length: 8000 }, (_, i) => i & 0xff).toSorted(),
    );
  });
});

describe("--wide --ring-size 1M: 1000 processes", () => {
  test.each([
    ["of 4000 bytes, which lie in an exit's own record", ["x".repeat(4000)]],
    ["of 50 KB, in records of their own", Array.from({ length: 50 }, () => "y".repeat(1000))],
    ["of 120 KB", ["z".repeat(120_000)]],
    ["of 4095 bytes in all, the longest of one record", ["x".repeat(4080)]],
    ["of 1000 empty strings", Array.from({ length: 1000 }, () => "")],
  ])("1000 simultaneous exits with arguments %s in a ring of 1M: texts are lost, no exit is", async (_, words) => {
    await using batch = await SimultaneousExits.start(1000, words);
    const { lost, lostLines, events } = await flood(batch, ["-w", "--ring-size", "1M"]);
    expect({ lost, lostLines, seen: events.length }).toEqual({ lost: 0, lostLines: 0, seen: 1000 });
    const whole = events[0]!.args;
    expect(whole).toEqual([expect.any(String), "1000", ...words]);
    for (const { args, args_truncated, exit_code } of events) {
      expect(exit_code).toBeNumber();
      // missing arguments are marked as truncated
      if (!args_truncated) expect(args).toEqual(whole!);
    }
    const unknown = events.filter(({ args }) => args === null);
    for (const { args_truncated } of unknown) expect(args_truncated).toBeTrue();
  });
});

test("a ring that is smaller than a record's text holds the record without it", async () => {
  await using batch = await SimultaneousExits.start(8, ["x".repeat(3900)]);
  const { lost, events } = await flood(batch, ["-w", "--ring-size", "4K"]);
  expect({ lost, seen: events.length }).toEqual({ lost: 0, seen: 8 });
  for (const { args_truncated } of events) expect(args_truncated).toBeTrue();
});

test.if(!!v2)("cgroup paths without room in the ring cost no exit, and are sent once there is room", async () => {
  const base = freshPath();
  const path = (i: number) => `${base}/${i}${`/${"x".repeat(255)}`.repeat(13)}`;
  using undo = new DisposableStack();
  const cgroups = Array.from({ length: 400 }, (_, i) => undo.use(new Cgroup(v2!, path(i))));
  const tracer = await Tracer.start(["--json", "-w", "--ring-size", "1M", "--ppid", String(process.pid)]);
  tracer.process.kill("SIGSTOP");
  const die = async () => {
    const pids: number[] = [];
    for (const cgroup of cgroups) pids.push((await runIn(only(cgroup), ["true"])).pid);
    return pids;
  };
  const pids = await die();
  tracer.process.kill("SIGCONT");
  await Bun.sleep(500);
  const later = await die();
  const { stderr, events } = await tracer.end();
  const placeOf = new Map((events as WideEvent[]).map(({ pid, cgroup }) => [pid, cgroup]));
  expect(parseClosingLine(stderr).lost).toBe(0);
  expect(pids.filter((pid) => !placeOf.has(pid))).toEqual([]);
  expect(pids.some((pid) => placeOf.get(pid) === null)).toBeTrue();
  expect(later.map((pid) => placeOf.get(pid))).toEqual(cgroups.map((_, i) => path(i)));
});
