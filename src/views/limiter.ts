import type { Exit } from "../exit/exit.ts";
import { compareTimes, Timespec } from "../exit/timespec.ts";
import { type ExitKind, kindOf, type SuppressedExits } from "../output/suppressed.ts";
import { KillerKind } from "../record/layout.ts";
import { KeyBuffer, PART_NONE, PART_WHOLE } from "./key-buffer.ts";
import { hashOf, KeyIndex, type Keyed } from "./key-index.ts";

/** The number of kinds that are kept. Each takes half a KB, and some more for long cgroup paths. */
const MAX_KINDS = 4096;
/** comm, parent, cgroup, outcome. */
const PARTS = 4;

/** Exits with the same key. */
class Kind implements Keyed, SuppressedExits {
  /** The second in which `admitted` exits were admitted. */
  second = Number.NaN;
  admitted = 0;
  /** The number of exits that were suppressed since take(). */
  count = 0;
  /** Undefined until one is suppressed. */
  kind: ExitKind | undefined;
  readonly first = new Timespec();
  readonly last = new Timespec();

  constructor(
    readonly key: Uint8Array,
    readonly hash: number,
  ) {}
}

/** Suppressed exits of kinds that were removed to make room. */
class Others implements SuppressedExits {
  readonly kind = undefined;
  count = 0;
  readonly first = new Timespec();
  readonly last = new Timespec();
}

/**
 * Admits at most `perSecond` exits of each kind in each second, by the exits' own times, and counts
 * the others exactly: each exit is admitted, or in one of the counts that take() returns. Memory is
 * bounded; a kind that is removed to make room is admitted anew.
 */
export class Limiter {
  /** The number of exits that were not admitted. */
  suppressed = 0;
  /** The number of those that take() has not returned yet. */
  pending = 0;
  /** The present second, since 1970; NaN: there was no exit. */
  second = Number.NaN;
  readonly #index: KeyIndex<Kind>;
  readonly #key = new KeyBuffer(PARTS);
  readonly #others = new Others();

  /** @param hasNames true if the names of containers are known or may be looked up. */
  constructor(
    readonly perSecond: number,
    readonly hasNames: boolean,
    readonly maxKinds = MAX_KINDS,
  ) {
    this.#index = new KeyIndex(maxKinds);
  }

  /**
   * Returns true if the exit begins another second, before which the suppressed exits are to be
   * taken. CPUs deliver exits out of order, so one of the second before does not begin it again.
   */
  begins({ exitTime: { seconds } }: Exit): boolean {
    if (seconds === this.second || seconds === this.second - 1) return false;
    this.second = seconds;
    return true;
  }

  /** Returns true if the exit is to be printed. Allocates nothing if its kind is known. */
  admits(exit: Exit): boolean {
    const kind = this.#find(exit);
    if (kind.second !== this.second) {
      kind.second = this.second;
      kind.admitted = 0;
    }
    if (kind.admitted < this.perSecond) {
      kind.admitted++;
      return true;
    }
    if (kind.count === 0) kind.first.setTo(exit.exitTime);
    kind.kind ??= kindOf(exit, this.hasNames);
    kind.last.setTo(exit.exitTime);
    kind.count++;
    this.suppressed++;
    this.pending++;
    return false;
  }

  /** Passes all suppressed exits to `write`, and begins to count anew. */
  take(write: (exits: SuppressedExits) => void): void {
    for (const kind of this.#index.entries) if (kind.count > 0) this.#take(kind, write);
    if (this.#others.count > 0) this.#take(this.#others, write);
  }

  #take(exits: SuppressedExits, write: (exits: SuppressedExits) => void): void {
    this.pending -= exits.count;
    write(exits);
    exits.count = 0;
  }

  #find(exit: Exit): Kind {
    const key = this.#key;
    this.#identify(exit);
    const hash = hashOf(key);
    const known = this.#index.find(key, hash);
    if (known) return known;
    if (this.#index.isFull) this.#evict();
    const kind = new Kind(key.bytes.slice(0, key.length), hash);
    this.#index.add(kind);
    return kind;
  }

  #identify(exit: Exit): void {
    const key = this.#key;
    const { record, hasKiller } = exit;
    key.reset();
    key.beginPart();
    key.endPart(key.text(record.bytes, record.comm, record.nameEnd(record.comm)));
    key.beginPart();
    key.endPart(key.text(record.bytes, record.parentComm, record.nameEnd(record.parentComm)));
    const path = exit.cgroup?.path;
    key.beginPart();
    key.endPart(path ? key.text(path, 0, path.length) : PART_NONE);
    key.beginPart();
    key.u32(record.status);
    // a killer that is a process may have any name, so only its reason counts
    key.u32(hasKiller ? (record.killerReason << 16) | record.killerKind : KillerKind.unknown);
    key.endPart(PART_WHOLE);
  }

  /** Removes kinds without suppressed exits, or if most have some, moves these to the others. */
  #evict(): void {
    const { entries, maxEntries } = this.#index;
    let kept = entries.filter(({ count }) => count > 0);
    if (kept.length > maxEntries / 2) {
      for (const kind of kept) this.#moveToOthers(kind);
      kept = [];
    }
    this.#index.replace(kept);
  }

  #moveToOthers({ count, first, last }: Kind): void {
    const others = this.#others;
    if (others.count === 0 || compareTimes(first, others.first) < 0) others.first.setTo(first);
    if (others.count === 0 || compareTimes(others.last, last) < 0) others.last.setTo(last);
    others.count += count;
  }
}
