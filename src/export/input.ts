/** Opens what the exporter reads: stdin, a FIFO, or a file that it follows. */
import { closeSync, constants, fstatSync, openSync } from "node:fs";
import { TraceError } from "../errors.ts";
import { log } from "../log.ts";
import { errorReason, FileError, fileKind, openFileOfKind } from "../system/files.ts";
import { quotePath } from "../text/sanitize.ts";
import { FollowedFile } from "./followed-file.ts";
import type { Input } from "./part.ts";
import { isSaved, openSaved } from "./rotated-files.ts";
import type { SavedPosition } from "./spool/saved-position.ts";
import { BlockingInput, PipeInput } from "./stream-input.ts";

const STDIN = 0;
const STDIN_NAME = "standard input";

/**
 * Opens a file, or stdin if there is none. Called before privileges are dropped.
 * @param startsAtEnd true if a regular file is read from its end on. @param saved the position in
 * it at which an earlier exporter ended, which matters more. @throws TraceError
 */
export function openInput(file: string | undefined, startsAtEnd: boolean, saved?: SavedPosition): Input {
  if (file === undefined || file === "-") return openStdin();
  const name = quotePath(file);
  try {
    const fd = openFileOfKind(file, ["regular file", "FIFO"]);
    // a FIFO's next writer may come later
    if (fstatSync(fd).isFIFO()) return new PipeInput(fd, name, true);
    if (saved) return resume(fd, file, name, saved);
    return new FollowedFile(fd, file, name, startsAtEnd ? fstatSync(fd).size : 0);
  } catch (error) {
    const reason = error instanceof FileError ? error.message : errorReason(error);
    throw new TraceError(
      `${name} cannot be followed: ${reason.replace(", not a regular file", "; name a file or a FIFO")}`,
    );
  }
}

/** Goes on where an earlier exporter ended, if need be in a file that was rotated since. */
function resume(fd: number, file: string, name: string, saved: SavedPosition): Input {
  if (isSaved(fd, saved)) return new FollowedFile(fd, file, name, saved.offset);
  const rotated = openSaved(file, saved);
  if (rotated === undefined) {
    log.warn(
      `${name} is not the file of the position in the spool, and that file is gone; ${name} is read from its start, and lines that were not read before are lost`,
    );
    return new FollowedFile(fd, file, name, 0);
  }
  closeSync(fd);
  return new FollowedFile(rotated, file, name, saved.offset);
}

function openStdin(): Input {
  let kind: ReturnType<typeof fileKind>;
  try {
    kind = fileKind(fstatSync(STDIN));
  } catch (error) {
    throw new TraceError(`standard input cannot be read: ${errorReason(error)}`);
  }
  if (kind === "directory") throw new TraceError("standard input is a directory; name the file in it");
  if (kind !== "FIFO") return new BlockingInput(STDIN, STDIN_NAME);
  try {
    // an open file of its own: O_NONBLOCK would hold for the other processes that share stdin, too
    const fd = openSync("/proc/self/fd/0", constants.O_RDONLY | constants.O_NONBLOCK);
    return new PipeInput(fd, STDIN_NAME, false);
  } catch {
    return new BlockingInput(STDIN, STDIN_NAME);
  }
}
