import type { Reader } from "../bpf/reader.ts";

/** The time that the drain waits for a record that a CPU is still writing, ms. */
const MAX_WAIT = 100;

/**
 * Reads what is left in the buffers after the programs were detached, however slow the output is.
 * @param print writes the batch that was read.
 * @param isDone returns true if no more events are wanted.
 */
export function drain(reader: Reader, print: () => void, isDone: () => boolean): void {
  let deadline = performance.now() + MAX_WAIT;
  do {
    reader.drain();
    print();
    if (!reader.isEmpty) deadline = performance.now() + MAX_WAIT;
  } while (reader.pending > 0 && !isDone() && performance.now() < deadline);
}
