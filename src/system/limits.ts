import { readFileSync } from "node:fs";
import { TraceError } from "../errors.ts";
import { native } from "../native/library.ts";

/**
 * Raises RLIMIT_NOFILE to at least `count` open files.
 * @throws TraceError if the limit is lower and cannot be raised.
 */
export function raiseFdLimit(count: number): void {
  const limit = Number(native.raise_fd_limit(count));
  if (limit >= 0 && limit < count) {
    throw new TraceError(`${count} open files are needed, and ${limit} are allowed: raise the limit (ulimit -n)`);
  }
}

/** Returns the size of a memory page in bytes. */
export function pageSize(): number {
  return Number(native.page_size());
}

/** Returns the number of online CPUs, which may exceed the CPUs that this process may use. */
export function onlineCpus(): number {
  return native.online_cpus();
}

/** Returns the number of CPUs that the kernel has variables for: those that can ever be online. */
export function possibleCpus(): number {
  try {
    // a list of ranges from 0 on, such as 0-127
    return Number(/\d+$/.exec(readFileSync("/sys/devices/system/cpu/possible", "utf8").trim())![0]) + 1;
  } catch {
    return onlineCpus();
  }
}
