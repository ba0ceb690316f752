/** The most samples that are kept. An exporter that keeps up leaves far fewer. */
const MAX_SAMPLES = 256;

interface Sample {
  /** The first `bytes` bytes of the stream have every exit until `time`. */
  bytes: number;
  time: bigint;
}

/**
 * Finds the time until which the exporter has read the stream. The state file has that time, since
 * the lines that are still in the pipe are lost if all processes are killed at once.
 */
export class Progress {
  #samples: Sample[] = [];
  /** Every exit until then was read by the exporter, in nanoseconds since 1970. */
  until: bigint;

  constructor(until: bigint) {
    this.until = until;
  }

  /** Adds that the first `bytes` of the stream have every exit until `time`. */
  add(bytes: number, time: bigint): void {
    // replaces the newest sample: until the exporter has read it, `until` is only too early
    if (this.#samples.length === MAX_SAMPLES) this.#samples.pop();
    this.#samples.push({ bytes, time });
  }

  /** Called with the number of bytes that the exporter has read. */
  update(bytes: number): void {
    while (this.#samples[0] && this.#samples[0].bytes <= bytes) {
      // an earlier time than the last one: the clock was set back, and the next gap begins there
      this.until = this.#samples.shift()!.time;
    }
  }
}
