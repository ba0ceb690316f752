import type { Exit } from "../exit/exit.ts";
import { Timespec } from "../exit/timespec.ts";
import { ExitFlag, KillerKind, Offset } from "../record/layout.ts";
import { termSignal } from "../record/wait-status.ts";
import type { LackingSums } from "./lacks.ts";
import { Lifetimes } from "./lifetimes.ts";

/**
 * The sums over some exits. The records must have the groups `killer` and `resources`. What an exit
 * lacks is in no sum, and counted as unknown.
 */
export class Tally {
  exits = 0;
  /** Exits with a code other than 0. */
  failed = 0;
  /** Deaths by signal. */
  killed = 0;
  /** Deaths by the OOM killer, which are also in `killed`. */
  oomKilled = 0;
  readonly cpuUser = new Timespec();
  readonly cpuSystem = new Timespec();
  /** Exits whose outcome is not known, and their CPU time. */
  outcomeUnknown = 0;
  cpuUnknown = 0;
  /** Deaths by a signal whose sender is not known; `killed` includes them. */
  killerUnknown = 0;
  /** The largest peak, bytes; 0: none is known. */
  maxRss = 0;
  readonly lifetimes = new Lifetimes();

  /**
   * Adds an exit, or several like it. Allocates nothing. @param lacks undefined for live exits.
   */
  add(exit: Exit, lacks: LackingSums | undefined, count = 1): void {
    const { record } = exit;
    const { flags } = record;
    const isProcess = (flags & ExitFlag.ofProcess) !== 0;
    this.exits += count;
    if (lacks?.outcome(exit)) this.outcomeUnknown += count;
    else this.#addOutcome(exit, lacks, count);
    if (!lacks?.duration(exit)) this.lifetimes.add(exit.duration);
    if (isProcess && !lacks?.rss(exit)) {
      const rss = record.u64(Offset.maxRssBytes);
      if (rss > this.maxRss) this.maxRss = rss;
    }
    if (isProcess && (flags & ExitFlag.usageIncomplete) === 0 && !lacks?.cpu(exit)) {
      addTo(this.cpuUser, exit.number(Offset.cpuUserNs));
      addTo(this.cpuSystem, exit.number(Offset.cpuSystemNs));
    } else {
      this.cpuUnknown += count;
    }
  }

  #addOutcome(exit: Exit, lacks: LackingSums | undefined, count: number): void {
    const { status, killerKind } = exit.record;
    if (status === 0) return;
    if (termSignal(status) === 0) {
      this.failed += count;
      return;
    }
    this.killed += count;
    if (lacks?.killer(exit)) this.killerUnknown += count;
    else if (killerKind === KillerKind.oom) this.oomKilled += count;
  }

  merge(other: Tally): void {
    this.exits += other.exits;
    this.failed += other.failed;
    this.killed += other.killed;
    this.oomKilled += other.oomKilled;
    this.outcomeUnknown += other.outcomeUnknown;
    this.killerUnknown += other.killerUnknown;
    this.cpuUnknown += other.cpuUnknown;
    addTo(this.cpuUser, other.cpuUser);
    addTo(this.cpuSystem, other.cpuSystem);
    this.maxRss = Math.max(this.maxRss, other.maxRss);
    this.lifetimes.merge(other.lifetimes);
  }

  clear(): void {
    this.exits = 0;
    this.failed = 0;
    this.killed = 0;
    this.oomKilled = 0;
    this.outcomeUnknown = 0;
    this.killerUnknown = 0;
    this.cpuUnknown = 0;
    this.cpuUser.set(0, 0);
    this.cpuSystem.set(0, 0);
    this.maxRss = 0;
    this.lifetimes.clear();
  }

  /** True if a value is known of no exit. @param unknown the number of exits that lack it. */
  isUnknown(unknown: number): boolean {
    return this.exits > 0 && unknown === this.exits;
  }

  /** The CPU time in ns, rounded beyond 2^53. */
  get cpuNs(): number {
    return this.cpuUser.ns + this.cpuSystem.ns;
  }
}

function addTo(sum: Timespec, { seconds, nanoseconds }: Timespec): void {
  sum.add(seconds, nanoseconds);
}
