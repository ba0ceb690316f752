/**
 * OOM kills, with the cgroup whose limit caused them, and kills by other senders in such a cgroup.
 * The records are compared with wait4(2).
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
  watch,
  type WideEvent,
} from "../support/cgroups.ts";
import { type Crash, functionsOf } from "../support/crash-sites.ts";
import { fixture, testComm } from "../support/tracer.ts";

const MB = 1024 * 1024;
const LIMIT = 16 * MB;
/** Megabytes to allocate: more than each limit, and harmless if a limit is not enforced. */
const ALLOCATION_MB = "64";
const memoryHog = (way: string, ...args: string[]) => [fixture("memory-hog"), way, ALLOCATION_MB, ...args];

interface End {
  role: string;
  pid: number;
  status: number;
}

const endsOf = (stdout: string) =>
  stdout
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as End);

const killersOf = (events: WideEvent[]): [signal: string | null, killer: Killer | null][] =>
  events.map(({ signal, killed_by }) => [signal, killed_by]);

const testProcess: Killer = {
  ...{ kind: "process", pid: process.pid, comm: testComm, uid: 0 },
  ...{ si_code: 0, cgroup: null, reason: "signal" },
};

/** Kills a process with SIGKILL after it has allocated its memory. */
async function keepAndKill(cgroups: Cgroup[], megabytes: string): Promise<number> {
  const keeper = startIn(cgroups, [fixture("memory-hog"), "keep", megabytes]);
  await keeper.stdout.getReader().read();
  keeper.kill("SIGKILL");
  await keeper.exited;
  return keeper.pid;
}

if (!memory) console.warn("SKIPPED: no cgroup hierarchy limits memory, so that OOM kills are not tested");

