import { explainMissingNativeCore } from "../../diagnose/native-core.ts";
import { native } from "../../native/library.ts";
import { type Finding, no, yes } from "../check.ts";

/** Checks that the native core, which has libbpf, can be loaded. */
export function libbpf(): Finding {
  const missing = explainMissingNativeCore();
  if (missing) return no(missing.why, missing.advice);
  const version = String(native.libbpf_version_string());
  return yes(`${version}, built in`, { version });
}
