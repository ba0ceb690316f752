/** The key `oom`, compared with the kernel's log, number by number. */
import { describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { limitedCgroups, memory, runIn, startIn, watch, type WideEvent } from "../support/cgroups.ts";
import { expectLogged, loggedKills } from "../support/oom-log.ts";
import { fixture, runToEnd } from "../support/tracer.ts";

const MB = 1024 * 1024;
const LIMIT = 16 * MB;
const ALLOCATION_MB = "64";
const memoryHog = (way: string, ...args: string[]) => [fixture("memory-hog"), way, ALLOCATION_MB, ...args];

const pidsIn = (stdout: string) => Array.from(stdout.matchAll(/"pid":(\d+)/g), ([, pid]) => Number(pid));

/** Returns the kernel's account of the kills of these processes. */
async function logOf(pids: readonly number[]) {
  const { stdout } = await runToEnd(["dmesg"]);
  return loggedKills(stdout).filter(({ pid }) => pids.includes(pid));
}

const oomOf = (events: readonly WideEvent[]) => events.map(({ oom }) => oom!);

describe.skipIf(!memory)("oom of a victim in a cgroup with a memory limit", () => {
  test("killed for its own request: every number is the kernel's", async () => {
    using cgroups = limitedCgroups({ "": LIMIT });
    const { value, of } = await watch(async () => {
      const pids = [];
      for (let i = 0; i < 3; i++) pids.push((await runIn([cgroups[""]], memoryHog("alone"))).pid);
      return pids;
    });
    const kills = await logOf(value);
    expect(kills.map(({ pid }) => pid)).toEqual(value);
    for (const kill of kills) {
      const [event] = of(kill.pid);
      expectLogged(event!.oom!, kill);
      expect(event!.oom).toMatchObject({
        cgroup: cgroups[""].path as string,
        limit_bytes: LIMIT,
        trigger: { pid: kill.pid, comm: "memory-hog" },
      });
    }
    expect(new Set(value.map((pid) => of(pid)[0]!.oom!.incident)).size).toBe(3);
  });

  test("shared pages and a raised oom_score_adj: every number is the kernel's", async () => {
    using cgroups = limitedCgroups({ "": LIMIT, "/a": null });
    const { value, of } = await watch(() => runIn([cgroups["/a"]], memoryHog("kinds", "321")));
    const [kill] = await logOf([value.pid]);
    const { oom } = of(value.pid)[0]!;
    expectLogged(oom!, kill!);
    expect(oom).toMatchObject({ cgroup: cgroups[""].path as string, shmem_bytes: 3 * MB, oom_score_adj: 321 });
  });

  test("killed for another's request: the trigger is that process", async () => {
    using cgroups = limitedCgroups({ "": LIMIT });
    const { value, of } = await watch(async () => {
      const keeper = startIn([cgroups[""]], [fixture("memory-hog"), "keep", "9"]);
      await keeper.stdout.getReader().read();
      const taker = await runIn([cgroups[""]], [fixture("memory-hog"), "alone", "8"]);
      await keeper.exited;
      return { keeper: keeper.pid, taker: taker.pid, status: taker.status };
    });
    const { oom } = of(value.keeper)[0]!;
    expectLogged(oom!, (await logOf([value.keeper]))[0]!);
    expect(oom!.trigger).toEqual({ pid: value.taker, comm: "memory-hog" });
    const taker = of(value.taker)[0]!;
    // on a busy machine the keeper exits so late that the kernel kills the taker as well
    if (value.status === 88) expect(taker.oom).toBeNull();
    else expectLogged(taker.oom!, (await logOf([value.taker]))[0]!);
  });

  test("two processes with shared memory: one incident", async () => {
    using cgroups = limitedCgroups({ "": LIMIT });
    const { value, of } = await watch(() => runIn([cgroups[""]], memoryHog("shared")));
    const [taker, sharer] = pidsIn(value.stdout).map((pid) => of(pid)[0]!.oom!);
    expect(sharer!.incident).toBe(taker!.incident);
    // the kernel logs one of them only
    const [kill] = await logOf(pidsIn(value.stdout));
    expectLogged(taker!, kill!);
    expectLogged(sharer!, kill!);
  });

  test("six processes, one after the other: an incident for each", async () => {
    using cgroups = limitedCgroups({ "": LIMIT });
    const { value, of } = await watch(() => runIn([cgroups[""]], memoryHog("crowd", "6")));
    const pids = pidsIn(value.stdout);
    const kills = await logOf(pids);
    expect(kills.length).toBe(6);
    // a victim may run on while its memory is counted, so only what it cannot change is compared
    for (const { pid, event } of kills) {
      const { oom } = of(pid)[0]!;
      expect(oom!.limit_bytes).toBe(LIMIT);
      if (event) expect(oom!.trigger.pid).toBe(event.triggerPid!);
    }
    expect(new Set(oomOf(pids.flatMap(of)).map(({ incident }) => incident)).size).toBe(6);
  });

  test("one of 20 threads asks for memory: the trigger is its process", async () => {
    using cgroups = limitedCgroups({ "": LIMIT });
    const { value, of } = await watch(() => runIn([cgroups[""]], memoryHog("threads", "20")));
    const [pid] = pidsIn(value.stdout);
    expect(of(pid!)[0]!.oom).toMatchObject({ limit_bytes: LIMIT, trigger: { pid, comm: "memory-hog" } });
  });

  test("hidden kernel addresses (kptr_restrict=2): every number is the kernel's", async () => {
    const setting = "/proc/sys/kernel/kptr_restrict";
    const before = readFileSync(setting);
    using cgroups = limitedCgroups({ "": LIMIT });
    try {
      writeFileSync(setting, "2");
      const { value, of } = await watch(() => runIn([cgroups[""]], memoryHog("alone")));
      expectLogged(of(value.pid)[0]!.oom!, (await logOf([value.pid]))[0]!);
    } finally {
      writeFileSync(setting, before);
    }
  });
});

test("a process killed by a process: no oom", async () => {
  const { value, of } = await watch(async () => {
    const child = Bun.spawn(["sleep", "60"]);
    child.kill("SIGKILL");
    await child.exited;
    return child.pid;
  });
  expect(of(value)[0]).toMatchObject({ signal: "SIGKILL", oom: null });
});
