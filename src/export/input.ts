/** Opens what the exporter reads: stdin, a FIFO, or a file that it follows. */
import { fstatSync, openSync, constants } from "node:fs";
import { TraceError } from "../errors.ts";
import { errorReason, FileError, fileKind, openFileOfKind } from "../system/files.ts";
import { quotePath } from "../text/sanitize.ts";
import { FollowedFile } from "./followed-file.ts";
import type { Input } from "./part.ts";
import { BlockingInput, PipeInput } from "./stream-input.ts";

const STDIN = 0;
const STDIN_NAME = "standard input";

/**
 * Opens a file, or stdin if there is none. Called before privileges are dropped.
 * @param startsAtEnd true if a regular file is read from its end on. @throws TraceError
 */
export function openInput(file: string | undefined, startsAtEnd: boolean): Input {
  if (file === undefined || file === "-") return openStdin();
  const name = quotePath(file);
  try {
    const fd = openFileOfKind(file, ["regular file", "FIFO"]);
    // a FIFO's next writer may come later
    if (fstatSync(fd).isFIFO()) return new PipeInput(fd, name, true);
    return new FollowedFile(fd, file, name, startsAtEnd);
  } catch (error) {
    const reason = error instanceof FileError ? error.message : errorReason(error);
    throw new TraceError(`${name} cannot be followed: ${reason.replace("not a regular file", "no file or FIFO")}`);
  }
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
