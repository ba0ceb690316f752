/** Reports to a supervisor up to which byte of stdin the events are safe. */
import { writeSync } from "node:fs";
import type { Counters } from "./counters.ts";
import type { Sink } from "./sink.ts";

const STDOUT = 1;
/** The parts that are remembered; the others are confirmed with a later one. */
const MAX_PARTS = 4096;

/** The end of a part of the input. */
interface Part {
  /** The number of events before it. */
  events: number;
  /** The number of bytes before it, to the end of the last whole line. */
  bytes: number;
}

/**
 * Writes to stdout, a line each, how many bytes of stdin have events that every sink has sent, has
 * in the spool, or has counted as dropped. A supervisor passes on the rest again if the exporter
 * dies.
 */
export class Confirmations {
  #parts: Part[] = [];
  #confirmed = 0;

  constructor(
    readonly counters: Pick<Counters, "events">,
    readonly sinks: readonly Pick<Sink, "unsaved">[],
    readonly write: (text: string) => void = (text) => writeSync(STDOUT, text),
  ) {}

  /** Called when the events of a part are accepted. @param bytes of all parts, in whole lines. */
  add(bytes: number): void {
    const { events } = this.counters;
    const last = this.#parts.at(-1);
    if (last?.events === events || this.#parts.length === MAX_PARTS) this.#parts.pop();
    this.#parts.push({ events, bytes });
    this.update();
  }

  /** Confirms what has become safe. */
  update(): void {
    const unsaved = Math.max(0, ...this.sinks.map((sink) => sink.unsaved ?? 0));
    const safe = this.counters.events - unsaved;
    const end = this.#parts.findLastIndex(({ events }) => events <= safe);
    const bytes = this.#parts[end]?.bytes ?? 0;
    if (bytes <= this.#confirmed) return;
    try {
      this.write(`${bytes}\n`);
    } catch {
      // the supervisor does not read now, or is gone: the next attempt confirms more
      return;
    }
    this.#confirmed = bytes;
    this.#parts.splice(0, end + 1);
  }
}
