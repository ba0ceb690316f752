import { Rodata } from "../record/layout.ts";
import { pageSize } from "../system/limits.ts";
import type { Configuration } from "./configuration.ts";

/** The variables without a setting of their name; the array filterCgroupDepths is written apart. */
type DerivedVariable = Exclude<keyof typeof Rodata, keyof Configuration | "filterCgroupDepths">;

/**
 * Writes the `const volatile` variables into the program's `.rodata`, before loading. A variable
 * with the name of a setting gets the setting's value.
 * @param taskStructBtfId the id of struct task_struct in the kernel's BTF; 0 if unknown.
 */
export function writeGlobals(rodata: DataView, configuration: Configuration, taskStructBtfId: number): void {
  const { selection, cgroupFilter, preemptsTracepoints, usesV1Hierarchies } = configuration;
  const derived: Record<DerivedVariable, boolean | number | bigint | undefined> = {
    taskStructBtfId,
    pageSize: BigInt(pageSize()),
    hasFallback: preemptsTracepoints,
    onlyFailed: selection.onlyFailed,
    hasPidFilter: selection.pids.length > 0,
    hasParentFilter: selection.parents.length > 0,
    hasUserFilter: selection.users.length > 0,
    hasNameFilter: selection.names.length > 0,
    filterSignals: selection.signals.reduce((mask, signal) => mask | (1n << BigInt(signal - 1)), 0n),
    minDurationNs: selection.minDuration,
    filterCgroupDepthCount: cgroupFilter?.depths.length,
    filterCgroupMinDepth: cgroupFilter && Math.min(...cgroupFilter.depths),
    filterCgroupNameless: cgroupFilter?.nameless,
    filterCgroupV1: usesV1Hierarchies,
  };
  const values: Record<string, unknown> = { ...configuration, ...derived };
  for (const [name, offset] of Object.entries(Rodata)) {
    const value = values[name];
    if (typeof value === "boolean") rodata.setUint8(offset, Number(value));
    if (typeof value === "number") rodata.setUint32(offset, value, true);
    if (typeof value === "bigint") rodata.setBigUint64(offset, value, true);
  }
  cgroupFilter?.depths.forEach((depth, i) => rodata.setInt32(Rodata.filterCgroupDepths + 4 * i, depth, true));
}
