import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { LibbpfError } from "./errno.ts";
import { cString, native } from "./library.ts";

/**
 * The words that end our own command line, a NUL behind each: byte for byte, since as strings they have lost what is not UTF-8 of
 * them. From elsewhere they are taken as they are.
 */
function bytesOf(words: readonly string[]): Uint8Array {
  const text = cString(words.join("\0"));
  let line: Uint8Array;
  try {
    line = readFileSync("/proc/self/cmdline");
  } catch {
    return text;
  }
  let start = line.length;
  for (const _ of words) start = line.lastIndexOf(0, start - 2) + 1;
  const bytes = line.subarray(start);
  return new TextDecoder().decode(bytes) === new TextDecoder().decode(text) ? bytes : text;
}

/** A command that we start: forked at once, executed when we are ready for it. There can be only one. */
export class Command {
  readonly pid: number;
  /** What wait() said, once it is dead. */
  status: number | undefined;

  /**
   * To be called after stopOnSignals(), which knows the ways that it is to inherit.
   * @param user whom it shall run as; none: whoever we are.
   * @throws LibbpfError
   */
  constructor(words: readonly string[], user?: string) {
    const pid = Number(native.command_prepare(bytesOf(words), words.length, user ?? ""));
    if (pid < 0) throw new LibbpfError(`${words[0]} cannot be started`, -pid);
    this.pid = pid;
  }

  /** Lets it execute. Returns the errno where it could not. */
  go(): number {
    return -native.command_go();
  }

  /** A file descriptor that tells its end, or -1. */
  pidfd(): number {
    return Math.max(-1, native.command_pidfd(this.pid));
  }

  /** Whether it is dead; asked for once its end was told. */
  reap(): boolean {
    if (this.status === undefined) {
      const status = native.command_reap(this.pid);
      if (status >= 0) this.status = status;
    }
    return this.status !== undefined;
  }
}

/** The exit status that a shell gives to a command that it cannot execute: 127 where there is none, 126 else. */
export function statusOfFailure(errno: number): number {
  return errno === constants.errno.ENOENT || errno === constants.errno.ENOTDIR ? 127 : 126;
}
