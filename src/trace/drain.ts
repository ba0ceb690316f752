import type { Collector } from "../bpf/reader.ts";

/** How long a record that a CPU is still writing may hold up the end, ms. */
const PATIENCE = 100;

/**
 * Takes what was in the buffers when the programs were detached, however long the reader takes for it.
 * @param print what is done with each batch.
 * @param isDone whether nobody wants the rest.
 */
export function drain(collector: Collector, print: () => void, isDone: () => boolean): void {
  let patience = performance.now() + PATIENCE;
  do {
    collector.drain();
    print();
    if (!collector.isEmpty) patience = performance.now() + PATIENCE;
  } while (collector.pending > 0 && !isDone() && performance.now() < patience);
}
