import { native } from "../libbpf/library.ts";
import { type Finding, no, yes } from "./check.ts";

/** The native core: libbpf and our C, which come out of the binary into memory. */
export function libbpf(): Finding {
  try {
    const version = String(native.libbpf_version_string());
    return yes(`${version} is loaded`, { version });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return no(reason, "exitsnoop needs glibc 2.17 or newer, /proc, and memory that may be executed (memfd)", {
      version: null,
    });
  }
}
