import { native } from "../native/library.ts";
import type { Explanation } from "./explanation.ts";

/** Returns an explanation if the native core (libbpf and C code) cannot be loaded. */
export function explainMissingNativeCore(): Explanation | undefined {
  try {
    native.libbpf_version_string();
    return undefined;
  } catch (error) {
    // the message ends with the advice, after a semicolon
    const [, why, advice] = /^(.*); ([^;]*)$/s.exec(error instanceof Error ? error.message : String(error)) ?? [];
    return {
      why: why ?? "the native core cannot be loaded",
      advice: advice ?? "it needs glibc 2.17 or newer, /proc, and permission to execute memory files (memfd)",
    };
  }
}
