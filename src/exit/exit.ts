import { ExitFlag, KillerKind, KillerReason, MAX_STORED_ARGS, Offset } from "../record/layout.ts";
import { RecordView } from "../record/view.ts";
import { termSignal } from "../record/wait-status.ts";
import { ByteWriter } from "../text/byte-writer.ts";
import { LongArguments } from "./arguments.ts";
import { ByteSlice } from "./byte-slice.ts";
import { type CgroupOrigin, Cgroups, originOf } from "./cgroups.ts";
import { ContainerNameCache, type ContainerNames } from "./container-names.ts";
import type { CrashSite, CrashSites } from "./crash-site.ts";
import { DELETED, joinPath } from "./join-path.ts";
import { OomKills } from "./oom-kills.ts";
import { Origin } from "./origin.ts";
import { Senders } from "./senders.ts";
import { Timespec } from "./timespec.ts";
import { Users } from "./users.ts";

/** The state that exit records refer to: it comes from other records or from the system. */
export interface ExitContext {
  cgroups: Cgroups;
  longArguments: LongArguments;
  oomKills: OomKills;
  containerNames: ContainerNameCache;
  senders: Senders;
  users: Users;
  /** Undefined: arguments are shown as they are. */
  redactor?: ArgumentRedactor | undefined;
  /** True if it is not known whether arguments are cut, as in a recording without that key. */
  readonly mayCutArgs?: boolean;
  /** Undefined: crash sites are not collected. */
  crashes?: CrashSites | undefined;
}

/** Replaces secrets in arguments (--redact). */
export interface ArgumentRedactor {
  /**
   * Returns the arguments with secrets replaced: the same slice if it has none, or else `result`,
   * whose bytes are in `out`. @param isCut true if the end of the arguments is missing.
   */
  redact(args: ByteSlice, isCut: boolean, out: ByteWriter, result: ByteSlice): ByteSlice;
}

const emptyContext = (): ExitContext => ({
  cgroups: new Cgroups(0, 0, () => {}),
  longArguments: new LongArguments(),
  oomKills: new OomKills(),
  containerNames: new ContainerNameCache({ lookUp: () => null }),
  senders: new Senders(),
  users: new Users({ lookUp: () => null }),
});

const EMPTY = new Uint8Array(0);
/** Room for a path of PATH_MAX bytes and more, and one byte for joinPath(). */
const PATH_BYTES = 16 * 1024;

/**
 * One exit, as the formats see it: its record and the context. There is one Exit per run, which
 * moves from record to record, so that nothing is allocated per exit. Everything that it returns is
 * valid until the record moves. Getters compute on demand, for the columns that are shown.
 */
export class Exit {
  /** The time of the exit, since 1970 UTC. */
  readonly exitTime = new Timespec();
  /** The time from fork to exit. */
  readonly duration = new Timespec();
  readonly #startTime = new Timespec();
  /** The result of number() and exitTimeSinceBoot. */
  readonly #number = new Timespec();
  readonly #args = new ByteSlice();
  readonly #redactedArgs = new ByteSlice();
  /** Has the bytes of #redactedArgs; created when they are needed. */
  #redacted: ByteWriter | undefined;
  /** The arguments as they are shown; undefined: not read yet. */
  #shownArgs: ByteSlice | undefined;
  readonly #exe = new ByteSlice();
  readonly #path = new Uint8Array(PATH_BYTES);
  /** undefined: not computed yet. */
  #cgroup: CgroupOrigin | null | undefined;
  #crash: CrashSite | null | undefined;
  #hasArgs = false;
  readonly #origin: Origin;
  /** undefined: not looked up. */
  #sender: Exit | null | undefined;
  #senderExit: Exit | undefined;
  #isSender = false;

  constructor(
    readonly record: RecordView,
    readonly context: ExitContext = emptyContext(),
  ) {
    this.#origin = new Origin(record);
  }

