import { TraceError, ChildCommandError } from "../errors.ts";
import type { CommandPlan } from "../cli/plan.ts";
import { say } from "../log.ts";
import { adviceFor } from "../diagnose/why.ts";
import { visible } from "../output/sanitize.ts";
import type { Collector } from "../bpf/reader.ts";
import { has, ownCapabilities } from "../system/capabilities.ts";
import { Command } from "../system/child.ts";
import { LibbpfError } from "../native/errno.ts";
import type { Recorder } from "../recorder/recorder.ts";
import { exitCode, termSignal } from "../record/status.ts";
import { whyNotRun } from "../diagnose/exec-failure.ts";

/** How often to look whether the last descendant is dead, once the command is, ms. */
const LOOK_EVERY = 50;
/** What a shell adds to the signal that killed a command. */
const KILLED = 128;

/** The command behind `--`, from its start to the end of its last descendant. */
export class TracedCommand {
  /** In sentences. */
  readonly name: string;
  #process: Command;
  #words: readonly string[];
  #waitsForAll: boolean;

  /**
   * Starts COMMAND's launcher. COMMAND, its child, is the first recorded process and does not run
   * yet. @throws TraceError, LibbpfError
   */
  constructor(
    { words, user, waitsForAll }: CommandPlan,
    readonly recorder: Recorder,
  ) {
    this.name = visible(words[0]!);
    if (user !== undefined) needsToBecome(user);
    this.#words = words;
    this.#waitsForAll = waitsForAll;
    this.#process = started(words, user);
    recorder.adoptChildOf(this.#process.launcherPid);
  }

  /** Lets it run. @throws ChildCommandError */
  go(collector: Collector): void {
    const failure = this.#process.go();
    if (failure) {
      const { sentence, status } = whyNotRun(this.#words, failure);
      throw new ChildCommandError(`${this.name} cannot be run: ${sentence}`, status);
    }
    collector.watch(this.#process.endFd);
  }

  /**
   * The longest sleep, ms: the end of COMMAND wakes the tracer, the end of a descendant does not.
   */
  get patience(): number {
    return this.#process.status === undefined ? -1 : LOOK_EVERY;
  }

  /** Whether there is nothing left to trace. */
  isOver(): boolean {
    if (this.#process.status === undefined) return false;
    return !this.#waitsForAll || this.recorder.familySize <= 0;
  }

  /** The status that a shell would report for COMMAND; 0 if COMMAND still runs. */
  exitStatus(): number {
    const { status } = this.#process;
    if (status === undefined) {
      say.warn(`${this.name} (${this.#process.pid}) still runs, and is no longer traced`);
      return 0;
    }
    const signal = termSignal(status);
    return signal ? KILLED + signal : exitCode(status);
  }

  /** Said at the end. */
  get strays(): number {
    return this.recorder.familyStrays;
  }
}

/** @throws ChildCommandError where we may not become anybody. */
function needsToBecome(user: string): void {
  const own = ownCapabilities();
  if (has(own, "CAP_SETUID") && has(own, "CAP_SETGID")) return;
  throw new ChildCommandError(
    `--as ${visible(user)} needs CAP_SETUID and CAP_SETGID, which we do not have: use sudo`,
    126,
  );
}

/** What fails here has nothing to do with BPF. @throws TraceError */
function started(words: readonly string[], user: string | undefined): Command {
  try {
    return new Command(words, user);
  } catch (error) {
    if (!(error instanceof LibbpfError)) throw error;
    throw new TraceError(`${error.message}: ${adviceFor(error.errno)}`);
  }
}
