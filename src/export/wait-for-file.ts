import { statSync } from "node:fs";
import { constants } from "node:os";
import { log } from "../log.ts";
import { exitNow } from "../system/engine.ts";
import { quotePath } from "../text/sanitize.ts";

/** The pause until a file is looked for again, ms. */
const PAUSE = 200;
/** The status of a shell's command that a signal ended, less the signal's number. */
const KILLED = 128;

/**
 * Waits until a file or FIFO exists, as `tail -F` does: a tracer in another container creates it.
 * Any other reason why it cannot be opened is left to the caller.
 */
export async function waitForFile(file: string): Promise<void> {
  if (!isMissing(file)) return;
  log.info(`${quotePath(file)} does not exist yet; waiting for it`);
  // the first process of a container ignores signals that it has no handler for
  const stop = (signal: NodeJS.Signals) => exitNow(KILLED + constants.signals[signal]);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, stop);
  while (isMissing(file)) await Bun.sleep(PAUSE);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, stop);
}

function isMissing(file: string): boolean {
  try {
    return statSync(file, { throwIfNoEntry: false }) === undefined;
  } catch {
    return false;
  }
}
