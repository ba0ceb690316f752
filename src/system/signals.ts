import { LibbpfError } from "../native/errno.ts";
import { native } from "../native/library.ts";

/** `enum children` of native/core/child_command.h. */
const Children = { noCommand: 0, command: 1, supervised: 2 } as const;

/**
 * Makes the first SIGINT, SIGTERM or SIGHUP stop the tracer in order: the reader reports it. A
 * second one ends the process at once. Without a controlling terminal, SIGHUP reopens files.
 * @param hasCommand true if a COMMAND will run: signals are forwarded to it while it lives.
 * @param reopensFiles true if there are files to reopen. @throws LibbpfError
 */
export function stopOnSignals(hasCommand: boolean, reopensFiles: boolean): void {
  const error = native.stop_on_signals(hasCommand ? Children.command : Children.noCommand, reopensFiles ? 1 : 0);
  if (error) throw new LibbpfError("signals cannot be handled", -error);
}

/**
 * Makes the first SIGINT, SIGTERM or SIGHUP stop the agent in order: pollFiles() returns it, and
 * also returns when a child ends. A second one ends the agent at once. @throws LibbpfError
 */
export function stopAgentOnSignals(): void {
  const error = native.stop_on_signals(Children.supervised, 0);
  if (error) throw new LibbpfError("signals cannot be handled", -error);
}

/** Stops the tracer after `ms` milliseconds, as SIGINT would. @throws LibbpfError */
export function stopAfter(ms: number): void {
  const error = native.stop_after(Math.ceil(ms));
  if (error) throw new LibbpfError("the timer of --for cannot be set", -error);
}

/**
 * Makes a SIGINT or SIGTERM for which the runtime has a handler stop writeAll(), too.
 * @throws LibbpfError, or Error if the native core cannot be loaded
 */
export function stopWritesOnSignals(): void {
  const error = native.stop_writes_on_signals();
  if (error) throw new LibbpfError("signals cannot be handled", -error);
}