  /**
   * Called when the record has moved. The arguments are CLOCK_REALTIME minus CLOCK_BOOTTIME; each
   * batch has its own difference, since the wall clock may be set during the run.
   */
  update(wallSeconds: number, wallNanoseconds: number): void {
    const { record } = this;
    this.exitTime.set(record.exitTimeHigh, record.exitTimeLow).add(wallSeconds, wallNanoseconds);
    this.duration.set(record.durationHigh, record.durationLow);
    this.#cgroup = undefined;
    this.#crash = undefined;
    this.#hasArgs = false;
    this.#shownArgs = undefined;
    this.#sender = undefined;
  }

  /** True if a signal killed the process. */
  get isKilled(): boolean {
    return termSignal(this.record.status) !== 0;
  }

  /**
   * True if it is known who ended the process or thread: by a signal, or as one of its threads
   * called execve(2).
   */
  get hasKiller(): boolean {
    const { killerKind, killerReason } = this.record;
    return killerKind !== KillerKind.unknown && (this.isKilled || killerReason === KillerReason.execInThread);
  }

  /** False for the exit of a thread of a process that goes on: its resource usage is not known. */
  get isProcess(): boolean {
    return (this.record.flags & ExitFlag.ofProcess) !== 0;
  }

  has(flag: number): boolean {
    return (this.record.flags & flag) !== 0;
  }

  /** The time of the fork, since 1970 UTC: of the thread if the line is a thread's. */
  get startTime(): Timespec {
    const { exitTime, duration } = this;
    return this.#startTime.setTo(exitTime).subtract(duration.seconds, duration.nanoseconds);
  }

  /** The time of the exit by CLOCK_BOOTTIME. Shares its storage with number(). */
  get exitTimeSinceBoot(): Timespec {
    return this.#number.set(this.record.exitTimeHigh, this.record.exitTimeLow);
  }

  /** Returns a u64 of the record by its Offset. The next call overwrites the result. */
  number(field: number): Timespec {
    return this.#number.set(this.record.high(field), this.record.low(field));
  }

  /**
   * The arguments as in /proc/PID/cmdline: each ends with a NUL. With --redact, secrets in them are
   * replaced: every output takes the arguments from here.
   */
  get args(): ByteSlice {
    if (!this.context.redactor) return this.unredactedArgs;
    return (this.#shownArgs ??= this.#redact(this.context.redactor));
  }

  #redact(redactor: ArgumentRedactor): ByteSlice {
    const args = this.unredactedArgs;
    this.#redacted ??= new ByteWriter();
    return redactor.redact(args, this.#areArgsCut(args), this.#redacted, this.#redactedArgs);
  }

  /** Returns true if the end of the arguments is missing, or may be: not all recordings say so. */
  #areArgsCut({ bytes, start, end }: ByteSlice): boolean {
    const isUnknown = this.#isSender || this.context.mayCutArgs;
    return (
      this.has(ExitFlag.argsTruncated) ||
      (end > start && bytes[end - 1] !== 0) ||
      (isUnknown === true && end - start >= MAX_STORED_ARGS)
    );
  }

