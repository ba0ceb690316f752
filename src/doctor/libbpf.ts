import { native } from "../native/library.ts";
import { type Explanation, type Finding, no, yes } from "./check.ts";

/** Where the native core, that is libbpf and our C, could not come out of the binary into memory. */
export function withoutNativeCore(): Explanation | undefined {
  try {
    native.libbpf_version_string();
    return undefined;
  } catch (error) {
    // its sentence ends with what to do
    const [, why, advice] = /^(.*); ([^;]*)$/s.exec(error instanceof Error ? error.message : String(error)) ?? [];
    return {
      why: why ?? "the native core cannot be loaded",
      advice: advice ?? "exitsnoop needs glibc 2.17 or newer, /proc, and memory that may be executed (memfd)",
    };
  }
}

/** What talks to the kernel. */
export function libbpf(): Finding {
  const missing = withoutNativeCore();
  if (missing) return no(missing.why, missing.advice, { version: null });
  const version = String(native.libbpf_version_string());
  return yes(`${version} is loaded`, { version });
}
