import { isOn, type Selection } from "../filter/selection.ts";

/** The data that the BPF program records, fixed when the program is loaded. */
export interface RecorderSettings {
  /** Bytes; libbpf rounds them up to a power of two of pages. */
  ringSize: number;
  selection: Selection;
  /** The v1 hierarchy whose cgroup a record has besides that of v2: a V1Controller. */
  v1Controller: number;
  /** Records the exit of every thread, not only of processes. */
  withThreads: boolean;
  withKiller: boolean;
  /** Records the memory of OOM victims, with their killer. */
  withOom: boolean;
  withRusage: boolean;
  /** Records arguments. */
  withExecInfo: boolean;
  /**
   * Stores arguments at exec, too, for pages that are not present at exit. Kernels whose processes
   * have no memory at exit always store them.
   */
  storesArgs: boolean;
  /** Records the path of the executable, if arguments are recorded. */
  withExe: boolean;
  withCgroups: boolean;
  withNsPids: boolean;
  /** Records where a process came from; the cgroups, which name its unit, are recorded with it. */
  withOrigin: boolean;
  /** Records the processes that send signals which can be fatal, when they send them. */
  withSenders: boolean;
  /** Records where a process crashed. */
  withCrash: boolean;
  /** Records where the main thread was for the other fatal signals as well. */
  crashAllSignals: boolean;
  /**
   * Records only the child command (see traceNextChildOf()) and its descendants, or the tracees of
   * selection.tree.
   */
  onlyTracees: boolean;
  /** A BTF file, raw or ELF, for a kernel that does not export its own types. */
  btfFile: string | undefined;
}

/** The part of a trace's plan that decides what is recorded. */
type RecordingPlan = Pick<
  RecorderSettings,
  "ringSize" | "selection" | "v1Controller" | "withThreads" | "btfFile" | "crashAllSignals"
> & {
  format: string;
  columns: readonly string[];
  showSender: boolean;
  groups: readonly string[];
  command: unknown;
};

/** Returns the settings that record only the groups of columns that a plan shows. */
export function recorderSettings(plan: RecordingPlan): RecorderSettings {
  const { format, columns, groups, command, selection, showSender } = plan;
  const withOrigin = groups.includes("origin");
  return {
    ...plan,
    withKiller: groups.includes("killer") || selection.outcome.oomKills,
    withOom: columns.includes("oom"),
    withRusage: groups.includes("resources"),
    withExecInfo: groups.includes("exec") || isOn(selection.args),
    // the table for people shows the name of a process whose arguments cannot be read
    storesArgs: format !== "people" || isOn(selection.args),
    withExe: columns.includes("exe"),
    withCgroups: groups.includes("cgroup") || groups.includes("names") || isOn(selection.containerNames) || withOrigin,
    withNsPids: groups.includes("namespace"),
    withOrigin,
    withSenders: showSender,
    withCrash: groups.includes("crash"),
    onlyTracees: command !== undefined || isOn(selection.tree),
  };
}
