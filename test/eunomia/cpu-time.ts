import { readdirSync, readFileSync } from "node:fs";

/** Returns the CPU time of all threads so far, ns: the first number of each task's schedstat. */
export function cpuTime(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).reduce((sum, tid) => {
    return sum + Number(readFileSync(`/proc/${pid}/task/${tid}/schedstat`, "utf8").split(" ")[0]);
  }, 0);
}
