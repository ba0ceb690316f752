import type { Exit } from "../../exit/exit.ts";
import { Offset } from "../../record/layout.ts";

/** Sized for 250,000 parents: then has() is wrong for one of 1,000 other processes. */
const BITS = 2 ** 24;
const FIRST_FACTOR = 0x9e37_79b1;
const SECOND_FACTOR = 0x85eb_ca6b;

/**
 * A Bloom filter of the parents of processes, and of the processes that forked them: two bits each.
 * has() may be true for another process, but is never false for one that was added.
 */
export class Parents {
  readonly #bits = new Uint8Array(BITS / 8);

  /** @param hasForkers true if the records have the processes that forked. */
  constructor(readonly hasForkers: boolean) {}

  /** Adds the parent of an exited process, and the process that forked it. */
  add(exit: Exit): void {
    const { record } = exit;
    this.#set(record.ppid, record.low(Offset.parentStartNs), record.high(Offset.parentStartNs));
    if (!this.hasForkers || !exit.origin.isKnown) return;
    const { pid, startTime } = exit.origin.startedBy;
    if (pid !== 0) this.#set(pid, record.low(startTime), record.high(startTime));
  }

  /** Returns true if the exited process may be one that was added. */
  has({ record }: Exit): boolean {
    const low = record.low(Offset.startTimeNs);
    const high = record.high(Offset.startTimeNs);
    return (
      this.#isSet(hashOf(record.pid, low, high, FIRST_FACTOR)) &&
      this.#isSet(hashOf(record.pid, low, high, SECOND_FACTOR))
    );
  }

  #set(pid: number, low: number, high: number): void {
    this.#setBit(hashOf(pid, low, high, FIRST_FACTOR));
    this.#setBit(hashOf(pid, low, high, SECOND_FACTOR));
  }

  #setBit(bit: number): void {
    this.#bits[bit >>> 3]! |= 1 << (bit & 7);
  }

  #isSet(bit: number): boolean {
    return ((this.#bits[bit >>> 3]! >>> (bit & 7)) & 1) === 1;
  }
}

/** Returns the number of a bit. */
function hashOf(pid: number, low: number, high: number, factor: number): number {
  let hash = Math.imul(pid ^ (factor >>> 7), factor);
  hash = Math.imul(hash ^ (hash >>> 15) ^ low, factor);
  hash = Math.imul(hash ^ (hash >>> 13) ^ high, factor);
  return (hash ^ (hash >>> 16)) & (BITS - 1);
}
