import { LibbpfError } from "../native/errno.ts";
import { native } from "../native/library.ts";

/**
 * Makes the first SIGINT, SIGTERM or SIGHUP stop the tracer in order: the reader reports it. A
 * second one ends the process at once. Without a controlling terminal, SIGHUP reopens files.
 * @param hasCommand true if a COMMAND will run: signals are forwarded to it while it lives.
 * @param reopensFiles true if there are files to reopen. @throws LibbpfError
 */
export function stopOnSignals(hasCommand: boolean, reopensFiles: boolean): void {
  const error = native.stop_on_signals(hasCommand ? 1 : 0, reopensFiles ? 1 : 0);
  if (error) throw new LibbpfError("signals cannot be handled", -error);
}

/** Stops the tracer after `ms` milliseconds, as SIGINT would. @throws LibbpfError */
export function stopAfter(ms: number): void {
  const error = native.stop_after(Math.ceil(ms));
  if (error) throw new LibbpfError("the timer of --for cannot be set", -error);
}
