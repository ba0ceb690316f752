/** Running processes: their counters, from /proc, and their end. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";

interface ThreadTime {
  /** CPU time, ns. */
  cpu: number;
  /** How often the thread went to sleep. */
  sleeps: number;
}

/** The times of the threads by tid. */
type ThreadTimes = ReadonlyMap<string, ThreadTime>;

/** Returns what each thread used so far. */
export function threadTimes(pid: number): ThreadTimes {
  const threads = readdirSync(`/proc/${pid}/task`).map((tid) => {
    const folder = `/proc/${pid}/task/${tid}`;
    const cpu = Number(readFileSync(`${folder}/schedstat`, "utf8").split(" ")[0]);
    const sleeps = numberIn(readFileSync(`${folder}/status`, "utf8"), "voluntary_ctxt_switches");
    return [tid, { cpu, sleeps }] as const;
  });
  return new Map(threads);
}

/**
 * Returns the sums of what threads used between two results of threadTimes(). Threads that ended
 * meanwhile are left out: /proc no longer has them.
 */
export function usedBetween(before: ThreadTimes, after: ThreadTimes): ThreadTime {
  const used = { cpu: 0, sleeps: 0 };
  for (const [tid, { cpu, sleeps }] of after) {
    used.cpu += cpu - (before.get(tid)?.cpu ?? 0);
    used.sleeps += sleeps - (before.get(tid)?.sleeps ?? 0);
  }
  return used;
}

const total = (pid: number, key: "cpu" | "sleeps") =>
  threadTimes(pid)
    .values()
    .reduce((sum, thread) => sum + thread[key], 0);

/** Returns the CPU time of all threads so far in ns. */
export const cpuTime = (pid: number): number => total(pid, "cpu");

/** Returns how often all threads went to sleep so far. */
export const sleeps = (pid: number): number => total(pid, "sleeps");

/** Returns the resident memory in MiB. */
export function resident(pid: number): number {
  return numberIn(readFileSync(`/proc/${pid}/status`, "utf8"), "VmRSS") / 1024;
}

/**
 * Returns the run time in ns and the runs of all BPF programs that a process holds. The kernel
 * counts them only if kernel.bpf_stats_enabled is set.
 */
export function programRuns(pid: number): { ns: number; count: number } {
  const sum = { ns: 0, count: 0 };
  for (const fd of readdirSync(`/proc/${pid}/fdinfo`)) {
    const info = tryRead(`/proc/${pid}/fdinfo/${fd}`);
    if (!info.includes("prog_id:") || info.includes("link_type:")) continue;
    sum.ns += numberIn(info, "run_time_ns");
    sum.count += numberIn(info, "run_cnt");
  }
  return sum;
}

/** Returns the text of a file, or "" for one that is gone: the tracer closes files, too. */
function tryRead(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return "";
  }
}

/** Runs work with kernel.bpf_stats_enabled set, which costs each program run some 30 ns. */
export async function withProgramStats(work: () => Promise<void>): Promise<void> {
  const file = "/proc/sys/kernel/bpf_stats_enabled";
  const before = readFileSync(file, "utf8");
  writeFileSync(file, "1");
  try {
    await work();
  } finally {
    writeFileSync(file, before);
  }
}

/** Returns the number of a line `NAME:  NUMBER`, or 0 if there is none. */
export function numberIn(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(text)?.[1] ?? 0);
}

/** Ends processes by SIGINT, or after two seconds by SIGKILL. */
export async function endAll(children: readonly Bun.Subprocess[]): Promise<void> {
  for (const child of children) child.kill("SIGINT");
  await Promise.race([Promise.all(children.map(({ exited }) => exited)), Bun.sleep(2000)]);
  for (const child of children) child.kill("SIGKILL");
}
