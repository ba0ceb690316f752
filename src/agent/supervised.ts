import { constants } from "node:os";
import { LibbpfError } from "../native/errno.ts";
import { startSupervised, takeStatus } from "../system/supervise.ts";
import { BackOff } from "./back-off.ts";

const { signals } = constants;
/** The wait status of a process that ended with 126, as one that could not be executed does. */
const CANNOT_START = 126 << 8;

type Files = readonly [stdin: number, stdout: number, stderr: number];

/** A child process that is started again when it ends, after a delay that grows. */
export class Supervised {
  /** 0 while it does not run. */
  pid = 0;
  /** How often it was started again. */
  restarts = 0;
  /** The time of performance.now() at which to start it next. */
  startAt = 0;
  /** The wait status of the last run. */
  status = 0;
  #startedAt = 0;
  #hasStarted = false;
  #backOff = new BackOff();

  /** @param deathSignal sent when the agent dies. */
  constructor(
    readonly name: "tracer" | "exporter",
    readonly args: readonly string[],
    readonly deathSignal: NodeJS.Signals,
  ) {}

  get isRunning(): boolean {
    return this.pid > 0;
  }

  /** Starts it. Returns false if that is impossible now; then it has ended with a status. */
  start(files: Files): boolean {
    if (this.#hasStarted) this.restarts++;
    this.#hasStarted = true;
    this.#startedAt = performance.now();
    try {
      this.pid = startSupervised(this.args, files, signals[this.deathSignal]);
    } catch (error) {
      if (!(error instanceof LibbpfError)) throw error;
      this.#end(CANNOT_START);
    }
    return this.isRunning;
  }

  /** Returns true once if it has ended since the last call, and sets when to start it again. */
  reap(): boolean {
    const status = this.pid > 0 ? takeStatus(this.pid) : undefined;
    if (status === undefined) return false;
    this.#end(status);
    return true;
  }

  #end(status: number): void {
    const now = performance.now();
    this.pid = 0;
    this.status = status;
    this.startAt = now + this.#backOff.next(now - this.#startedAt);
  }

  /** Sends a signal. One that is refused is ignored: the exporter runs as another user. */
  kill(signal: NodeJS.Signals): void {
    if (!this.isRunning) return;
    try {
      process.kill(this.pid, signal);
    } catch {
      // it has ended, or the agent has no CAP_KILL: the pipe's end tells it to stop
    }
  }

  /** Returns how it ended, to follow its name. */
  get fate(): string {
    const signal = this.status & 0x7f;
    if (signal) {
      const [name = `signal ${signal}`] = Object.entries(signals).find(([, number]) => number === signal) ?? [];
      return `was killed by ${name}`;
    }
    return `ended with status ${this.status >> 8}`;
  }
}
