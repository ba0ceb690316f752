/**
 * OOM kills with the cgroup whose limit caused them, and kills that only look like one. The truth
 * is wait4() and the kernel's own events.
 */
import { describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import {
  type Cgroup,
  type Killer,
  limitedCgroups,
  memory,
  oomBy,
  runIn,
  startIn,
  type WideEvent,
  watch,
} from "../support/cgroups.ts";
import { fixture, ownName } from "../support/tracer.ts";

const MB = 1024 * 1024;
const LIMIT = 16 * MB;
/** More than any limit here, and little enough for the machine where a limit does not hold. */
const MUCH = "64";
const hog = (way: string, ...args: string[]) => [fixture("hog"), way, MUCH, ...args];

interface End {
  who: string;
  pid: number;
  status: number;
}

const endsOf = (stdout: string) =>
  stdout
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as End);

const killedBy = (events: WideEvent[]): [signal: string | null, killer: Killer | null][] =>
  events.map(({ signal, killed_by }) => [signal, killed_by]);

const ourselves: Killer = {
  ...{ kind: "process", pid: process.pid, comm: ownName, uid: 0 },
  ...{ si_code: 0, cgroup: null, reason: "signal" },
};

/** Kills a process with SIGKILL after it has allocated its memory. */
async function keepAndKill(cgroups: Cgroup[], megabytes: string): Promise<number> {
  const keeper = startIn(cgroups, [fixture("hog"), "keep", megabytes]);
  await keeper.stdout.getReader().read();
  keeper.kill("SIGKILL");
  await keeper.exited;
  return keeper.pid;
}

if (!memory) console.warn("SKIPPED: no hierarchy here limits memory, what concerns the OOM killer is not tested");

