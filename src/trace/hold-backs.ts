import { fstatSync } from "node:fs";
import type { Write } from "../output/index.ts";
import { isCanonical, isTerminal } from "../system/tty.ts";
import { HoldBack } from "./hold-back.ts";

/** The HoldBacks of a trace: one for each terminal, also if several descriptors lead to it. */
export class HoldBacks {
  /** The key is the number of the device. */
  #terminals = new Map<number, HoldBack>();

  /** Returns HoldBack.wrap() for a terminal, and `write` itself for another file. */
  wrap(fd: number, write: Write, countExits?: () => number): Write {
    if (!isTerminal(fd)) return write;
    const { rdev } = fstatSync(fd);
    const terminal = this.#terminals.get(rdev) ?? new HoldBack(() => isCanonical(fd));
    this.#terminals.set(rdev, terminal);
    return terminal.wrap(write, countExits);
  }

  get isEmpty(): boolean {
    return this.#terminals.size === 0;
  }

  get isHolding(): boolean {
    if (this.isEmpty) return false;
    for (const terminal of this.#terminals.values()) if (terminal.isHolding) return true;
    return false;
  }

  /** The number of exits that were dropped by the terminal that dropped most. */
  get lost(): number {
    let lost = 0;
    if (this.isEmpty) return lost;
    for (const terminal of this.#terminals.values()) lost = Math.max(lost, terminal.lost);
    return lost;
  }

  /** Called after each batch: writes the lines of terminals that are in canonical mode again. */
  update(): void {
    if (this.isEmpty) return;
    for (const terminal of this.#terminals.values()) terminal.update();
  }

  /** Returns how long the tracer may sleep, ms; infinity: no limit. */
  maxSleep(): number {
    let shortest = Number.POSITIVE_INFINITY;
    if (this.isEmpty) return shortest;
    for (const terminal of this.#terminals.values()) shortest = Math.min(shortest, terminal.maxSleep());
    return shortest;
  }

  /** Writes everything that is held back; called at the end of the trace. */
  end(): void {
    for (const terminal of this.#terminals.values()) terminal.end();
  }
}
