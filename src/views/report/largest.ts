import type { ReportedProcess } from "./reported-process.ts";

/** The processes with the largest values, the largest first. */
export class Largest {
  readonly processes: ReportedProcess[] = [];
  readonly #values: number[] = [];

  constructor(readonly max: number) {}

  /** Returns true if a process with this value is among them. Allocates nothing. */
  accepts(value: number): boolean {
    if (value <= 0) return false;
    return this.#values.length < this.max || value > this.#values[this.#values.length - 1]!;
  }

  /** Adds a process whose value is accepted. */
  add(value: number, process: ReportedProcess): void {
    let at = this.#values.length;
    while (at > 0 && this.#values[at - 1]! < value) at--;
    this.#values.splice(at, 0, value);
    this.processes.splice(at, 0, process);
    if (this.#values.length <= this.max) return;
    this.#values.pop();
    this.processes.pop();
  }
}
