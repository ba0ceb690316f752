/** What the kernel says of a running process. */
import { readdirSync, readFileSync } from "node:fs";

/** CPU time of all threads so far, ns: the first figure of /proc/PID/task/TID/schedstat. */
export function cpuTime(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).reduce((sum, tid) => {
    return sum + Number(readFileSync(`/proc/${pid}/task/${tid}/schedstat`, "utf8").split(" ")[0]);
  }, 0);
}

/** How often its threads went to sleep so far, and so were woken. */
export function sleeps(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).reduce((sum, tid) => {
    return sum + number(readFileSync(`/proc/${pid}/task/${tid}/status`, "utf8"), "voluntary_ctxt_switches");
  }, 0);
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
