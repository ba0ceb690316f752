import { LibbpfError } from "../native/errno.ts";
import { native } from "../native/library.ts";

/** Hands libbpf's messages to us; `loud` shows all of them, debug ones included, on stderr as they come. */
export function openLog(loud: boolean): void {
  native.log_open(loud ? 1 : 0);
}

/** A call of libbpf's that failed, with what it said of it. */
export function failure(what: string, errno: number): LibbpfError {
  return new LibbpfError(what, errno, String(native.log_warnings() ?? ""));
}
