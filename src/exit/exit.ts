import { ExitFlag, KillerKind, Offset } from "../record/layout.ts";
import { termSignal } from "../record/status.ts";
import type { RecordView } from "../record/view.ts";
import { LongArguments } from "./arguments.ts";
import { Cgroups, type Place, placeOf } from "./cgroups.ts";
import { Span } from "./timespec.ts";
import { joinPath, Text } from "./byte-slice.ts";
import { Users } from "./users.ts";

/** What user space has learned besides the record at hand. */
export interface Knowledge {
  cgroups: Cgroups;
  longArguments: LongArguments;
  users: Users;
}

const ignorance = (): Knowledge => ({
  cgroups: new Cgroups(0, 0, () => {}),
  longArguments: new LongArguments(),
  users: new Users({ lookUp: () => null }),
});

const DELETED = new TextEncoder().encode(" (deleted)");
const EMPTY = new Uint8Array(0);

/**
 * One exit, as the formats see it: the record, and what only user space knows of it. One is made per run and filled
 * anew for each record; what costs more than a reading is found out only when it is asked for.
 */
export class Exit {
  /** When it died, since 1970 UTC, taken in the kernel. */
  readonly died = new Span();
  /** How long it lived. */
  readonly lived = new Span();
  /** For whoever reads a u64 of the record: one at a time. */
  readonly #number = new Span();
  readonly #args = new Text();
  readonly #exe = new Text();
  /** A path's bytes in the record, and one. */
  readonly #path = new Uint8Array(16 * 1024);
  #place: Place | null | undefined;
  #areArgsFound = false;

  constructor(
    readonly record: RecordView,
    readonly knowledge: Knowledge = ignorance(),
  ) {}

  /**
   * To be called when the record has moved. It takes the distance of the wall clock from the boot clock anew from each batch,
   * since somebody may step the clock while we run.
   */
  update(wallSeconds: number, wallNanoseconds: number): void {
    const { record } = this;
    this.died.set(record.diedAtHigh, record.diedAtLow).add(wallSeconds, wallNanoseconds);
    this.lived.set(record.durationHigh, record.durationLow);
    this.#place = undefined;
    this.#areArgsFound = false;
  }

  /** Whether a signal killed it. */
  get isKilled(): boolean {
    return termSignal(this.record.status) !== 0;
  }

  /** Whether it was killed and we know by whom. */
  get hasKiller(): boolean {
    return this.isKilled && this.record.killerKind !== KillerKind.unknown;
  }

  /** False where only a thread ended: what the whole process used is not known before its last one's end. */
  get isProcess(): boolean {
    return (this.record.flags & ExitFlag.ofProcess) !== 0;
  }

  has(flag: number): boolean {
    return (this.record.flags & flag) !== 0;
  }

  /** When it died, by the kernel's clock that runs from boot on; true until the next number of the record is asked for. */
  get diedSinceBoot(): Span {
    return this.#number.set(this.record.diedAtHigh, this.record.diedAtLow);
  }

  /** A u64 of the record by its Offset; true until the next one is asked for. */
  number(field: number): Span {
    return this.#number.set(this.record.high(field), this.record.low(field));
  }

  /** The arguments as /proc/PID/cmdline has them: a NUL behind each. */
  get args(): Text {
    if (this.#areArgsFound) return this.#args;
    this.#areArgsFound = true;
    const { record } = this;
    if (!this.has(ExitFlag.argsInChunks)) {
      const start = record.start + Offset.text;
      return this.#args.set(record.bytes, start, start + record.u16(Offset.argsBytes));
    }
    const long = this.knowledge.longArguments.take(record.tid) ?? EMPTY;
    return this.#args.set(long, 0, long.length);
  }

  /** The path of the executable, as /proc/PID/exe has it. */
  get exe(): Text {
    const { record } = this;
    const start = record.start + Offset.text + record.u16(Offset.argsBytes);
    let length = joinPath(this.#path, record.bytes, start, start + record.u16(Offset.exeBytes));
    if (this.has(ExitFlag.exeDeleted)) {
      this.#path.set(DELETED, length);
      length += DELETED.length;
    }
    return this.#exe.set(this.#path, 0, length);
  }

  /** The place of the process; null if the kernel could not send the path that counts. */
  get place(): Place | null {
    if (this.#place === undefined) {
      const v2 = this.#placeAt(Offset.cgroupV2);
      const v1 = this.#placeAt(Offset.cgroupV1);
      const isUnknown = v2 === null || (v1 === null && v2?.isRoot !== false);
      this.#place = isUnknown ? null : placeOf(v2, v1 ?? undefined);
    }
    return this.#place;
  }

  /**
   * Returns the cgroup whose id is in that field; undefined if there is none, null if its path is
   * unknown.
   */
  #placeAt(field: number): Place | null | undefined {
    const high = this.record.high(field);
    const low = this.record.low(field);
    if (high === 0 && low === 0) return undefined;
    return this.knowledge.cgroups.get(high, low) ?? null;
  }

  /** Whether the OOM killer came because the whole machine's memory was out, and not a cgroup's limit met. */
  get isMachineOom(): boolean {
    return this.record.high(Offset.oomCgroup) === 0 && this.record.low(Offset.oomCgroup) === 0;
  }

  /** Whose limit was met where the OOM killer came. */
  get oomPlace(): Place | null {
    const { record, knowledge } = this;
    return knowledge.cgroups.get(record.high(Offset.oomCgroup), record.low(Offset.oomCgroup)) ?? null;
  }
}
