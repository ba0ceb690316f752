import type { CrashFrame, MissingFrames } from "../exit/crash-site.ts";
import type { Unwound } from "../native/unwind.ts";
import { CrashFlag } from "../record/layout.ts";

/** Functions without callers, in programs whose unwind tables do not say so, as with musl. */
const OUTERMOST = /^(_start|_start_c|_dl_start_user|(__)?clone3?|thread_start)$/;
const decoder = new TextDecoder();

/**
 * Returns why the callers of the last frame are not known; null if it has none, or more follow.
 * @param flags of the crash_record and the crash_end. @param hasEnd false: there is no crash_end.
 */
export function missingOf(
  { end }: Pick<Unwound, "end">,
  flags: number,
  hasEnd: boolean,
  frames: readonly CrashFrame[],
): MissingFrames | null {
  if (end === "outermost" || end === "cut") return null;
  if (end === "exhausted") return "too_complex";
  if (!hasEnd || flags & (CrashFlag.stackDropped | CrashFlag.modulesDropped)) return "ring_full";
  if (flags & CrashFlag.stackMissing) return "stack_unreadable";
  const last = frames.at(-1);
  const isUnrecorded = end === "unrecorded" || last?.offset === null;
  if (flags & CrashFlag.modulesCut && isUnrecorded) return "too_many_mappings";
  return last?.function && OUTERMOST.test(decoder.decode(last.function)) ? null : "no_unwind_info";
}
