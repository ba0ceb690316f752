import { LibbpfError } from "../native/errno.ts";
import { native } from "../native/library.ts";

/** Starts to collect libbpf's warnings. @param isVerbose prints all of its messages to stderr. */
export function openLog(isVerbose: boolean): void {
  native.log_open(isVerbose ? 1 : 0);
}

/** Returns an error with the last warnings of libbpf, oldest first. */
export function libbpfError(what: string, errno: number): LibbpfError {
  return new LibbpfError(what, errno, String(native.log_warnings() ?? ""));
}
