/** A package's way into a file: nothing that is there already is overwritten unless that was asked for. */
import { closeSync, constants, openSync, statSync, unlinkSync } from "node:fs";
import { visible } from "../cli/visible.ts";
import { describeErrno } from "../libbpf/errno.ts";
import { WriteError } from "../output/sink.ts";

/** Writes the first `length` bytes to an open file. @returns how many were taken, or -errno. */
export type Write = (fd: number, bytes: Uint8Array, length: number) => number;

/** To what is open already. @throws WriteError */
export function writeOpen(write: Write, fd: number, name: string, bytes: Uint8Array): void {
  const taken = write(fd, bytes, bytes.length);
  if (taken < 0) throw new WriteError(`cannot write to ${name}: ${describeErrno(-taken)}; ${advice}`);
  if (taken < bytes.length) throw new WriteError(`${name} took only ${taken} of ${bytes.length} bytes; ${advice}`);
}

const advice = "name another file with --output";

/**
 * To a file of that name. One that is new is gone again where it cannot be written to the end.
 * @throws WriteError where there is one already and `isForced` does not allow to overwrite it.
 */
export function writeFile(write: Write, file: string, bytes: Uint8Array, isForced: boolean): void {
  const name = visible(file);
  const isOld = !isForced && isDevice(file);
  const creation = isForced ? constants.O_CREAT | constants.O_TRUNC : constants.O_CREAT | constants.O_EXCL;
  let fd: number;
  try {
    fd = openSync(file, constants.O_WRONLY | (isOld ? 0 : creation), 0o644);
  } catch (error) {
    const { code, errno } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") {
      throw new WriteError(`${name} is there already; overwrite it with --force, or ${advice}`);
    }
    throw new WriteError(`cannot write to ${name}: ${errno ? describeErrno(-errno) : String(error)}; ${advice}`);
  }
  try {
    writeOpen(write, fd, name, bytes);
  } catch (error) {
    if (!isOld && !isForced) unlinkSync(file);
    throw error;
  } finally {
    closeSync(fd);
  }
}

/** Pipes and devices, such as /dev/null, hold nothing that could be overwritten. */
function isDevice(file: string): boolean {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat !== undefined && !stat.isFile() && !stat.isDirectory();
}
