import { buildInfo, versionText } from "../cli/build-info.ts";
import { parseCommandLine } from "../cli/parse.ts";
import { subcommands } from "../cli/subcommands.ts";
import { explainMissingNativeCore } from "../diagnose/native-core.ts";
import { print } from "../log.ts";
import { native } from "../native/library.ts";
import { printHelp } from "./help.ts";

/**
 * `exitsnoop version` and `exitsnoop --version`: prints what a bug report needs. Works also if
 * libbpf cannot be loaded.
 * @returns the exit status. @throws UsageError, WriteError
 */
export function versionCommand(args: readonly string[]): number {
  const { help } = parseCommandLine(subcommands.version, args);
  if (help) return printHelp("version", help);
  const missing = explainMissingNativeCore();
  const libbpf = missing ? `not loaded: ${missing.why}` : String(native.libbpf_version_string()).replace(/^v/, "");
  return print(versionText(buildInfo, libbpf));
}
