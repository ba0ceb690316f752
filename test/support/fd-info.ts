import { readdirSync, readFileSync } from "node:fs";

/** Returns the text of /proc/PID/fdinfo/FD for each descriptor that is not closed meanwhile. */
export function readFdInfos(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fdinfo`).flatMap((fd) => {
    try {
      return [readFileSync(`/proc/${pid}/fdinfo/${fd}`, "utf8")];
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      return [];
    }
  });
}
