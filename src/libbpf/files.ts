/** Files whose names somebody else chose: what they are, found out before they are opened. */
import { closeSync, constants, existsSync, fstatSync, openSync, type Stats } from "node:fs";
import { getSystemErrorMap } from "node:util";

/** include/uapi/asm-generic/fcntl.h: finds a file without opening it, so that neither a device nor a FIFO notices. */
const O_PATH = 0o10000000;

/** A file cannot be read; the message says why, without its name. */
export class FileError extends Error {
  override readonly name = "FileError";

  constructor(
    message: string,
    /** The failed call's, e.g. `EACCES`; empty if the file is of another kind. */
    readonly code = "",
  ) {
    super(message);
  }
}

/** What a file is if it is not a regular one. */
export function kindOf(stat: Stats): "directory" | "FIFO" | "socket" | "device" | "regular file" {
  if (stat.isDirectory()) return "directory";
  if (stat.isFIFO()) return "FIFO";
  if (stat.isSocket()) return "socket";
  return stat.isFile() ? "regular file" : "device";
}

/** The system's words for a failed call, e.g. `no such file or directory`. */
export function reasonOf(error: unknown): string {
  return getSystemErrorMap().get((error as NodeJS.ErrnoException).errno ?? 0)?.[1] ?? String(error);
}

/**
 * Opens a file for reading, if it is of one of these kinds, without waiting for a writer of a FIFO.
 * @returns its descriptor. @throws FileError
 */
export function openOnly(path: string, kinds: readonly ReturnType<typeof kindOf>[]): number {
  let found = -1;
  const flags = constants.O_RDONLY | constants.O_NONBLOCK;
  try {
    found = openSync(path, O_PATH);
    const kind = kindOf(fstatSync(found));
    if (!kinds.includes(kind)) throw new FileError(`it is a ${kind}, not a regular file`);
    // by the descriptor, since the path may lead elsewhere by now; without /proc only the path is left
    const link = `/proc/self/fd/${found}`;
    return openSync(existsSync("/proc/self/fd") ? link : path, flags);
  } catch (error) {
    if (error instanceof FileError) throw error;
    throw new FileError(`it cannot be read: ${reasonOf(error)}`, (error as NodeJS.ErrnoException).code);
  } finally {
    if (found >= 0) closeSync(found);
  }
}
