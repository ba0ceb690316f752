import { constants } from "node:os";
import { LibbpfError } from "../native/errno.ts";
import { native } from "../native/library.ts";

/**
 * Locks an open file or directory until it is closed, or the process ends.
 * @returns false if another process has locked it. @throws LibbpfError
 */
export function lockExclusively(fd: number): boolean {
  const result = native.lock_exclusively(fd);
  if (result < 0 && -result !== constants.errno.EWOULDBLOCK) throw new LibbpfError("a lock cannot be taken", -result);
  return result === 0;
}
