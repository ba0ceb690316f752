/** Opens files that another user may have named, and checks their kind before opening them. */
import { closeSync, constants, existsSync, fstatSync, openSync, readSync, type Stats } from "node:fs";
import { describeErrno, LibbpfError } from "../native/errno.ts";
import { native } from "../native/library.ts";

/**
 * include/uapi/asm-generic/fcntl.h: finds a file without opening it, so that a device or FIFO sees
 * no access.
 */
export const O_PATH = 0o10000000;
/** The first read of a file whose size is not known, as in /proc. */
const CHUNK_BYTES = 64 * 1024;

/** Is thrown if a file cannot be read; the message gives the reason, without the file's name. */
export class FileError extends Error {
  override readonly name = "FileError";

  constructor(
    message: string,
    /** The errno of the failed call, e.g. `EACCES`; empty if the file is of a wrong kind. */
    readonly code = "",
  ) {
    super(message);
  }
}

export function fileKind(stat: Stats): "directory" | "FIFO" | "socket" | "device" | "regular file" {
  if (stat.isDirectory()) return "directory";
  if (stat.isFIFO()) return "FIFO";
  if (stat.isSocket()) return "socket";
  return stat.isFile() ? "regular file" : "device";
}

/** Returns the system's error message for a failed call, e.g. `no such file or directory`. */
export function errorReason(error: unknown): string {
  if (error instanceof LibbpfError) return describeErrno(error.errno);
  const { errno } = error as NodeJS.ErrnoException;
  return errno ? describeErrno(-errno) : String(error);
}

/**
 * Opens a file for reading if it is of one of these kinds. Does not wait for a writer of a FIFO.
 * @returns its descriptor. @throws FileError
 */
export function openFileOfKind(path: string, kinds: readonly ReturnType<typeof fileKind>[]): number {
  let found = -1;
  const flags = constants.O_RDONLY | constants.O_NONBLOCK;
  try {
    found = openSync(path, O_PATH);
    const kind = fileKind(fstatSync(found));
    if (!kinds.includes(kind)) throw new FileError(`it is a ${kind}, not a regular file`);
    // opens the descriptor found, since the path may lead elsewhere by now; without /proc, only the
    // path is left
    const link = `/proc/self/fd/${found}`;
    return openSync(existsSync("/proc/self/fd") ? link : path, flags);
  } catch (error) {
    if (error instanceof FileError) throw error;
    throw new FileError(`it cannot be read: ${errorReason(error)}`, (error as NodeJS.ErrnoException).code);
  } finally {
    if (found >= 0) closeSync(found);
  }
}

/** Reads an open file from its position to its end, at most `limit` bytes. @throws Error */
export function readUpTo(fd: number, limit: number): Buffer {
  let bytes = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, limit));
  let length = 0;
  while (length < limit) {
    if (length === bytes.length) bytes = Buffer.concat([bytes], Math.min(2 * length, limit));
    const size = readSync(fd, bytes, length, bytes.length - length, null);
    if (size === 0) break;
    length += size;
  }
  return bytes.subarray(0, length);
}

/** Reads the first bytes of a file, at most `limit`; undefined if it cannot be read. */
export function readStart(path: string, limit: number): Buffer | undefined {
  let fd = -1;
  try {
    fd = openSync(path, "r");
    return readUpTo(fd, limit);
  } catch {
    return undefined;
  } finally {
    if (fd >= 0) closeSync(fd);
  }
}

/** Reads as readStart() does, one character per byte; empty if the file cannot be read. */
export function readText(path: string, limit: number): string {
  return readStart(path, limit)?.toString("latin1") ?? "";
}

/**
 * Writes the first `length` bytes, waiting for a slow reader.
 * @returns the bytes written: fewer than `length` only if, after a stop signal, the reader took
 * none for two seconds; negative: a failure, which output/sink.ts decodes.
 */
export function writeAll(fd: number, bytes: Uint8Array, length: number): number {
  return Number(native.write_all(fd, bytes, length));
}
