import type { CrashFrame } from "../exit/crash-site.ts";
import { bytesOf } from "../text/byte-writer.ts";

/** The bytes of names in a crash site: processes choose them, and JSON can need six for each. */
export const MAX_NAME_BYTES = 32 * 1024;
const LEFT_OUT = bytesOf("[name left out]");

/** Leaves out the names of modules and functions beyond MAX_NAME_BYTES. */
export function boundNames(frames: readonly CrashFrame[]): CrashFrame[] {
  let room = MAX_NAME_BYTES;
  return frames.map((frame) => {
    room -= frame.module.length + (frame.function?.length ?? 0);
    return room >= 0 ? frame : { ...frame, module: LEFT_OUT, function: null, functionOffset: 0 };
  });
}