describe.skipIf(!memory)("out of memory", () => {
  test("an OOM kill by the cgroup's own limit, then SIGKILL in that cgroup: each names its own killer", async () => {
    using cgroups = limitedCgroups({ "": LIMIT });
    const { value, of } = await watch(async () => {
      const rounds = [];
      for (let i = 0; i < 5; i++) {
        const killed = await runIn([cgroups[""]], hog("alone"));
        expect(killed.signal).toBe("SIGKILL");
        rounds.push([killed.pid, await keepAndKill([cgroups[""]], "2")] as const);
      }
      return rounds;
    });
    for (const [oom, hand] of value) {
      expect(killedBy(of(oom))).toEqual([["SIGKILL", oomBy(cgroups[""].path as string)]]);
      expect(killedBy(of(hand))).toEqual([["SIGKILL", ourselves]]);
    }
  });

  test("SIGKILL in a nearly full cgroup: the killer is its sender", async () => {
    using cgroups = limitedCgroups({ "": LIMIT });
    const { value, of } = await watch(() => keepAndKill([cgroups[""]], "14"));
    expect(killedBy(of(value))).toEqual([["SIGKILL", ourselves]]);
  });

  test("an OOM kill of a child: the main process, which exits with a code of its own, has no killer", async () => {
    using cgroups = limitedCgroups({ "": LIMIT });
    const { value, of } = await watch(() => runIn([cgroups[""]], hog("child", "3")));
    const [child] = endsOf(value.stdout);
    expect({ status: value.status, child: child!.status & 0x7f }).toEqual({ status: 3, child: 9 });
    expect(killedBy(of(child!.pid))).toEqual([["SIGKILL", oomBy(cgroups[""].path as string)]]);
    expect(of(value.pid)).toMatchObject([{ exit_code: 3, signal: null, killed_by: null }]);
  });

  test.each([
    ["its parent's", { "": null, "/a": LIMIT, "/a/b": null }, "/a/b", "/a"],
    ["its grandparent's", { "": LIMIT, "/a": null, "/a/b": null }, "/a/b", ""],
    ["its own, though its parent has a wider one", { "": 4 * LIMIT, "/a": LIMIT }, "/a", "/a"],
    ["its parent's, which is narrower than its own", { "": LIMIT, "/a": 2 * LIMIT }, "/a", ""],
  ] as [string, Record<string, number | null>, string, string][])(
    "an OOM kill names the cgroup whose limit was met: %s",
    async (_, limits, home, met) => {
      using cgroups = limitedCgroups(limits);
      const { value, of } = await watch(() => runIn([cgroups[home]!], hog("alone")));
      expect(value.signal).toBe("SIGKILL");
      const [event, ...more] = of(value.pid);
      expect(more).toEqual([]);
      expect(event!.killed_by).toEqual(oomBy(cgroups[met]!.path as string));
      if (memory!.version === 2) expect(event!.cgroup).toBe(cgroups[home]!.path as string);
    },
  );

  test("an OOM kill of the larger of two siblings: the other keeps its own killer", async () => {
    using cgroups = limitedCgroups({ "": LIMIT, "/small": null, "/large": null });
    const { value, of } = await watch(async () => {
      const keeper = startIn([cgroups["/small"]], [fixture("hog"), "keep", "2"]);
      await keeper.stdout.getReader().read();
      const taker = await runIn([cgroups["/large"]], hog("alone"));
      keeper.kill("SIGTERM");
      await keeper.exited;
      return { taker: taker.pid, keeper: keeper.pid };
    });
    expect(killedBy(of(value.taker))).toEqual([["SIGKILL", oomBy(cgroups[""].path as string)]]);
    expect(killedBy(of(value.keeper))).toEqual([["SIGTERM", ourselves]]);
  });

  test("a crowd that exceeds the limit: each process has the OOM kill as its killer", async () => {
    using cgroups = limitedCgroups({ "": LIMIT });
    const { value, of } = await watch(() => runIn([cgroups[""]], hog("crowd", "12")));
    const ends = endsOf(value.stdout);
    expect(ends.length).toBe(12);
    for (const { pid, status } of ends) {
      expect([pid, status & 0x7f]).toEqual([pid, 9]);
      expect(killedBy(of(pid))).toEqual([["SIGKILL", oomBy(cgroups[""].path as string)]]);
    }
  });

  test("an OOM kill for one of many threads: the process has one record", async () => {
    using cgroups = limitedCgroups({ "": LIMIT });
    const { value, of } = await watch(() => runIn([cgroups[""]], hog("threads", "20")));
    const [child] = endsOf(value.stdout);
    expect(child!.status & 0x7f).toBe(9);
    expect(killedBy(of(child!.pid))).toEqual([["SIGKILL", oomBy(cgroups[""].path as string)]]);
  });

  test("an OOM kill of two processes with shared memory: both have it as their killer", async () => {
    using cgroups = limitedCgroups({ "": LIMIT });
    const { value, of } = await watch(() => runIn([cgroups[""]], hog("shared")));
    const ends = endsOf(value.stdout);
    expect(ends.map(({ who, status }) => [who, status & 0x7f])).toEqual([
      ["taker", 9],
      ["sharer", 9],
    ]);
    for (const { pid } of ends) {
      expect(killedBy(of(pid))).toEqual([["SIGKILL", oomBy(cgroups[""].path as string)]]);
    }
  });

  test("an OOM kill with hidden kernel addresses (kptr_restrict=2) names the cgroup", async () => {
    const setting = "/proc/sys/kernel/kptr_restrict";
    const before = readFileSync(setting);
    using cgroups = limitedCgroups({ "": LIMIT });
    try {
      writeFileSync(setting, "2");
      const { value, of } = await watch(() => runIn([cgroups[""]], hog("alone")));
      expect(killedBy(of(value.pid))).toEqual([["SIGKILL", oomBy(cgroups[""].path as string)]]);
    } finally {
      writeFileSync(setting, before);
    }
  });

  test("OOM kills in two cgroups at once: each names its own cgroup", async () => {
    using one = limitedCgroups({ "": LIMIT });
    using two = limitedCgroups({ "": LIMIT });
    const { value, of } = await watch(() =>
      Promise.all([one, two].map(async (all) => ({ all, ...(await runIn([all[""]], hog("crowd", "6"))) }))),
    );
    for (const { all, stdout } of value) {
      for (const { pid } of endsOf(stdout)) {
        expect(killedBy(of(pid))).toEqual([["SIGKILL", oomBy(all[""].path as string)]]);
      }
    }
  });
});
