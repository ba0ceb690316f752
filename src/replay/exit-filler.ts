import type { CgroupOrigin } from "../exit/cgroups.ts";
import { containerOf } from "../exit/container.ts";
import type { Exit } from "../exit/exit.ts";
import { systemdUnitsOf } from "../exit/systemd-units.ts";
import { ExitFlag, KillerKind, KillerReason, Offset, OomFlag, OomOffset } from "../record/layout.ts";
import { wrongValue } from "./broken-line.ts";
import { CgroupId, type RecordedContext } from "./context.ts";
import { completeCrash } from "./crash-keys.ts";
import type { ExitLine } from "./exit-line.ts";
import type { ObjectReader } from "./object-reader.ts";
import { TimeFiller } from "./time-filler.ts";

const CORE = 0x80;
/** The signal of a wait status whose signal is unknown: no process is killed by it. */
const UNKNOWN_SIGNAL = 0x7f;
const SIGSYS = 31;
const EMPTY = new Uint8Array(0);
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The ids and units that the path of a cgroup has. */
type PathFacts = Omit<CgroupOrigin, "path" | "isRoot">;

/** The keys that has() and knows() are called for. */
const keys = [
  ...(["tid", "exit_code", "signal", "uid", "container_id", "pod_uid", "unit", "user_unit", "slice"] as const),
  ...(["args", "args_truncated"] as const),
] as const;
/** Keys that are null together: for a thread, for too many threads, and without I/O accounting. */
const processKeys = ["max_rss_bytes", "threads"];
const switchKeys = ["voluntary_switches", "involuntary_switches"];
const countKeys = ["cpu_user_ns", "cpu_system_ns", "minor_faults", "major_faults", ...switchKeys];
const ioKeys = ["read_bytes", "write_bytes"];

type Key = (typeof keys)[number];

/** Completes the record of a line: fields that several keys decide, and those that must agree. */
export class ExitFiller {
  /** The indexes of keys, for the reader. */
  readonly index: Record<Key, number>;
  readonly #pathFacts = new WeakMap<Uint8Array, PathFacts>();
  readonly #context: RecordedContext;
  readonly #ofProcess: readonly number[];
  readonly #counts: readonly number[];
  readonly #io: readonly number[];
  readonly #times: TimeFiller;

  constructor(
    readonly line: ExitLine,
    readonly reader: ObjectReader<ExitLine>,
    exit: Exit,
  ) {
    this.#context = exit.context as RecordedContext;
    const entries = keys.map((key) => [key, reader.indexOf(key)]);
    this.index = Object.fromEntries(entries) as Record<Key, number>;
    const indexes = (names: readonly string[]) => names.map((name) => reader.indexOf(name));
    [this.#ofProcess, this.#counts, this.#io] = [indexes(processKeys), indexes(countKeys), indexes(ioKeys)];
    this.#times = new TimeFiller(line, reader, exit);
  }

  /** @throws BrokenLine if keys contradict each other. */
  fill(): void {
    const { reader, index } = this;
    const { line } = this;
    const { process, user } = line;
    this.#fillIds();
    this.#fillStatus();
    this.#fillUsage();
    this.#fillArgs();
    this.#fillKiller();
    this.#fillCgroup();
    if (line.crash) this.#fillCrash();
    if (user && reader.knows(index.uid)) this.#context.users.keep(process.view.getUint32(Offset.uid, true), user);
    if (!process.finish()) line.longArgs = line.texts.bytes.slice(process.args.start, process.args.end);
    this.#times.fill();
  }

  #fillIds(): void {
    const { line } = this;
    const { view } = line.process;
    const { pid, ppid, idPid, parentIdPid, tid } = line;
    if (pid >= 0 && idPid >= 0 && pid !== idPid) throw wrongValue("id has another pid than pid");
    if (ppid >= 0 && parentIdPid >= 0 && ppid !== parentIdPid) throw wrongValue("parent_id has another pid than ppid");
    const own = pid >= 0 ? pid : Math.max(idPid, 0);
    view.setInt32(Offset.pid, own, true);
    view.setInt32(Offset.ppid, ppid >= 0 ? ppid : Math.max(parentIdPid, 0), true);
    view.setInt32(Offset.tid, tid >= 0 ? tid : own, true);
  }