describe.skipIf(!memory)("killed_by in a cgroup with a memory limit", () => {
  test("OOM kill by the cgroup's own limit, then SIGKILL in that cgroup: each record has its own killer", async () => {
    using cgroups = limitedCgroups({ "": LIMIT });
    const { value, of } = await watch(async () => {
      const rounds = [];
      for (let i = 0; i < 5; i++) {
        const killed = await runIn([cgroups[""]], memoryHog("alone"));
        expect(killed.signal).toBe("SIGKILL");
        rounds.push([killed.pid, await keepAndKill([cgroups[""]], "2")] as const);
      }
      return rounds;
    });
    for (const [oomKilled, signaled] of value) {
      expect(killersOf(of(oomKilled))).toEqual([["SIGKILL", oomBy(cgroups[""].path as string)]]);
      expect(killersOf(of(signaled))).toEqual([["SIGKILL", testProcess]]);
    }
  });

  test("SIGKILL in a nearly full cgroup: the killer is the sender", async () => {
    using cgroups = limitedCgroups({ "": LIMIT });
    const { value, of } = await watch(() => keepAndKill([cgroups[""]], "14"));
    expect(killersOf(of(value))).toEqual([["SIGKILL", testProcess]]);
  });

  test("OOM kill of a child: its parent, which exits, has no killer", async () => {
    using cgroups = limitedCgroups({ "": LIMIT });
    const { value, of } = await watch(() => runIn([cgroups[""]], memoryHog("child", "3")));
    const [child] = endsOf(value.stdout);
    expect({ status: value.status, child: child!.status & 0x7f }).toEqual({ status: 3, child: 9 });
    expect(killersOf(of(child!.pid))).toEqual([["SIGKILL", oomBy(cgroups[""].path as string)]]);
    expect(of(value.pid)).toMatchObject([{ exit_code: 3, signal: null, killed_by: null }]);
  });

  test.each([
    ["the parent's", { "": null, "/a": LIMIT, "/a/b": null }, "/a/b", "/a"],
    ["the grandparent's", { "": LIMIT, "/a": null, "/a/b": null }, "/a/b", ""],
    ["its own, below a parent with a larger limit", { "": 4 * LIMIT, "/a": LIMIT }, "/a", "/a"],
    ["the parent's, smaller than its own", { "": LIMIT, "/a": 2 * LIMIT }, "/a", ""],
  ] as [string, Record<string, number | null>, string, string][])(
    "OOM kill by the limit of a cgroup, %s: the record names that cgroup",
    async (_, limits, home, met) => {
      using cgroups = limitedCgroups(limits);
      const { value, of } = await watch(() => runIn([cgroups[home]!], memoryHog("alone")));
      expect(value.signal).toBe("SIGKILL");
      const [event, ...more] = of(value.pid);
      expect(more).toEqual([]);
      expect(event!.killed_by).toEqual(oomBy(cgroups[met]!.path as string));
      if (memory!.version === 2) expect(event!.cgroup).toBe(cgroups[home]!.path as string);
    },
  );

  test("OOM kill of the larger of two siblings, SIGTERM for the other: each record has its own killer", async () => {
    using cgroups = limitedCgroups({ "": LIMIT, "/small": null, "/large": null });
    const { value, of } = await watch(async () => {
      const keeper = startIn([cgroups["/small"]], [fixture("memory-hog"), "keep", "2"]);
      await keeper.stdout.getReader().read();
      const taker = await runIn([cgroups["/large"]], memoryHog("alone"));
      keeper.kill("SIGTERM");
      await keeper.exited;
      return { taker: taker.pid, keeper: keeper.pid };
    });
    expect(killersOf(of(value.taker))).toEqual([["SIGKILL", oomBy(cgroups[""].path as string)]]);
    expect(killersOf(of(value.keeper))).toEqual([["SIGTERM", testProcess]]);
  });

  test("OOM kills of 12 processes in a cgroup: each record has the OOM kill", async () => {
    using cgroups = limitedCgroups({ "": LIMIT });
    const { value, of } = await watch(() => runIn([cgroups[""]], memoryHog("crowd", "12")));
    const ends = endsOf(value.stdout);
    expect(ends.length).toBe(12);
    for (const { pid, status } of ends) {
      expect([pid, status & 0x7f]).toEqual([pid, 9]);
      expect(killersOf(of(pid))).toEqual([["SIGKILL", oomBy(cgroups[""].path as string)]]);
    }
  });

  test("OOM kill caused by one of 20 threads: the process has one record", async () => {
    using cgroups = limitedCgroups({ "": LIMIT });
    const { value, of } = await watch(() => runIn([cgroups[""]], memoryHog("threads", "20")));
    const [child] = endsOf(value.stdout);
    expect(child!.status & 0x7f).toBe(9);
    expect(killersOf(of(child!.pid))).toEqual([["SIGKILL", oomBy(cgroups[""].path as string)]]);
  });

  test("OOM kill of two processes with shared memory: both records have it", async () => {
    using cgroups = limitedCgroups({ "": LIMIT });
    const { value, of } = await watch(() => runIn([cgroups[""]], memoryHog("shared")));
    const ends = endsOf(value.stdout);
    expect(ends.map(({ role, status }) => [role, status & 0x7f])).toEqual([
      ["taker", 9],
      ["sharer", 9],
    ]);
    for (const { pid } of ends) {
      expect(killersOf(of(pid))).toEqual([["SIGKILL", oomBy(cgroups[""].path as string)]]);
    }
  });

  test("OOM kill, hidden kernel addresses (kptr_restrict=2): the record names the cgroup", async () => {
    const setting = "/proc/sys/kernel/kptr_restrict";
    const before = readFileSync(setting);
    using cgroups = limitedCgroups({ "": LIMIT });
    try {
      writeFileSync(setting, "2");
      const { value, of } = await watch(() => runIn([cgroups[""]], memoryHog("alone")));
      expect(killersOf(of(value.pid))).toEqual([["SIGKILL", oomBy(cgroups[""].path as string)]]);
    } finally {
      writeFileSync(setting, before);
    }
  });

  test("OOM kills in two cgroups at once: each record names its own cgroup", async () => {
    using one = limitedCgroups({ "": LIMIT });
    using two = limitedCgroups({ "": LIMIT });
    const { value, of } = await watch(() =>
      Promise.all([one, two].map(async (all) => ({ all, ...(await runIn([all[""]], memoryHog("crowd", "6"))) }))),
    );
    for (const { all, stdout } of value) {
      for (const { pid } of endsOf(stdout)) {
        expect(killersOf(of(pid))).toEqual([["SIGKILL", oomBy(all[""].path as string)]]);
      }
    }
  });

  test("--oom --all-signals: the record says where the victim was", async () => {
    using cgroups = limitedCgroups({ "": LIMIT });
    const run = () => runIn([cgroups[""]], memoryHog("alone"));
    const { value, of } = await watch(run, ["--oom", "--all-signals"]);
    const [event] = of(value.pid) as unknown as { crash: Crash | null }[];
    expect(functionsOf(event!.crash!)).toContain("main");
  });
});
