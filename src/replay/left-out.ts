import { counted } from "../text/counted.ts";
import type { Fault } from "./broken-line.ts";

/** The faults of lines in the order of the sentence, in words for one line and for several. */
const faults: readonly [Fault, one: string, several: string][] = [
  ["json", "is not JSON", "are not JSON"],
  ["value", "has a value that exitsnoop does not write", "have values that exitsnoop does not write"],
  ["long", "is longer than 1 MiB", "are longer than 1 MiB"],
  ["cut", "is cut off", "are cut off"],
  ["other", "is no exit", "are no exits"],
];

interface Count {
  count: number;
  /** The place of the first one. */
  first: string;
}

/** Counts what a replay leaves out, for the sentence at its end. */
export class LeftOut {
  #lines = new Map<Fault, Count>();
  #lacking = new Map<string, number>();
  #threads = 0;

  /** Counts a line. @param place `FILE:LINE`. @param detail what is wrong with it. */
  addLine(fault: Fault, place: string, detail: string): void {
    const known = this.#lines.get(fault);
    if (known) known.count++;
    else this.#lines.set(fault, { count: 1, first: detail ? `${place}: ${detail}` : place });
  }

  /** Counts exits that a filter cannot compare. @param key what their line lacks. */
  addLacking(key: string, count = 1): void {
    this.#lacking.set(key, (this.#lacking.get(key) ?? 0) + count);
  }

  /** Counts the exit of a thread of a process that goes on. */
  addThread(): void {
    this.#threads++;
  }

  /** Returns the number of lines with a fault. */
  linesWith(fault: Fault): number {
    return this.#lines.get(fault)?.count ?? 0;
  }

  /** The number of broken lines. */
  get lines(): number {
    let sum = 0;
    for (const { count } of this.#lines.values()) sum += count;
    return sum;
  }

  /** Returns the sentence; undefined if nothing was left out. */
  text(): string | undefined {
    const parts: string[] = [];
    const broken = faults.flatMap(([fault, one, several]) => {
      const found = this.#lines.get(fault);
      if (!found) return [];
      const { count, first } = found;
      return [`${count} ${count === 1 ? one : several} (${count === 1 ? "" : "first: "}${first})`];
    });
    if (broken.length) parts.push(`${counted(this.lines, "line")} left out: ${broken.join(", ")}`);
    for (const [key, count] of this.#lacking) {
      parts.push(`${counted(count, "exit")} left out: ${count === 1 ? "it has" : "they have"} no ${key} to select by`);
    }
    if (this.#threads) parts.push(`${counted(this.#threads, "thread exit")} left out: -T shows them`);
    return parts.length ? parts.join("; ") : undefined;
  }
}
