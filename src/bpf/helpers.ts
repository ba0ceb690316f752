import { native } from "../native/library.ts";

/** What the kernel's interface calls a helper function; empty where this build of ours does not know it. */
export function helperName(number: number): string {
  return String(native.helper_name(number));
}
