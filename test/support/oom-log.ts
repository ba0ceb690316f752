/** The kernel's own account of OOM kills, from the lines of its log. */
import { expect } from "bun:test";
import type { OomKill } from "./cgroups.ts";

/** The numbers of one kill, in KiB as the kernel prints them, or undefined if it did not. */
interface LoggedKill {
  pid: number;
  comm: string;
  anonKib: number;
  fileKib: number;
  shmemKib: number;
  oomScoreAdj: number;
  /** In pages. */
  swapEntries: number | undefined;
  event: LoggedEvent | undefined;
}

/** The lines that the kernel logs once for all victims. It limits their rate. */
interface LoggedEvent {
  triggerComm: string;
  triggerPid?: number;
  usageKib?: number;
  limitKib?: number;
  /** The cgroup that reached its limit; undefined: the machine ran out of memory. */
  cgroup?: string;
  /** Pages in swap by pid, from the list of tasks. */
  swapEntries: Map<number, number>;
}

const number = (text: string | undefined) => Number(text);

/** Reads the kills in the order of the log. */
export function loggedKills(log: string): LoggedKill[] {
  const kills: LoggedKill[] = [];
  let event: LoggedEvent | undefined;
  let hasKill = false;
  let isGroup = false;
  let taskHeadings: string[] = [];
  for (const line of log.split("\n").map((text) => text.replace(/^(<\d+>)?\[ *\d+\.\d+\](\[ *[TC]\d+\])? /, ""))) {
    const invoked = /^(.*) invoked oom-killer: /.exec(line);
    const caller = /^CPU: \d+ (?:UID: \d+ )?PID: (\d+) Comm: /.exec(line);
    const memory = /^memory: usage (\d+)kB, limit (\d+)kB/.exec(line);
    const chosen = /^oom-kill:.*,oom_memcg=(.*),task_memcg=/.exec(line);
    const killed =
      /Killed process (\d+) \((.*)\) total-vm:\d+kB, anon-rss:(\d+)kB, file-rss:(\d+)kB, shmem-rss:(\d+)kB.* oom_score_adj:(-?\d+)/.exec(
        line,
      );
    const task = /^\[ *(\d+)\] +(.*)$/.exec(line);
    if (invoked) {
      event = { triggerComm: invoked[1]!, swapEntries: new Map() };
      hasKill = isGroup = false;
    } else if (event && caller && event.triggerPid === undefined) {
      event.triggerPid = number(caller[1]);
    } else if (event && memory) {
      event.usageKib = number(memory[1]);
      event.limitKib = number(memory[2]);
    } else if (event && chosen) {
      event.cgroup = chosen[1]!;
    } else if (/^\[ *pid *\]/.test(line)) {
      taskHeadings = line.replace(/^\[ *pid *\] */, "").split(/ +/);
    } else if (event && task) {
      const swap = task[2]!.split(/ +/)[taskHeadings.indexOf("swapents")];
      event.swapEntries.set(number(task[1]), number(swap));
    } else if (/are going to be killed due to memory.oom.group/.test(line)) {
      isGroup = true;
    } else if (killed) {
      const [, pid, comm, anon, file, shmem, score] = killed;
      // the kernel left out the lines about the event of a second kill
      if (hasKill && !isGroup) event = undefined;
      hasKill = true;
      kills.push({
        pid: number(pid),
        comm: comm!,
        anonKib: number(anon),
        fileKib: number(file),
        shmemKib: number(shmem),
        oomScoreAdj: number(score),
        swapEntries: event?.swapEntries.get(number(pid)),
        event,
      });
    }
  }
  return kills;
}

const PAGE = 4096;
/** The kernel logs the usage before it marks the victim: a CPU may return pages in between. */
const MAX_RETURNED_PAGES = 2 * 64;

/**
 * Expects the numbers of a record to be those that the kernel logged. isAlone: no earlier victim
 * can free its memory while the log is written.
 */
export function expectLogged(oom: OomKill, kill: LoggedKill, { isAlone = true } = {}): void {
  const { event } = kill;
  expect(oom).toMatchObject({
    anon_bytes: kill.anonKib * 1024,
    file_bytes: kill.fileKib * 1024,
    shmem_bytes: kill.shmemKib * 1024,
    oom_score_adj: kill.oomScoreAdj,
    ...(kill.swapEntries === undefined ? {} : { swap_bytes: kill.swapEntries * PAGE }),
    ...(event ? { trigger: { pid: event.triggerPid, comm: event.triggerComm } } : {}),
    ...(event?.cgroup === undefined ? {} : { cgroup: event.cgroup }),
    ...(event?.usageKib === undefined ? {} : { limit_bytes: event.limitKib! * 1024 }),
  });
  if (event?.usageKib !== undefined) {
    const returned = event.usageKib * 1024 - oom.usage_bytes!;
    expect(isAlone ? Math.abs(returned) : -returned).toBeLessThanOrEqual(MAX_RETURNED_PAGES * PAGE);
  }
}
