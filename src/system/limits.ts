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
