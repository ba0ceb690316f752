import { LibbpfError } from "../native/errno.ts";
import { native } from "../native/library.ts";

/**
 * Forks a child that exits with a code, or that this process kills by a signal, and waits for it.
 * @returns its pid in the tracer's own PID namespace, and the wait status of wait4(2).
 * @throws LibbpfError if no child can be forked
 */
export function spawnAndReap(end: { code: number } | { signal: number }): { pid: number; status: number } {
  const [code, signal] = "code" in end ? [end.code, 0] : [0, end.signal];
  const result = Number(native.spawn_and_reap(code, signal));
  if (result < 0) throw new LibbpfError("no child process can be started", -result);
  return { pid: Math.floor(result / 65536), status: result % 65536 };
}
