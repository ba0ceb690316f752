/** Writes a package to a file or to standard output. Existing files need --force. */
import { closeSync, fstatSync, ftruncateSync, lstatSync, unlinkSync } from "node:fs";
import { constants } from "node:os";
import { WriteError } from "../errors.ts";
import { describeErrno, LibbpfError } from "../native/errno.ts";
import { writeErrno } from "../output/sink.ts";
import { describeOpenError, openDescriptor, openOutputFile } from "../system/output-file.ts";
import { quotePath } from "../text/sanitize.ts";

/** Writes to an open file, as writeAll() of src/system/files.ts does. */
type Write = (fd: number, bytes: Uint8Array, length: number) => number;

/** Writes to an open file. @throws WriteError */
export function writeOpen(write: Write, fd: number, name: string, bytes: Uint8Array): void {
  const written = write(fd, bytes, bytes.length);
  if (written < 0) throw new WriteError(`cannot write to ${name}: ${describeErrno(writeErrno(written))}; ${advice}`);
  if (written < bytes.length)
    throw new WriteError(`only ${written} of ${bytes.length} bytes could be written to ${name}; ${advice}`);
}

const advice = "name another file with --output";

/**
 * Writes a file of that name. Removes a new file again if it cannot be written completely.
 * @param isForced true if an existing file may be overwritten. @throws WriteError
 */
export function writeFile(write: Write, file: string, bytes: Uint8Array, isForced: boolean): void {
  const name = quotePath(file);
  let fd: number;
  try {
    fd = openOutputFile(file, isForced ? "any" : "exclusive");
  } catch (error) {
    throw new WriteError(openFailure(file, error));
  }
  try {
    if (openDescriptor(file) === undefined && fstatSync(fd).isFile()) ftruncateSync(fd);
    writeOpen(write, fd, name, bytes);
  } catch (error) {
    if (!isForced && isSame(file, fd)) unlinkSync(file);
    throw error;
  } finally {
    closeSync(fd);
  }
}

/** Returns why a file cannot be opened. */
function openFailure(file: string, error: unknown): string {
  const name = quotePath(file);
  if (lstatSync(file, { throwIfNoEntry: false })?.isDirectory())
    return `cannot write to ${name}: it is a directory; name a file in it`;
  const exists = error instanceof LibbpfError && error.errno === constants.errno.EEXIST;
  return exists ? `${name} exists; overwrite it with --force, or ${advice}` : describeOpenError(file, error);
}

/** Returns true if the path still names the open regular file, and is not a link to it. */
function isSame(file: string, fd: number): boolean {
  const open = fstatSync(fd);
  const found = lstatSync(file, { throwIfNoEntry: false });
  return open.isFile() && open.ino === found?.ino && open.dev === found.dev;
}
