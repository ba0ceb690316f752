import { constants } from "node:os";
import { describeErrno, LibbpfError } from "../native/errno.ts";
import { startSupervised, takeStatus } from "../system/supervise.ts";
import { RestartDelay } from "./restart-delay.ts";

const { signals } = constants;

type Files = readonly [stdin: number, stdout: number, stderr: number];

/** A child process that is started again when it ends, after a delay that grows. */
export class Supervised {
  /** 0 while it does not run. */
  pid = 0;
  /** How often it was started again. */
  restarts = 0;
  /** The time of performance.now() at which to start it next. */
  startAt = 0;
  /** How the last run ended, to follow the name. */
  fate = "";
  #startedAt = 0;
  #hasStarted = false;
  #restartDelay = new RestartDelay();

  /** @param deathSignal sent when the agent dies. */
  constructor(
    readonly name: "tracer" | "exporter",
    readonly args: readonly string[],
    readonly deathSignal: NodeJS.Signals,
  ) {}

  get isRunning(): boolean {
    return this.pid > 0;
  }

  /** Starts it. Returns false if that is impossible now; then it has ended at once. */
  start(files: Files): boolean {
    if (this.#hasStarted) this.restarts++;
    this.#hasStarted = true;
    this.#startedAt = performance.now();
    try {
      this.pid = startSupervised(this.args, files, signals[this.deathSignal]);
    } catch (error) {
      if (!(error instanceof LibbpfError)) throw error;
      this.#end(`cannot be started (${describeErrno(error.errno)})`);
    }
    return this.isRunning;
  }

  /** Returns true once if it has ended since the last call, and sets when to start it again. */
  reap(): boolean {
    const status = this.pid > 0 ? takeStatus(this.pid) : undefined;
    if (status === undefined) return false;
    this.#end(describeStatus(status));
    return true;
  }

  #end(fate: string): void {
    const now = performance.now();
    this.pid = 0;
    this.fate = fate;
    this.startAt = now + this.#restartDelay.next(now - this.#startedAt);
  }

  /** Sends a signal. One that is refused is ignored: the exporter runs as another user. */
  kill(signal: NodeJS.Signals): void {
    if (!this.isRunning) return;
    try {
      process.kill(this.pid, signal);
    } catch {
      // it has ended, or the agent has no CAP_KILL: the pipe's end makes it stop
    }
  }
}

function describeStatus(status: number): string {
  const signal = status & 0x7f;
  if (signal === 0) return `ended with status ${status >> 8}`;
  const [name = `signal ${signal}`] = Object.entries(signals).find(([, number]) => number === signal) ?? [];
  return `was killed by ${name}`;
}
