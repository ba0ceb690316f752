import { closeSync } from "node:fs";
import { errorReason, FileError, openFileOfKind, readUpTo } from "../system/files.ts";

/** Enough for every file of /proc and /sys that is read as text. */
const MAX_TEXT_BYTES = 1024 * 1024;

/** Reads the beginning of a file of /proc or /sys; returns undefined if it cannot be read. */
export function readText(path: string): string | undefined {
  return readStart(path, MAX_TEXT_BYTES).bytes?.toString("latin1");
}

/**
 * Reads the first bytes of a regular file. Returns the error's code and message instead if the file
 * cannot be read; the code is empty if the file is a device, FIFO or directory.
 */
export function readStart(path: string, maxBytes: number): { bytes?: Buffer; code?: string; reason?: string } {
  let fd = -1;
  try {
    fd = openFileOfKind(path, ["regular file"]);
    return { bytes: readUpTo(fd, maxBytes) };
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    return { code, reason: error instanceof FileError ? error.message : `it cannot be read: ${errorReason(error)}` };
  } finally {
    if (fd >= 0) closeSync(fd);
  }
}
