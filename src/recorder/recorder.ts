import { readFileSync } from "node:fs";
import typed from "../../build/recorder.bpf.o" with { type: "file" };
import untyped from "../../build/recorder-no-btf.bpf.o" with { type: "file" };
import type { Btf } from "../bpf/btf.ts";
import type { Intake } from "../bpf/reader.ts";
import { describesItself, KernelTypes } from "../bpf/min-core-btf.ts";
import type { BpfMap } from "../bpf/map.ts";
import { BpfObject, canRunPrograms } from "../bpf/object.ts";
import { onlineCpus, pageSize } from "../system/limits.ts";
import { namespaceInode } from "../system/procfs.ts";
import {
  type CgroupTransition,
  type CompiledCgroupPaths,
  compileCgroupPaths,
  MAX_NAME_BYTES,
} from "../filter/cgroup-paths.ts";
import { hasV1Hierarchies, isInCgroupNamespace } from "../filter/cgroups.ts";
import { compileNames } from "../filter/glob.ts";
import type { Selection } from "../filter/selection.ts";
import { rememberLiving } from "./living-processes.ts";
import { addressesOf } from "./kernel-functions.ts";
import { Bss, ExecInfoOffset, RECORD_BYTES, Rodata } from "../record/layout.ts";

/** What the recorder does without user space: it is part of the programs from the moment they are loaded. */
export interface RecorderSettings {
  /** Bytes; rounded up to a power of two of pages. */
  ringSize: number;
  selection: Selection;
  /** Whose hierarchy is looked at besides v2's: V1Controller. */
  v1Controller: number;
  /** A record for every thread's end. */
  withThreads: boolean;
  withKiller: boolean;
  withResources: boolean;
  withCommand: boolean;
  withPlace: boolean;
  withNamespace: boolean;
  /** Records only the child that adoptChildOf() announces and its descendants. */
  onlyFamily: boolean;
  /** The kernel's types, where it does not describe them itself: a file of BTF, raw or ELF's. */
  typesFile: string | undefined;
}

/**
 * The most cgroups of one generation whose paths user space keeps; the kernel's map has room for
 * more than three generations.
 */
export const CGROUP_GENERATION = 4096;
const TOLD_CGROUPS = 4 * CGROUP_GENERATION;
/** MAX_VERDICTS of bpf/cgroup_filter.bpf.h. */
const MAX_VERDICTS = 64;
/** Of the map `family`: PIDS_AN_ENTRY of bpf/tracees.bpf.h. */
const PIDS_AN_ENTRY = 64;
/** The number of living processes whose arguments are kept: 13 MB of kernel memory. */
const MOST_COMMANDS = 8192;
/** The last byte is a NUL's. */
const REMEMBERED_ARGS = ExecInfoOffset.exe - ExecInfoOffset.args - 1;
/** An LRU map hands its free entries to the CPUs in lots of 128; fewer than two lots each, and it forgets too early. */
const SENDERS_PER_CPU = 256;
const LEAST_SENDERS = 8192;

/** Of bpf/recorder.h: the host's. */
const FIRST_PID_NAMESPACE = 0xeffffffc;
/** include/linux/threads.h, on 64-bit machines. */
const PID_MAX_LIMIT = 4 * 1024 * 1024;

const YES = new Uint8Array([1]);

/** bpf/recorder.bpf.c in the kernel. */
export class Recorder {
  #object: BpfObject;
  /** In the order in which they are attached, and then run: who stands in for another comes behind it. */
  #programs: readonly string[];
  #bss: DataView;
  #isSealed = false;
  #toldCgroups: BpfMap;
  /** What this kernel cannot give of what is asked for, in sentences. */
  readonly lacks: string[] = [];