  /** The arguments with their secrets, for filters, which print nothing. */
  get unredactedArgs(): ByteSlice {
    if (this.#hasArgs) return this.#args;
    this.#hasArgs = true;
    const { record } = this;
    if (!this.has(ExitFlag.argsInChunks)) {
      const start = record.start + Offset.text;
      return this.#args.set(record.bytes, start, start + record.u16(Offset.argsBytes));
    }
    const long = this.context.longArguments.take(record.tid) ?? EMPTY;
    return this.#args.set(long, 0, long.length);
  }

  /** The path of the executable, as in /proc/PID/exe. */
  get exe(): ByteSlice {
    const { record } = this;
    const start = record.start + Offset.text + record.u16(Offset.argsBytes);
    let length = joinPath(this.#path, record.bytes, start, start + record.u16(Offset.exeBytes));
    if (this.has(ExitFlag.exeDeleted)) {
      this.#path.set(DELETED, length);
      length += DELETED.length;
    }
    return this.#exe.set(this.#path, 0, length);
  }

  /** The ancestors, login, terminal and so on of the process; only with settings.withOrigin. */
  get origin(): Origin {
    return this.#origin.update();
  }

  /**
   * The process that sent the fatal signal, as it was then; null if none did or it is unknown. Only
   * with settings.withSenders. It has a pid, start time, arguments, executable, cgroup and origin.
   */
  get sender(): Exit | null {
    if (this.#sender === undefined) {
      const isProcess = this.hasKiller && this.record.killerKind === KillerKind.process;
      const record = isProcess ? this.context.senders.get(this.record) : undefined;
      this.#sender = record ? this.#showSender(record) : null;
    }
    return this.#sender;
  }

  #showSender(record: RecordView): Exit {
    const sender = (this.#senderExit ??= new Exit(new RecordView(record.bytes, record.view), this.context));
    sender.#isSender = true;
    sender.record.lookAt(record);
    sender.update(0, 0);
    return sender;
  }

  /** The cgroup of the process; null if the path that decides was dropped. */
  get cgroup(): CgroupOrigin | null {
    if (this.#cgroup === undefined) {
      const v2 = this.#cgroupAt(Offset.cgroupV2);
      const v1 = this.#cgroupAt(Offset.cgroupV1);
      const isUnknown = v2 === null || (v1 === null && v2?.isRoot !== false);
      this.#cgroup = isUnknown ? null : originOf(v2, v1 ?? undefined);
    }
    return this.#cgroup;
  }

  /** Returns the cgroup that a field names; undefined for the id 0, null if it is unknown. */
  #cgroupAt(field: number): CgroupOrigin | null | undefined {
    const high = this.record.high(field);
    const low = this.record.low(field);
    if (high === 0 && low === 0) return undefined;
    return this.context.cgroups.get(high, low) ?? null;
  }

  /** The crash site of the process or thread; null if there is none, or no record of it came. */
  get crash(): CrashSite | null {
    if (this.#crash === undefined) this.#crash = this.context.crashes && this.isKilled ? this.#takeCrash() : null;
    return this.#crash;
  }

  /** The thread whose crash belongs to the exit; 0: any of its process. */
  get #crashTid(): number {
    return this.isProcess ? 0 : this.record.tid;
  }

  #takeCrash(): CrashSite | null {
    const { record } = this;
    const [high, low] = [record.high(Offset.startTimeNs), record.low(Offset.startTimeNs)];
    return this.context.crashes!.take(record.pid, this.#crashTid, high, low, termSignal(record.status));
  }

  /** Called when the exit is done: drops its crash if no format has read it. */
  dropCrash(): void {
    const { record } = this;
    const { crashes } = this.context;
    if (!crashes || crashes.isEmpty) return;
    const [high, low] = [record.high(Offset.startTimeNs), record.low(Offset.startTimeNs)];
    crashes.drop(record.pid, this.#crashTid, high, low);
  }

  /** True if the OOM killer ran since the machine was out of memory, not since a cgroup was. */
  get isMachineOom(): boolean {
    return this.record.high(Offset.oomCgroup) === 0 && this.record.low(Offset.oomCgroup) === 0;
  }

  /** The cgroup whose memory limit made the OOM killer run; null if none or unknown. */
  get oomCgroup(): CgroupOrigin | null {
    return this.#cgroupAt(Offset.oomCgroup) ?? null;
  }

  /** A view of the oom_record about the process; null if it ended otherwise, or none was sent. */
  get oomKill(): RecordView | null {
    const isOomKill = this.isKilled && this.record.killerKind === KillerKind.oom;
    return isOomKill ? this.context.oomKills.of(this.record) : null;
  }

  /** The names of the process's container; null if it is in none, or they are unknown. */
  get containerNames(): ContainerNames | null {
    const { cgroup } = this;
    return cgroup?.containerId ? this.context.containerNames.of(cgroup.containerId, cgroup.podUid) : null;
  }
}
