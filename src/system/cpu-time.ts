import { NS_PER_CLOCK_TICK } from "../record/layout.ts";
import { readText } from "./files.ts";

/** More than the first line of /proc/stat takes. */
const LINE_BYTES = 512;

/**
 * Returns how long all CPUs together were busy since the boot, in ns: user, nice, system, irq and
 * softirq of /proc/stat, proc(5), where user and nice include guests. Time that a hypervisor gave
 * to others (steal) is not busy. Undefined if /proc/stat cannot be read.
 */
export function busyTime(): number | undefined {
  return parseBusyTime(readText("/proc/stat", LINE_BYTES));
}

/** @param stat the beginning of /proc/stat. */
export function parseBusyTime(stat: string): number | undefined {
  const [, numbers] = /^cpu +((?:\d+ ?)+)\n/.exec(stat) ?? [];
  const [user, nice, system, , , irq, softirq] = (numbers ?? "").split(" ").map(Number);
  if (softirq === undefined) return undefined;
  return (user! + nice! + system! + irq! + softirq) * NS_PER_CLOCK_TICK;
}
