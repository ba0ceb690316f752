import { type Choice, isOn } from "../filter/selection.ts";
import { FilterMode, Rodata } from "../record/layout.ts";
import { pageSize, possibleCpus } from "../system/limits.ts";
import type { Configuration } from "./configuration.ts";

/** Arrays, which writeGlobals() writes after the scalars. */
type ArrayVariable = "filterCgroupDepths" | "filterContainerLengths" | "filterCodes";
/** The groups of fields after the killer's in an exit_record. */
const otherGroups = [
  "withRusage",
  "withExecInfo",
  "withCgroups",
  "withNsPids",
  "withThreads",
  "withOrigin",
  "withSenders",
] as const;
/** The variables that are not a setting of the same name. */
type DerivedVariable = Exclude<keyof typeof Rodata, keyof Configuration | ArrayVariable>;

/**
 * Writes the `const volatile` variables into the program's `.rodata`, before loading. A variable
 * with the name of a setting gets the setting's value.
 * @param taskStructBtfId the id of struct task_struct in the kernel's BTF; 0 if unknown.
 */
export function writeGlobals(rodata: DataView, configuration: Configuration, taskStructBtfId: number): void {
  const { selection, cgroupFilter, outcomeFilter, preemptsTracepoints, usesV1Hierarchies, withOom } = configuration;
  const derived: Record<DerivedVariable, boolean | number | bigint | undefined> = {
    taskStructBtfId,
    pageSize: BigInt(pageSize()),
    hasFallback: preemptsTracepoints,
    // Since Linux 6.19 or 7.0 the kernel logs sums over all CPUs. No type in BTF shows that; the
    // preemptible tracepoints came at about the same time.
    summedCpus: withOom && preemptsTracepoints ? possibleCpus() : 0,
    hasOtherGroups: otherGroups.some((group) => configuration[group]),
    onlyFailed: selection.onlyFailed,
    pidFilter: modeOf(selection.pids),
    parentFilter: modeOf(selection.parents),
    userFilter: modeOf(selection.users),
    removesTracees: modeOf(selection.tree) === FilterMode.others,
    hasNameFilter: isOn(selection.names),
    hasOutcomeFilter: outcomeFilter !== undefined,
    filterSignals: outcomeFilter?.signals,
    removedSignals: outcomeFilter?.removedSignals,
    filterCoreDumps: outcomeFilter?.coreDumps,
    filterOomKills: outcomeFilter?.oomKills,
    minDurationNs: selection.minDuration,
    maxDurationNs: selection.maxDuration,
    hasCgroupFilter: cgroupFilter !== undefined,
    requiredCgroupMatch: cgroupFilter?.required,
    removesCgroups: cgroupFilter?.removes,
    filterCgroupDepthCount: cgroupFilter?.depths.length,
    filterCgroupMinDepth: cgroupFilter?.minDepth,
    filterCgroupNameless: cgroupFilter?.nameless,
    removedCgroupNameless: cgroupFilter?.removedNameless,
    filterCgroupV1: usesV1Hierarchies,
    hasUnitFilter: cgroupFilter?.hasUnits,
    filterContainerLengthsCount: cgroupFilter?.containerLengths.length,
  };
  const values: Record<string, unknown> = { ...configuration, ...derived };
  for (const [name, offset] of Object.entries(Rodata)) {
    const value = values[name];
    if (typeof value === "boolean") rodata.setUint8(offset, Number(value));
    if (typeof value === "number") rodata.setUint32(offset, value, true);
    if (typeof value === "bigint") rodata.setBigUint64(offset, value, true);
  }
  cgroupFilter?.depths.forEach((depth, i) => rodata.setInt32(Rodata.filterCgroupDepths + 4 * i, depth, true));
  cgroupFilter?.containerLengths.forEach((length, i) =>
    rodata.setUint32(Rodata.filterContainerLengths + 4 * i, length, true),
  );
  for (let i = 0; outcomeFilter && i < 4; i++) {
    rodata.setBigUint64(Rodata.filterCodes + 8 * i, BigInt.asUintN(64, outcomeFilter.codes >> BigInt(64 * i)), true);
  }
}

/** A filter that only has removed values selects all others. */
function modeOf(choice: Choice<unknown>): number {
  if (!isOn(choice)) return FilterMode.off;
  return choice.selected.length ? FilterMode.listed : FilterMode.others;
}