  /** Loads it; nothing is recorded before attach(). @throws LibbpfError with the kernel's errno. */
  constructor(settings: RecorderSettings) {
    const { selection } = settings;
    const types = new KernelTypes();
    const object = new BpfObject(readFileSync(describesItself() ? typed : untyped), "recorder", types);
    this.#object = object;
    this.#toldCgroups = object.map("sent_cgroup_paths");
    const rodata = object.map(".rodata").initialValue();
    const taskType = types.fill(object.handle, "task_struct", settings.typesFile);
    const kernel = types.ask(abilities);
    configure(rodata, settings, kernel);
    rodata.setUint32(Rodata.taskStructBtfId, taskType, true);

    const losesMemory = settings.withCommand && !kernel.keepsMemory;
    if (losesMemory) {
      this.lacks.push(
        `arguments are remembered from the last exec, up to ${REMEMBERED_ARGS} bytes: what a process writes over them later is not seen`,
      );
    }
    if (settings.withResources && !kernel.accountsIo) this.lacks.push("nobody counts what is read and written");
    const programs: [name: string, isWanted: boolean][] = [
      ["on_signal_generate", settings.withKiller],
      ["on_signal_deliver", settings.withKiller],
      ["on_oom_mark_victim", settings.withKiller],
      ["on_exec", settings.withCommand],
      ["on_fork", settings.withCommand || settings.onlyFamily],
      ["on_cgroup_rename", (settings.withPlace || selection.cgroups.length > 0) && hasV1Hierarchies()],
    ];
    const standIns: typeof programs = [
      ["record_exit_fallback", kernel.leavesOut],
      ["on_fork_fallback", kernel.leavesOut && settings.onlyFamily],
      ["remove_tracee_fallback", kernel.leavesOut && settings.onlyFamily],
    ];
    for (const [name, isWanted] of [...programs, ...standIns]) object.setAutoload(name, isWanted);
    const wanted = (some: typeof programs) => some.filter(([, isWanted]) => isWanted).map(([name]) => name);
    this.#programs = [...wanted(programs).toReversed(), "record_exit", ...wanted(standIns)];
    if (kernel.leavesOut) object.map("primary_ran").setMaxEntries(Math.ceil(pidLimit() / PIDS_AN_ENTRY));

    const canLook = (settings.withKiller || settings.withCommand) && canRunPrograms();
    object.setAutoload("init_tracer_context", canLook);

    object.map("ring").setMaxEntries(settings.ringSize);
    object.map("scratch").setMaxEntries(sheets(settings, losesMemory, kernel.leavesOut));
    if (settings.withPlace || settings.withKiller) this.#toldCgroups.setMaxEntries(TOLD_CGROUPS);
    if (settings.onlyFamily) object.map("tracees").setMaxEntries(Math.ceil(pidLimit() / PIDS_AN_ENTRY));
    if (settings.withCommand) object.map("exec_infos").setMaxEntries(MOST_COMMANDS);
    object
      .map("signal_senders")
      .setMaxEntries(settings.withKiller ? Math.max(LEAST_SENDERS, SENDERS_PER_CPU * onlineCpus()) : 1);
    const sets: [name: string, values: readonly number[]][] = [
      ["filter_pids", selection.pids],
      ["filter_parents", selection.parents],
      ["filter_users", selection.users],
    ];
    for (const [name, values] of sets) if (values.length) object.map(name).setMaxEntries(values.length);
    const names = selection.names.length ? compileNames(selection.names) : undefined;
    if (names) object.map("filter_name_states").setMaxEntries(names.states);

    const cgroups = selection.cgroups.length ? compileCgroupPaths(selection.cgroups) : undefined;
    const seesPartOfCgroups = cgroups !== undefined && isInCgroupNamespace();
    object.setAutoload("init_cgroup_ns_roots", seesPartOfCgroups);
    if (cgroups) {
      configureCgroups(rodata, cgroups, seesPartOfCgroups);
      object.map("cgroup_match_cache").setMaxEntries(2 * MAX_VERDICTS);
      object.map("cgroup_transitions").setMaxEntries(Math.max(1, cgroups.transitions.length));
    }

    object.load();
    types.close();
    if (seesPartOfCgroups) object.run("init_cgroup_ns_roots");
    for (const transition of cgroups?.transitions ?? []) {
      object.map("cgroup_transitions").update(...entryOf(transition));
    }
    this.#bss = object.map(".bss").initialValue();
    if (canLook) object.run("init_tracer_context");
    else if (settings.withKiller) this.#showOomKiller();
    for (const [name, values] of sets) {
      for (const value of values) object.map(name).update(new Uint32Array([value]), YES);
    }
    for (let state = 0; names && state < names.states; state++) {
      object
        .map("filter_name_states")
        .update(new Uint32Array([state]), names.next.slice(state * 256, (state + 1) * 256));
    }
    // in a PID namespace, /proc and the kernel's records number processes differently; with a
    // COMMAND, all recorded processes start later
    if (settings.withCommand && !settings.onlyFamily && ownNamespace() === FIRST_PID_NAMESPACE)
      this.#rememberLiving = () => rememberLiving(object.map("exec_infos"), kernel.keepsMemory);
  }

