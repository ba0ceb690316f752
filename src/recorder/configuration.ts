import { readFileSync } from "node:fs";
import type { Btf } from "../bpf/btf.ts";
import { canRunSyscallPrograms } from "../bpf/features.ts";
import { type CompiledCgroups, compileCgroups } from "../filter/cgroup-names.ts";
import { compileNames, type NameAutomaton } from "../filter/name-automaton.ts";
import { type CompiledOutcomes, compileOutcomes } from "../filter/outcomes.ts";
import { isOn, PID_MAX_LIMIT } from "../filter/selection.ts";
import { HOST_PID_NS, MAX_STORED_ARGS } from "../record/layout.ts";
import { hasV1Hierarchies, isInCgroupNamespace } from "../system/cgroups.ts";
import { showsKernelAddresses } from "../system/kernel-addresses.ts";
import { namespaceInode } from "../system/procfs.ts";
import { maxTreeProcesses } from "./process-tree.ts";
import type { RecorderSettings } from "./settings.ts";

/** Everything that the tables of programs, maps and globals depend on. */
export interface Configuration extends RecorderSettings {
  /** True if sched_process_exit fires before the mm is released: since about Linux 6.16. */
  hasMmAtExit: boolean;
  /** True if arguments are stored at exec. */
  withStoredArgs: boolean;
  /** True if tracepoint programs can be preempted and so miss events: since about Linux 7.0. */
  preemptsTracepoints: boolean;
  /** True if the kernel counts the bytes of each task's I/O. */
  hasIoAccounting: boolean;
  /** True if init_tracer_context is needed and the kernel can run it. */
  runsSyscallPrograms: boolean;
  /** True if the OOM killer has to be recognized without the addresses of its functions. */
  marksOomVictims: boolean;
  /**
   * True if record_exit is attached before the other programs are loaded, since it neither filters
   * by their data nor needs most of it. An exit in the meantime lacks the sender of its signal, its
   * crash site, its forker, and arguments that are no longer in memory.
   */
  recordsFirst: boolean;
  /** True if cgroups are recorded or filtered, and some controllers are in v1 hierarchies. */
  usesV1Hierarchies: boolean;
  /** True if cgroup paths are filtered and the tracer sees only a part of each hierarchy. */
  isInCgroupNs: boolean;
  /** The inode of the tracer's PID namespace. */
  tracerPidNs: number;
  nameFilter: NameAutomaton | undefined;
  cgroupFilter: CompiledCgroups | undefined;
  outcomeFilter: CompiledOutcomes | undefined;
  /** True if the descendants of the processes of --tree are tracees. */
  hasTree: boolean;
  /** The number of entries for the processes that run: see TreeFiller. */
  treeEntries: number;
}

/** Combines the settings with the features that a kernel's BTF shows, and compiles the filters. */
export function configure(settings: RecorderSettings, kernel: Btf): Configuration {
  const { withKiller, withExecInfo, withExe, withCgroups, withOrigin, withCrash, storesArgs, selection } = settings;
  const { names, tree, outcome } = selection;
  const cgroupFilter = compileCgroups(selection);
  const runsSyscallPrograms = (withKiller || withExe || withOrigin || withCrash) && canRunSyscallPrograms();
  const outcomeFilter = compileOutcomes(outcome);
  const isInCgroupNs = cgroupFilter !== undefined && isInCgroupNamespace();
  const hasMmAtExit = kernel.hasStruct("trace_event_raw_sched_process_exit");
  const withStoredArgs = withExecInfo && (storesArgs || !hasMmAtExit);
  return {
    ...settings,
    hasMmAtExit,
    withStoredArgs,
    // the type of the lock that protects preemptible tracepoints
    preemptsTracepoints: kernel.hasTypedef("class_srcu_fast_notrace_t"),
    hasIoAccounting: "read_bytes" in kernel.struct("task_io_accounting").members,
    runsSyscallPrograms,
    marksOomVictims: withKiller && !(runsSyscallPrograms && showsKernelAddresses()),
    usesV1Hierarchies: (withCgroups || settings.withSenders || cgroupFilter !== undefined) && hasV1Hierarchies(),
    isInCgroupNs,
    // a kernel without PID namespaces has only the initial one
    tracerPidNs: namespaceInode("pid") || HOST_PID_NS,
    nameFilter: isOn(names) ? compileNames(names.selected, names.removed) : undefined,
    cgroupFilter,
    outcomeFilter,
    hasTree: isOn(tree),
    recordsFirst: (!withStoredArgs || hasMmAtExit) && !settings.onlyTracees && !outcomeFilter && !isInCgroupNs,
    treeEntries: isOn(tree) ? maxTreeProcesses() : 0,
  };
}

type Features = Pick<Configuration, "withExecInfo" | "storesArgs" | "hasMmAtExit" | "withRusage" | "hasIoAccounting">;

/**
 * Returns clauses to follow "On this kernel", about requested data that it cannot give. Arguments
 * that only the table for people shows, as COMMAND, do not count as requested: otherwise every
 * trace before Linux 6.16 would begin with such a clause.
 */
export function limitationsOf(features: Features): string[] {
  const { withExecInfo, storesArgs, hasMmAtExit, withRusage, hasIoAccounting } = features;
  const limitations: string[] = [];
  if (withExecInfo && storesArgs && !hasMmAtExit) {
    limitations.push(
      `arguments are copied at the last exec, up to ${MAX_STORED_ARGS} bytes: later changes by the process are not shown`,
    );
  }
  if (withRusage && !hasIoAccounting) limitations.push("there is no I/O accounting (CONFIG_TASK_IO_ACCOUNTING)");
  return limitations;
}

/**
 * Returns a bound of the host's pids. Since Linux 6.14 every PID namespace has a kernel.pid_max of
 * its own, which says nothing about the host's.
 */
export function maxPid({ tracerPidNs }: Configuration): number {
  if (tracerPidNs !== HOST_PID_NS) return PID_MAX_LIMIT;
  try {
    return Number(readFileSync("/proc/sys/kernel/pid_max", "utf8"));
  } catch {
    return PID_MAX_LIMIT;
  }
}
