import { expect, test } from "bun:test";
import { loggedKills } from "../support/oom-log.ts";

const HEADER =
  "[  pid  ]   uid  tgid total_vm      rss rss_anon rss_file rss_shmem pgtables_bytes swapents oom_score_adj name";

/** The lines about an event in a cgroup, as Linux 6.18 writes them. */
const event = (
  pid: number,
  time = "[57347.006081]",
) => `${time} hog invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
${time} CPU: 0 UID: 0 PID: ${pid} Comm: hog Not tainted 6.18.44 #1 PREEMPT(none)
${time} memory: usage 16000kB, limit 16384kB, failcnt 29
${time} memory+swap: usage 17000kB, limit 18000kB, failcnt 0
${time} Tasks state (memory values in pages):
${time} ${HEADER}
${time} [  28325]     0 28325     4698     4143     4000      143         0    69632        7             0 memory-hog
${time} oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/a,b,task_memcg=/a,b/c,task=hog,pid=${pid},uid=0`;

const kill = (pid: number, text = "Memory cgroup out of memory") =>
  `[57347.006525] ${text}: Killed process ${pid} (memory hog) total-vm:18792kB, anon-rss:16000kB, file-rss:572kB, shmem-rss:4kB, UID:0 pgtables:68kB oom_score_adj:-17`;

test("loggedKills(): the numbers of a kill, of its event and of the list of tasks", () => {
  expect(loggedKills(`noise\n${event(42)}\n${kill(28325)}\nnoise`)).toEqual([
    {
      ...{ pid: 28325, comm: "memory hog", anonKib: 16000, fileKib: 572, shmemKib: 4, oomScoreAdj: -17 },
      swapEntries: 7,
      event: {
        ...{ triggerComm: "hog", triggerPid: 42, usageKib: 16000, limitKib: 16384, cgroup: "/a,b" },
        swapEntries: new Map([[28325, 7]]),
      },
    },
  ]);
});

test("loggedKills(): lines of Linux 5.10, and of a machine out of memory", () => {
  const old = event(42).replace(" UID: 0", "").replace("oom_memcg=/a,b,task_memcg", "global_oom,task_memcg");
  const [found] = loggedKills(`${old}\n${kill(5, "Out of memory")}`);
  expect(found).toMatchObject({ pid: 5, swapEntries: undefined, event: { triggerPid: 42 } });
  expect(found!.event!.cgroup).toBeUndefined();
});

test("loggedKills(): kills of memory.oom.group share their event", () => {
  const group = "[1.0] Tasks in /a are going to be killed due to memory.oom.group set";
  const kills = loggedKills([event(42), kill(1), group, kill(2), kill(3)].join("\n"));
  expect(kills.map(({ event: of }) => of?.triggerPid)).toEqual([42, 42, 42]);
});

test("loggedKills(): a kill whose event the kernel did not log has none", () => {
  const kills = loggedKills([kill(1), event(42), kill(2), kill(3), event(43), kill(4)].join("\n"));
  expect(kills.map(({ event: of }) => of?.triggerPid)).toEqual([undefined, 42, undefined, 43]);
});
