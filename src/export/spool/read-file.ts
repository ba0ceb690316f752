import { closeSync, constants, fstatSync, openSync } from "node:fs";
import { readUpTo } from "../../system/files.ts";

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;

/**
 * Reads a file of the spool. A FIFO in its place would be waited for without an end, a link would
 * lead to a file of another directory, and a file of any size would fill the memory.
 * @returns its bytes; undefined: it cannot be read, or is not a regular file of at most `limit`
 * bytes.
 */
export function readSpoolFile(path: string, limit: number): Buffer | undefined {
  let fd = -1;
  try {
    fd = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const stat = fstatSync(fd);
    return stat.isFile() && stat.size <= limit ? readUpTo(fd, limit) : undefined;
  } catch {
    return undefined;
  } finally {
    if (fd >= 0) closeSync(fd);
  }
}
