import type { Exit } from "../../exit/exit.ts";
import { Offset } from "../../record/layout.ts";
import { isSame, type ProcessKey, type ReportedProcess } from "./reported-process.ts";

/** The most failures of a report; what is more is counted. */
const MAX_FAILURES = 1000;
/** The most processes, failures and those above them. */
const MAX_PROCESSES = 2 * MAX_FAILURES;
/** The most characters of all texts. */
const MAX_TEXT = 8 * 1024 * 1024;

/** Processes whose parent has not ended yet. */
interface Waiting extends ProcessKey {
  processes: ReportedProcess[];
  /** The processes without children, by what a line shows of them. */
  byText: Map<string, ReportedProcess>;
}

/**
 * The processes that failed or were killed, with the processes above them, as trees. A process ends
 * before its parent, so of a process that did not fail nothing is kept, unless one below it failed.
 */
export class Failures {
  /** The failures that found no room. */
  leftOut = 0;
  #size = 0;
  #failed = 0;
  #text = 0;
  /** The processes whose parent runs, by its pid. */
  readonly #waiting = new Map<number, Waiting>();
  /** The processes in trees, by pid. */
  readonly #kept = new Map<number, ReportedProcess>();
  readonly #roots: ReportedProcess[] = [];

  constructor(
    readonly maxFailures = MAX_FAILURES,
    readonly maxProcesses = MAX_PROCESSES,
    readonly maxText = MAX_TEXT,
  ) {}

  /** Allocates nothing for an exit that is not kept. @param describe copies the exit. */
  add(exit: Exit, describe: (exit: Exit) => ReportedProcess): void {
    const { record } = exit;
    const { pid, status } = record;
    const waiting = this.#waiting.get(pid);
    if (!waiting && status === 0) return;
    const children = waiting ? this.#takeChildren(waiting, exit) : [];
    if (status === 0 && !children.length) return;
    if (!this.#hasRoom(status !== 0)) {
      if (status !== 0) this.leftOut++;
      for (const child of children) this.#roots.push(child);
      return;
    }
    const process = describe(exit);
    process.children = children;
    if (this.#place(process)) {
      this.#kept.set(pid, process);
      this.#size++;
      this.#text += process.command.length + process.killer.length + process.crash.length + process.json.length;
      if (status !== 0) this.#failed++;
    }
  }

  /** Returns the trees, the oldest first. Those whose root's parent did not end are among them. */
  roots(): ReportedProcess[] {
    const others = [...this.#waiting.values()].flatMap(({ processes }) => processes);
    return [...this.#roots, ...others].toSorted((a, b) => a.high - b.high || a.low - b.low);
  }

  #hasRoom(isFailure: boolean): boolean {
    if (this.#text >= this.maxText) return false;
    return isFailure
      ? this.#failed < this.maxFailures && this.#size < this.maxProcesses
      : this.#size < this.maxProcesses;
  }

  /** Returns the processes that waited for the exit; those of an earlier one become roots. */
  #takeChildren(waiting: Waiting, { record }: Exit): ReportedProcess[] {
    this.#waiting.delete(waiting.pid);
    const isParent = waiting.high === record.high(Offset.startTimeNs) && waiting.low === record.low(Offset.startTimeNs);
    if (isParent) return waiting.processes;
    this.#roots.push(...waiting.processes);
    return [];
  }

  /** Adds a process to its parent. Returns false if an equal one stands for it. */
  #place(process: ReportedProcess): boolean {
    const { parent } = process;
    const kept = this.#kept.get(parent.pid);
    // an orphan, whose parent has ended before
    if (kept && isSame(kept, parent)) {
      kept.children.push(process);
      return true;
    }
    const waiting = this.#waitingFor(parent);
    if (!process.children.length) {
      const text = `${process.status} ${process.killer}\n${process.crash}\n${process.command}`;
      const equal = waiting.byText.get(text);
      if (equal) {
        equal.count++;
        return false;
      }
      waiting.byText.set(text, process);
    }
    waiting.processes.push(process);
    return true;
  }

  #waitingFor(parent: ProcessKey): Waiting {
    const waiting = this.#waiting.get(parent.pid);
    if (waiting) {
      if (isSame(waiting, parent)) return waiting;
      // that parent's exit was lost
      this.#roots.push(...waiting.processes);
    }
    const created = { ...parent, processes: [], byText: new Map() };
    this.#waiting.set(parent.pid, created);
    return created;
  }
}
