import { readdirSync, readFileSync } from "node:fs";

/** CPU time of all threads so far, ns: the first figure of /proc/PID/task/TID/schedstat. */
export function cpuTime(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).reduce((sum, tid) => {
    return sum + Number(readFileSync(`/proc/${pid}/task/${tid}/schedstat`, "utf8").split(" ")[0]);
  }, 0);
}
