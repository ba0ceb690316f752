import type { Exit } from "../exit/exit.ts";
import { Timespec } from "../exit/timespec.ts";
import { ExitFlag, KillerKind, Offset } from "../record/layout.ts";
import { termSignal } from "../record/wait-status.ts";
import { Lifetimes } from "./lifetimes.ts";

/** The sums over some exits. The records must have the groups `killer` and `resources`. */
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
  /** Exits whose CPU time is not known, and is in no sum. */
  cpuUnknown = 0;
  /** The largest peak, bytes; 0: none is known. */
  maxRss = 0;
  readonly lifetimes = new Lifetimes();

  /** Allocates nothing. */
  add(exit: Exit): void {
    const { record } = exit;
    const { status, flags } = record;
    this.exits++;
    if (status !== 0) {
      if (termSignal(status) === 0) {
        this.failed++;
      } else {
        this.killed++;
        if (record.killerKind === KillerKind.oom) this.oomKilled++;
      }
    }
    this.lifetimes.add(exit.duration);
    if ((flags & ExitFlag.ofProcess) === 0) {
      this.cpuUnknown++;
      return;
    }
    const rss = record.high(Offset.maxRssBytes) * 0x1_0000_0000 + record.low(Offset.maxRssBytes);
    if (rss > this.maxRss) this.maxRss = rss;
    if ((flags & ExitFlag.usageIncomplete) !== 0) {
      this.cpuUnknown++;
      return;
    }
    addTo(this.cpuUser, exit.number(Offset.cpuUserNs));
    addTo(this.cpuSystem, exit.number(Offset.cpuSystemNs));
  }

  merge(other: Tally): void {
    this.exits += other.exits;
    this.failed += other.failed;
    this.killed += other.killed;
    this.oomKilled += other.oomKilled;
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
    this.cpuUnknown = 0;
    this.cpuUser.set(0, 0);
    this.cpuSystem.set(0, 0);
    this.maxRss = 0;
    this.lifetimes.clear();
  }

  /** True if the CPU time of at least one exit is known, or there are none. */
  get isCpuKnown(): boolean {
    return this.exits === 0 || this.cpuUnknown < this.exits;
  }

  /** The CPU time in ns, rounded beyond 2^53. */
  get cpuNs(): number {
    const { cpuUser, cpuSystem } = this;
    return 1e9 * (cpuUser.seconds + cpuSystem.seconds) + cpuUser.nanoseconds + cpuSystem.nanoseconds;
  }
}

function addTo(sum: Timespec, { seconds, nanoseconds }: Timespec): void {
  sum.add(seconds, nanoseconds);
}
