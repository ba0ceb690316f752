import { LibbpfError } from "../native/errno.ts";
import { native } from "../native/library.ts";

export interface ReapedChild {
  /** In the tracer's own PID namespace. */
  pid: number;
  /** The wait status that wait4(2) returned. */
  status: number;
}

/**
 * Forks a child that exits with a code, or that this process kills by a signal, and waits for it.
 * @throws LibbpfError if no child can be forked
 */
export function spawnAndReap(end: { code: number } | { signal: number }): ReapedChild {
  const [code, signal] = "code" in end ? [end.code, 0] : [0, end.signal];
  const result = Number(native.spawn_and_reap(code, signal));
  if (result < 0) throw new LibbpfError("no child process can be started", -result);
  return { pid: Math.floor(result / 65536), status: result % 65536 };
}
