import { CrashContextOffset, CrashMappingOffset, CrashOffset } from "../record/layout.ts";
import { flagsOf } from "./flags.ts";
import type { CrashRecords } from "./records.ts";

const NULL_BYTES = 65536n;
/** arch/x86/include/uapi/asm/vsyscall.h: VSYSCALL_ADDR, a page. */
const VSYSCALL_PAGE = 0xffffffffff600n;

/** include/linux/mm.h */
const VM_EXEC = 4n;

/**
 * Returns a name for memory that is mapped from no file, or whose mapping is not among the records.
 * @param mapped for any other mapping.
 */
export function regionOf(records: CrashRecords, address: bigint, mapped?: string): string {
  const { view, record } = records;
  const u64 = (offset: number) => view.getBigUint64(record + offset, true);
  const stack = CrashOffset.context + CrashContextOffset.stack;
  const isIn = (start: number, end: number) => address >= u64(start) && address < u64(end);
  if (address < NULL_BYTES) return "[null]";
  if (address >> 12n === VSYSCALL_PAGE) return "[vsyscall]";
  if (isIn(stack + CrashMappingOffset.start, stack + CrashMappingOffset.end)) return "[stack]";
  if (isIn(CrashOffset.heapStart, CrashOffset.heapEnd)) return "[heap]";
  if (mapped !== undefined) return mapped;
  if (isIn(CrashOffset.ip + CrashMappingOffset.start, CrashOffset.ip + CrashMappingOffset.end)) {
    return u64(CrashOffset.ip + CrashMappingOffset.flags) & VM_EXEC ? "[not recorded]" : "[not executable]";
  }
  return flagsOf(records).hasAllModules ? "[unmapped]" : "[not recorded]";
}
