import { readFileSync } from "node:fs";
import { LibbpfError } from "../native/errno.ts";
import { toPointer, toCString, native } from "../native/library.ts";
import { toArrayBuffer } from "../native/memory.ts";

/** The reason why a COMMAND could not be started. */
export interface LaunchFailure {
  errno: number;
  /** The step that failed: executing the file, becoming another user, or the launcher itself. */
  stage: "exec" | "user" | "launcher";
  /** The file's `st_mode`; 0: there is no such file. */
  mode: number;
  /** The first bytes of the file, if it could be read. */
  head: Uint8Array;
}

/** `struct launch_failure` and `enum launch_stage` of native/core/launcher.h. */
const Offset = { stage: 4, mode: 8, headBytes: 12, head: 16, end: 16 + 1024 };
const stages = ["exec", "launcher", "user"] as const;

/**
 * The child process that runs a COMMAND: the constructor starts its launcher, start() executes
 * COMMAND itself. There can be only one.
 */
export class ChildCommand {
  /** The process whose next child is COMMAND, numbered as in the tracer's PID namespace. */
  readonly launcherPid: number;
  /** COMMAND's own pid, once it runs. */
  pid = 0;
  #status: number | undefined;

  /**
   * Called after stopOnSignals() and before privileges are dropped.
   * @param words COMMAND and its arguments, which end the tracer's command line.
   * @param user the user that COMMAND runs as; undefined: the tracer's own user.
   * @throws LibbpfError
   */
  constructor(words: readonly string[], user?: string) {
    const pid = Number(native.child_prepare(argumentBytes(words), words.length, user ?? ""));
    if (pid < 0) throw new LibbpfError(`${words[0]} cannot be started`, -pid);
    this.launcherPid = pid;
  }

  /** False if start() will most likely fail: there is no such program, or no interpreter for it. */
  get canStart(): boolean {
    return native.child_can_start() === 1;
  }

  /** Executes COMMAND. Returns the failure, if any. */
  start(): LaunchFailure | undefined {
    const pid = Number(native.child_start());
    if (pid < 0) return launchFailure(-pid);
    this.pid = pid;
    return undefined;
  }

  /** A file descriptor that becomes readable when COMMAND is dead. */
  get exitFd(): number {
    return native.child_exit_fd();
  }

  /** The wait status of COMMAND, once it is dead. */
  get status(): number | undefined {
    if (this.#status !== undefined) return this.#status;
    const status = native.child_wait_status();
    if (status < 0) return undefined;
    native.child_close();
    return (this.#status = status);
  }
}

/**
 * Returns the words as bytes of /proc/self/cmdline with a NUL after each, since the strings have
 * lost any invalid UTF-8. Encodes the strings if the command line does not end with them.
 */
function argumentBytes(words: readonly string[]): Uint8Array {
  const text = toCString(words.join("\0"));
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

function launchFailure(errno: number): LaunchFailure {
  const address = toPointer(native.child_start_failure());
  if (!address) return { errno, stage: "launcher", mode: 0, head: new Uint8Array() };
  const launch = new DataView(toArrayBuffer(address, 0, Offset.end));
  const bytes = launch.getUint32(Offset.headBytes, true);
  return {
    errno,
    stage: stages[launch.getUint32(Offset.stage, true)] ?? "launcher",
    mode: launch.getUint32(Offset.mode, true),
    head: new Uint8Array(launch.buffer.slice(Offset.head, Offset.head + bytes)),
  };
}
