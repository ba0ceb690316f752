import type { Reader } from "../bpf/reader.ts";
import { explainExecFailure } from "../diagnose/exec-failure.ts";
import { adviceForLimit } from "../diagnose/limits.ts";
import { ChildCommandError, TraceError } from "../errors.ts";
import { log } from "../log.ts";
import type { Redactor } from "../exit/redactor.ts";
import { LibbpfError } from "../native/errno.ts";
import { signalName } from "../record/signal-names.ts";
import { exitCode, termSignal } from "../record/wait-status.ts";
import type { Recorder } from "../recorder/recorder.ts";
import { has, ownCapabilities } from "../system/capabilities.ts";
import { ChildCommand } from "../system/child.ts";
import { counted } from "../text/counted.ts";
import { quoteWord } from "../text/sanitize.ts";
import type { CommandPlan } from "./plan.ts";
import { listSurvivors, type Survivors } from "./survivors.ts";

/** The interval at which the tracer checks for descendants that outlive the child command, ms. */
const CHECK_INTERVAL = 50;
/** How long descendants may outlive the child command before the tracer names them, ms. */
const NAMING_DELAY = 1000;
/** A shell adds this to the number of the signal that killed a command. */
const SIGNAL_STATUS = 128;
/** A shell's exit status for a command that cannot be executed. */
const CANNOT_EXECUTE = 126;

/** The child command of a trace (`-- COMMAND`), up to the exit of its last descendant. */
export class TracedChild {
  /** The name in messages. */
  readonly name: string;
  /** The words of the command with secrets replaced. */
  readonly shownWords: readonly string[];
  #process: ChildCommand;
  #words: readonly string[];
  #waitsForAll: boolean;
  #grace: number;
  #startedAt = performance.now();
  /** The time at which the tracer noticed the exit of the command; undefined: it still runs. */
  #endedAt: number | undefined;
  #hasNamedSurvivors = false;
  #remaining: Survivors | undefined;

  /**
   * Forks the launcher, whose child is to execute the command. That child is the first process
   * that the recorder traces. Called before privileges are dropped.
   * @throws TraceError, ChildCommandError
   */
  constructor(
    { words, user, waitsForAll, grace = Number.POSITIVE_INFINITY }: CommandPlan,
    readonly recorder: Recorder,
    /** Replaces secrets in messages and reports. */
    readonly redactor?: Redactor,
  ) {
    this.shownWords = redactor?.words(words) ?? words;
    this.name = quoteWord(this.shownWords[0]!);
    if (user !== undefined) checkCanSetUser(user);
    this.#words = words;
    this.#waitsForAll = waitsForAll;
    this.#grace = grace;
    this.#process = forkLauncher(words, user);
    recorder.traceNextChildOf(this.#process.launcherPid);
  }

  /** False if start() will most likely fail: there is no such program, or no interpreter for it. */
  get canStart(): boolean {
    return this.#process.canStart;
  }

  /**
   * Executes the command, unless it runs already; its exit wakes the reader.
   * @throws ChildCommandError
   */
  start(reader: Reader): void {
    if (this.#process.pid) return;
    this.#startedAt = performance.now();
    const failure = this.#process.start();
    if (failure) {
      const { message, status } = explainExecFailure(this.#words, failure);
      const reason = this.redactor?.message(message) ?? message;
      throw new ChildCommandError(`${this.name} cannot be run: ${reason}`, status);
    }
    reader.watch(this.#process.exitFd);
  }

  /** Returns how long the tracer may sleep, ms: only the exit of the command itself wakes it. */
  maxSleep(): number {
    return this.#process.status === undefined ? Number.POSITIVE_INFINITY : CHECK_INTERVAL;
  }

  /** Returns true if the command, and with waitsForAll all its descendants, have exited. */
  isOver(): boolean {
    if (this.#process.status === undefined) return false;
    if (!this.#waitsForAll || this.recorder.liveTracees <= 0) return true;
    return this.#endedAt !== undefined && performance.now() - this.#endedAt >= this.#grace;
  }

  /** The pid of the command in the tracer's PID namespace; 0 before it is started. */
  get pid(): number {
    return this.#process.pid;
  }

  /** The wait status of the command; undefined if it still runs. */
  get status(): number | undefined {
    return this.#process.status;
  }

  /** How long the command ran, or has run until now, ms. */
  get elapsed(): number {
    return (this.#endedAt ?? performance.now()) - this.#startedAt;
  }

  /**
   * Called after each batch: once descendants have outlived the command for a second, names them
   * and says how to stop waiting.
   */
  nameSurvivors(): void {
    const { status } = this.#process;
    if (status === undefined || this.#hasNamedSurvivors) return;
    this.#endedAt ??= performance.now();
    if (performance.now() - this.#endedAt < NAMING_DELAY) return;
    this.#hasNamedSurvivors = true;
    const { count, text } = listSurvivors(this.recorder, this.redactor);
    const signal = termSignal(status);
    const end = signal ? `was killed by ${signalName(signal)}` : `ended with ${exitCode(status)}`;
    if (count <= 0) return;
    const them = count === 1 ? "it" : "them";
    log.info(
      `${this.name} ${end}; still running: ${text}. Waiting for ${them}; Ctrl-C stops tracing, --no-wait does not wait.`,
    );
  }

  /** Lists the processes that still run when the trace is over. The command may be one of them. */
  listRemaining(max?: number): Survivors {
    return (this.#remaining ??= listSurvivors(this.recorder, this.redactor, max));
  }

  /** Returns the number of descendants among `count` processes that still run. */
  orphansAmong(count: number): number {
    return this.#process.status === undefined ? Math.max(0, count - 1) : count;
  }

  /**
   * Called when the trace is over: names the processes that still run.
   * @returns the number of descendants among them.
   */
  nameRemaining(): number {
    const { count, text } = this.listRemaining();
    if (count > 0) log.info(`${counted(count, "process", "processes")} still running, no longer traced: ${text}`);
    return this.orphansAmong(count);
  }

  /** Returns the status that a shell would report for the command; 0 if it still runs. */
  exitStatus(): number {
    const { status } = this.#process;
    if (status === undefined) return 0;
    const signal = termSignal(status);
    return signal ? SIGNAL_STATUS + signal : exitCode(status);
  }
}

/** @throws ChildCommandError if the tracer cannot start a process as another user. */
function checkCanSetUser(user: string): void {
  const own = ownCapabilities();
  if (has(own, "CAP_SETUID") && has(own, "CAP_SETGID")) return;
  throw new ChildCommandError(
    `--as ${quoteWord(user)} needs CAP_SETUID and CAP_SETGID, which exitsnoop does not have: use sudo`,
    CANNOT_EXECUTE,
  );
}

/** Explains a failure without the advice about BPF that explain() gives. @throws TraceError */
function forkLauncher(words: readonly string[], user: string | undefined): ChildCommand {
  try {
    return new ChildCommand(words, user);
  } catch (error) {
    if (!(error instanceof LibbpfError)) throw error;
    const advice = adviceForLimit(error.errno);
    throw new TraceError(advice ? `${error.message}: ${advice}` : error.message);
  }
}