  #fillStatus(): void {
    const { reader, index } = this;
    const { exitCode, signal, isCoreDumped, process } = this.line;
    const hasExited = reader.knows(index.exit_code);
    // of several kinds
    if (this.line.event === "suppressed" && !hasExited && signal === 0)
      return process.view.setInt32(Offset.status, 0, true);
    if (hasExited ? signal !== 0 : reader.has(index.exit_code) && reader.has(index.signal) && signal === 0)
      throw wrongValue("exit_code and signal contradict each other");
    if (hasExited && isCoreDumped) throw wrongValue("core_dumped contradicts exit_code");
    const isNull = reader.has(index.exit_code) && !hasExited;
    const isKilled = signal !== 0 || isNull || isCoreDumped || (!hasExited && this.#impliesKill());
    const status = isKilled ? (signal || UNKNOWN_SIGNAL) | (isCoreDumped ? CORE : 0) : Math.max(exitCode, 0) << 8;
    process.view.setInt32(Offset.status, status, true);
  }

  /** Returns true if only a process that a signal killed has what the line has. */
  #impliesKill(): boolean {
    const { killer, oom, crash } = this.line;
    return (killer.isKnown && killer.reason !== KillerReason.execInThread) || oom.isKnown || crash !== null;
  }

  #fillUsage(): void {
    const { reader, index } = this;
    const { process } = this.line;
    const ofProcess = this.#areKnown(this.#ofProcess);
    const areCounted = this.#areKnown(this.#counts);
    const hasIo = this.#areKnown(this.#io);
    if ((ofProcess === false && areCounted) || ((ofProcess === false || areCounted === false) && hasIo))
      throw wrongValue("resources contradict each other");
    // the lines of threads have no usage, except the last one of a process
    if (ofProcess ?? !reader.has(index.tid)) process.flags |= ExitFlag.ofProcess;
    if (hasIo) process.flags |= ExitFlag.hasIo;
    if (areCounted === false) process.flags |= ExitFlag.usageIncomplete;
  }

  /** Returns whether keys have values; undefined if the line has none of them. */
  #areKnown(indexes: readonly number[]): boolean | undefined {
    const { reader } = this;
    let areKnown: boolean | undefined;
    for (const index of indexes) {
      if (!reader.has(index)) continue;
      const isKnown = reader.knows(index);
      if (areKnown !== undefined && areKnown !== isKnown) throw wrongValue("resources contradict each other");
      areKnown = isKnown;
    }
    return areKnown;
  }

  /** Arguments that are unknown are truncated, unless they were not recorded. */
  #fillArgs(): void {
    const { reader, index } = this;
    const { process } = this.line;
    if (reader.knows(index.args) || !reader.knows(index.args_truncated) || process.flags & ExitFlag.argsTruncated)
      return;
    if (reader.has(index.args)) throw wrongValue("args_truncated contradicts args");
    process.flags |= ExitFlag.argsKnown;
  }

  #fillKiller(): void {
    const { process, killer, oom, sender, senderCgroup } = this.line;
    const { view } = process;
    const status = view.getInt32(Offset.status, true);
    const isKilled = (status & 0x7f) !== 0;
    if (oom.isKnown && ((killer.isKnown && killer.kind !== KillerKind.oom) || !isKilled))
      throw wrongValue("oom contradicts killed_by or exit_code");
    if (oom.isKnown && killer.isKnown && !isSameText(oom.cgroup, killer.cgroup))
      throw wrongValue("oom has another cgroup than killed_by");
    if (oom.isKnown && !killer.isKnown) killer.kind = KillerKind.oom;
    if (killer.kind === KillerKind.oom) view.setUint32(Offset.oomCgroup, this.#oomCgroup(), true);
    view.setUint16(Offset.killerKind, killer.kind, true);
    if (!killer.isKnown) return;
    if (!isKilled && killer.reason !== KillerReason.execInThread) throw wrongValue("killed_by contradicts exit_code");
    const hasCode =
      killer.reason !== KillerReason.execInThread &&
      (killer.reason !== KillerReason.seccomp || (status & 0x7f) === SIGSYS);
    if (killer.hasCode !== hasCode) throw wrongValue("killed_by has a si_code that contradicts its reason");
    view.setUint16(Offset.killerReason, killer.reason, true);
    view.setInt32(Offset.killerPid, Math.max(killer.pid, 0), true);
    view.setUint32(Offset.killerUid, Math.max(killer.uid, 0), true);
    view.setInt32(Offset.killerCode, killer.code, true);
    if (!killer.isDescribed) return;
    // any time: it leads to the sender of this line
    view.setUint32(Offset.senderTimeNs, 1, true);
    if (senderCgroup.isKnown) sender.view.setUint32(Offset.cgroupV2, CgroupId.sender, true);
    if (!sender.finish()) throw wrongValue("killed_by has too many arguments");
  }

  #oomCgroup(): number {
    const { killer, oom } = this.line;
    if (killer.cgroup ?? oom.cgroup) return CgroupId.oom;
    const isCgroup = killer.isKnown
      ? killer.reason === KillerReason.oomCgroup
      : (oom.view.getUint16(OomOffset.flags, true) & OomFlag.hasLimit) !== 0;
    return isCgroup ? CgroupId.unknown : 0;
  }

  #fillCgroup(): void {
    const { reader, index } = this;
    const { process, cgroup, containerName, podName, podNamespace } = this.line;
    const hasNames = containerName !== null || podName !== null || podNamespace !== null;
    if (!cgroup.isKnown && !hasNames) return;
    process.view.setUint32(Offset.cgroupV2, CgroupId.own, true);
    if (cgroup.path.length > 0) {
      const facts = this.#factsOf(cgroup.path);
      if (!reader.has(index.container_id)) cgroup.containerId = facts.containerId;
      if (!reader.has(index.pod_uid)) cgroup.podUid = facts.podUid;
      if (!reader.has(index.unit)) cgroup.unit = facts.unit;
      if (!reader.has(index.user_unit)) cgroup.userUnit = facts.userUnit;
      if (!reader.has(index.slice)) cgroup.slice = facts.slice;
    }
    // names are asked for by an id
    if (hasNames) cgroup.containerId ??= EMPTY;
  }

  /** Returns what a path says about the process, for keys that the line lacks. */
  #factsOf(path: Uint8Array): PathFacts {
    const known = this.#pathFacts.get(path);
    if (known) return known;
    const { containerId, podUid } = containerOf(decoder.decode(path));
    const { unit, userUnit, slice } = systemdUnitsOf(Buffer.from(path).toString("latin1"));
    const utf8 = (text: string | null) => (text === null ? null : encoder.encode(text));
    const latin1 = (text: string | null) => (text === null ? null : new Uint8Array(Buffer.from(text, "latin1")));
    const facts = {
      containerId: utf8(containerId),
      podUid: utf8(podUid),
      unit: latin1(unit),
      userUnit: latin1(userUnit),
      slice: latin1(slice),
    };
    this.#pathFacts.set(path, facts);
    return facts;
  }

  #fillCrash(): void {
    const { line } = this;
    const { view } = line.process;
    const signal = view.getInt32(Offset.status, true) & 0x7f;
    if (signal === 0) throw wrongValue("crash contradicts exit_code");
    const pid = view.getInt32(Offset.pid, true);
    const isRaised = line.killer.kind === KillerKind.process && line.killer.pid === pid;
    completeCrash(line, signal === UNKNOWN_SIGNAL ? 0 : signal, pid, isRaised);
  }
}

const isSameText = (one: Uint8Array | null, other: Uint8Array | null) =>
  one === other || Buffer.compare(one ?? EMPTY, other ?? EMPTY) === 0;
