import { CrashEndOffset, CrashFlag, CrashOffset } from "../record/layout.ts";
import type { CrashRecords } from "./records.ts";

interface Flags {
  /** Bits of CrashFlag. */
  flags: number;
  /** False if the last record was dropped. */
  hasEnd: boolean;
  /** True if the records have all executable mappings. */
  hasAllModules: boolean;
}

/** Returns the flags of the first and the last record. */
export function flagsOf({ view, record, end }: CrashRecords): Flags {
  const hasEnd = end > 0;
  const flags =
    view.getUint32(record + CrashOffset.flags, true) | (hasEnd ? view.getUint32(end + CrashEndOffset.flags, true) : 0);
  const hasAllModules = hasEnd && (flags & (CrashFlag.modulesDropped | CrashFlag.modulesCut)) === 0;
  return { flags, hasEnd, hasAllModules };
}
