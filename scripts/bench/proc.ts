/** What the kernel says of a running process. */
import { readdirSync, readFileSync } from "node:fs";

/** CPU time of all threads so far, ns: the first figure of /proc/PID/task/TID/schedstat. */
export function cpuTime(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).reduce((sum, tid) => {
    return sum + Number(readFileSync(`/proc/${pid}/task/${tid}/schedstat`, "utf8").split(" ")[0]);
  }, 0);
}

/** What each thread has used so far, by its id: CPU time, ns, and how often it went to sleep, and so was woken. */
export function threadTimes(pid: number): Map<string, { cpu: number; sleeps: number }> {
  const threads = readdirSync(`/proc/${pid}/task`).map((tid) => {
    const folder = `/proc/${pid}/task/${tid}`;
    const cpu = Number(readFileSync(`${folder}/schedstat`, "utf8").split(" ")[0]);
    const sleeps = number(readFileSync(`${folder}/status`, "utf8"), "voluntary_ctxt_switches");
    return [tid, { cpu, sleeps }] as const;
  });
  return new Map(threads);
}

/** How often all of them went to sleep so far. */
export function sleeps(pid: number): number {
  return threadTimes(pid)
    .values()
    .reduce((sum, thread) => sum + thread.sleeps, 0);
}

/** Resident memory, MiB. */
export function resident(pid: number): number {
  return number(readFileSync(`/proc/${pid}/status`, "utf8"), "VmRSS") / 1024;
}

/** What all BPF programs that a process holds have run so far; nothing is counted unless kernel.bpf_stats_enabled. */
export function programRuns(pid: number): { ns: number; count: number } {
  const sum = { ns: 0, count: 0 };
  for (const fd of readdirSync(`/proc/${pid}/fdinfo`)) {
    const info = readFileSync(`/proc/${pid}/fdinfo/${fd}`, "utf8");
    if (!info.includes("prog_id:") || info.includes("link_type:")) continue;
    sum.ns += number(info, "run_time_ns");
    sum.count += number(info, "run_cnt");
  }
  return sum;
}

/** The number behind a name at a line's beginning; 0 where there is none. */
function number(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(text)?.[1] ?? 0);
}
