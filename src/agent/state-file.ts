/**
 * The file in which the agent keeps until when it has traced, for its next start: also after
 * SIGKILL it is known how long no tracer ran.
 */
import { closeSync, constants, fstatSync, mkdirSync, openSync, readSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { TraceError } from "../errors.ts";
import { log } from "../log.ts";
import { errorReason } from "../system/files.ts";
import { lockExclusively } from "../system/lock.ts";
import { quotePath } from "../text/sanitize.ts";
import type { AgentPlan } from "./plan.ts";
import { formatTime, parseTime } from "./gap.ts";

const { O_CREAT, O_NOFOLLOW, O_RDWR } = constants;
const BEFORE = '{"traced_until":"';
const AFTER = '"}\n';
/** Every state has the same length, so that it is replaced by one write. */
const STATE_BYTES = BEFORE.length + "2026-11-30T09:00:00.123456789Z".length + AFTER.length;

export class StateFile {
  #isFailing = false;

  private constructor(
    readonly path: string,
    readonly fd: number,
    /** Until when an earlier agent traced, in nanoseconds since 1970, if that is known. */
    readonly tracedUntil: bigint | undefined,
  ) {}

  /**
   * Opens the file, or creates it with mode 0600, and its directory.
   * @throws TraceError if another agent uses it.
   * @throws NodeJS.ErrnoException, LibbpfError if it cannot be opened or locked.
   */
  static open(path: string): StateFile {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const fd = openSync(path, O_CREAT | O_NOFOLLOW | O_RDWR, 0o600);
    if (!fstatSync(fd).isFile()) {
      closeSync(fd);
      throw new TraceError(`${quotePath(path)} is not a regular file; name another one with --state`);
    }
    if (!lockExclusively(fd)) {
      closeSync(fd);
      throw new TraceError(
        `another exitsnoop agent uses ${quotePath(path)}; end that one, or name another file with --state`,
      );
    }
    return new StateFile(path, fd, readState(fd, path));
  }

  /** Replaces the time. A failure is reported once. */
  write(tracedUntil: bigint): void {
    try {
      writeSync(this.fd, `${BEFORE}${formatTime(tracedUntil)}${AFTER}`, 0);
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing)
        log.warn(
          `cannot write to ${quotePath(this.path)}: ${errorReason(error)}; the next gap may seem longer than it was`,
        );
      this.#isFailing = true;
    }
  }
}

function readState(fd: number, path: string): bigint | undefined {
  const bytes = new Uint8Array(STATE_BYTES + 1);
  const length = readSync(fd, bytes, 0, bytes.length, 0);
  if (length === 0) return undefined;
  if (length > STATE_BYTES)
    throw new TraceError(
      `${quotePath(path)} does not have the form of a state file, and is not overwritten; name another file with --state`,
    );
  const text = new TextDecoder("latin1").decode(bytes.subarray(0, length));
  const isState = length === STATE_BYTES && text.startsWith(BEFORE) && text.endsWith(AFTER);
  const time = isState ? parseTime(text.slice(BEFORE.length, -AFTER.length)) : undefined;
  if (time === undefined)
    log.warn(
      `${quotePath(path)} does not have the form of a state file, and is replaced; a gap before now is not reported`,
    );
  return time;
}

/**
 * Opens the state file of a plan. Returns undefined, with a warning, if it is the default one and
 * cannot be used. @throws TraceError
 */
export function openState({ stateFile, isStateRequired }: AgentPlan): StateFile | undefined {
  try {
    return StateFile.open(stateFile);
  } catch (error) {
    if (error instanceof TraceError) throw error;
    const failure = `cannot open the state file ${quotePath(stateFile)}: ${errorReason(error)}`;
    if (isStateRequired) throw new TraceError(`${failure}; name another file with --state`);
    log.warn(`${failure}; gaps between two runs of the agent are not reported; name another file with --state`);
    return undefined;
  }
}
