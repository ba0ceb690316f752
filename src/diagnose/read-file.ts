import { closeSync, readSync } from "node:fs";
import { FileError, openOnly, reasonOf } from "../system/files.ts";

/** Of a file of /proc or /sys more than that is not looked at. */
const MOST_BYTES = 1024 * 1024;

/** The beginning of a file; none where it is not there, or not ours to read. */
export function read(path: string, most = MOST_BYTES): Buffer | undefined {
  return attempt(path, most).bytes;
}

/** The same as text. Nothing in these files is more than Latin-1 to us. */
export function readText(path: string): string | undefined {
  return read(path)?.toString("latin1");
}

/** Reads the beginning of a regular file, or returns the system's error message. */
export function attempt(path: string, most = MOST_BYTES): { bytes?: Buffer; code?: string; reason?: string } {
  let fd = -1;
  try {
    fd = openOnly(path, ["regular file"]);
    const bytes = Buffer.alloc(most);
    let length = 0;
    for (let size = 1; size > 0 && length < most; length += size)
      size = readSync(fd, bytes, length, most - length, null);
    return { bytes: bytes.subarray(0, length) };
  } catch (error) {
    if (error instanceof FileError)
      return { code: error.code, reason: error.message.replace("it cannot be read: ", "") };
    return { code: (error as NodeJS.ErrnoException).code ?? "", reason: reasonOf(error) };
  } finally {
    if (fd >= 0) closeSync(fd);
  }
}