  #rememberLiving = () => {};

  /** What init_tracer_context() finds out of it by itself. */
  #showOomKiller(): void {
    const [whole, memcg] = addressesOf(["out_of_memory", "mem_cgroup_out_of_memory"]);
    this.#bss.setBigUint64(Bss.outOfMemoryAddr, whole!, true);
    this.#bss.setBigUint64(Bss.memCgroupOutOfMemoryAddr, memcg!, true);
  }

  attach(): void {
    // exits after all else, which is known of them from then on
    for (const program of this.#programs) this.#object.attach(program);
    this.#rememberLiving();
  }

  /** Called before privileges are dropped: see BpfObject.seal(). A second call does nothing. */
  seal(): void {
    if (!this.#isSealed) this.#object.seal();
    this.#isSealed = true;
  }

  /** Every record so far stays in the ring. */
  detach(): void {
    this.#object.detach();
  }

  /**
   * Called after attach(): the next child that this process forks is the first recorded one. No
   * later call writes to the programs' variables.
   */
  adoptChildOf(launcherPid: number): void {
    this.#bss.setInt32(Bss.launcherPid, launcherPid, true);
    this.seal();
  }

  /** How many of the family live. */
  get familySize(): number {
    return Number(this.#bss.getBigInt64(Bss.liveTracees, true));
  }

  /** How many descendants could not be followed, since their pids are beyond the limit that there was when we began. */
  get familyStrays(): number {
    return Number(this.#bss.getBigUint64(Bss.untrackedTracees, true));
  }

  /** Makes the kernel tell that cgroup's path again when it is next needed. */
  forgetCgroup(id: number | bigint): void {
    this.#toldCgroups.delete(new BigUint64Array([BigInt(id)]));
  }

  /** What its records need of a collector. */
  get intake(): Intake {
    return {
      longestRecord: RECORD_BYTES,
      lostFd: this.#object.map("dropped_exits").fd,
      programFd: this.#object.programFd("record_exit"),
      stoodInFd: this.#object.map("fallback_hits").fd,
    };
  }

  /** The size of the ring; libbpf has rounded it up. */
  get ringBytes(): number {
    return this.#object.map("ring").maxEntries;
  }

  get ringFd(): number {
    return this.#object.map("ring").fd;
  }

  close(): void {
    this.#object.close();
  }
}

/** How many of bpf/ring.bpf.h's sheets, 9 KB for each possible CPU, there must be. */
function sheets({ withKiller, withPlace }: RecorderSettings, losesMemory: boolean, hasStandIns: boolean): number {
  if (hasStandIns) return 6;
  if (losesMemory) return 4;
  return withKiller || withPlace ? 3 : 1;
}

/** A kernel that has no PID namespaces has only the first. */
function ownNamespace(): number {
  return namespaceInode("pid") || FIRST_PID_NAMESPACE;
}

/** What a kernel does and has. */
interface Abilities {
  keepsMemory: boolean;
  accountsIo: boolean;
  leavesOut: boolean;
}

/** By its own types, as far as the recorder asks for them. */
function abilities(kernel: Btf): Abilities {
  return {
    // until about Linux 6.16 a process has lost it when its exit is told: the tracepoint says nothing of groups then
    keepsMemory: kernel.hasStruct("trace_event_raw_sched_process_exit"),
    // what guards tracepoints that can be preempted, since about Linux 7.0: bpf/fallback.bpf.h
    leavesOut: kernel.hasTypedef("class_srcu_fast_notrace_t"),
    accountsIo: "read_bytes" in kernel.struct("task_io_accounting").members,
  };
}

/** No process has a pid as large as that on the host, whose limit a PID namespace has not: since Linux 6.14 it has one of its own. */
function pidLimit(): number {
  if (ownNamespace() !== FIRST_PID_NAMESPACE) return PID_MAX_LIMIT;
  try {
    return Number(readFileSync("/proc/sys/kernel/pid_max", "utf8"));
  } catch {
    return PID_MAX_LIMIT;
  }
}

function configure(rodata: DataView, settings: RecorderSettings, { leavesOut }: Abilities): void {
  const { selection } = settings;
  const flags: [offset: number, value: boolean][] = [
    [Rodata.onlyFailed, selection.onlyFailed],
    [Rodata.hasPidFilter, selection.pids.length > 0],
    [Rodata.hasParentFilter, selection.parents.length > 0],
    [Rodata.hasUserFilter, selection.users.length > 0],
    [Rodata.hasNameFilter, selection.names.length > 0],
    [Rodata.onlyTracees, settings.onlyFamily],
    [Rodata.withThreads, settings.withThreads],
    [Rodata.withKiller, settings.withKiller],
    [Rodata.withRusage, settings.withResources],
    [Rodata.withExecInfo, settings.withCommand],
    [Rodata.withCgroups, settings.withPlace],
    [Rodata.hasFallback, leavesOut],
    [Rodata.withNsPids, settings.withNamespace],
  ];
  for (const [offset, value] of flags) rodata.setUint8(offset, value ? 1 : 0);
  const signals = selection.signals.reduce((bits, signal) => bits | (1n << BigInt(signal - 1)), 0n);
  rodata.setBigUint64(Rodata.filterSignals, signals, true);
  rodata.setBigUint64(Rodata.minDurationNs, selection.leastDuration, true);
  rodata.setUint32(Rodata.v1Controller, settings.v1Controller, true);
  if (settings.withNamespace || settings.onlyFamily) rodata.setUint32(Rodata.tracerPidNs, ownNamespace(), true);
  rodata.setBigUint64(Rodata.pageSize, BigInt(pageSize()), true);
}

/** Sets the variables of bpf/cgroup_filter.bpf.h. */
function configureCgroups(rodata: DataView, { depths, nameless }: CompiledCgroupPaths, isInNamespace: boolean): void {
  rodata.setUint32(Rodata.filterCgroupDepthCount, depths.length, true);
  depths.forEach((depth, i) => rodata.setInt32(Rodata.filterCgroupDepths + 4 * i, depth, true));
  rodata.setInt32(Rodata.filterCgroupMinDepth, Math.min(...depths), true);
  rodata.setUint32(Rodata.filterCgroupNameless, nameless, true);
  rodata.setUint8(Rodata.filterCgroupV1, hasV1Hierarchies() ? 1 : 0);
  rodata.setUint8(Rodata.isInCgroupNs, isInNamespace ? 1 : 0);
}

/** Encodes an entry of the map `cgroup_transitions`. */
function entryOf({ state, name, next, complete }: CgroupTransition): [key: Uint8Array, value: Uint32Array] {
  const key = new Uint8Array(4 + MAX_NAME_BYTES + 1);
  new DataView(key.buffer).setUint32(0, state, true);
  key.set(name, 4);
  return [key, new Uint32Array([next, complete])];
}
