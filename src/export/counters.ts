/** Counts the events and their fate, for the closing line and /metrics. */
import { LeftOut } from "../replay/left-out.ts";
import type { WrongValues } from "./event-values.ts";
import type { ExportedEvent } from "./event.ts";

/** HTTP answers and errors have few codes; a server that invents more fills one entry. */
const MAX_CODES = 32;
const OTHER_CODE = "other";

/** The fate of the events that one sink accepted: accepted = queued + sent + dropped. */
export class SinkCounters {
  /** Events that wait, in memory or on disk. */
  queued = 0;
  /** The bytes that those take in memory and on disk. */
  queuedBytes = 0;
  /** Events that the other side has confirmed. */
  sent = 0;
  /** Events that will not be sent. */
  dropped = 0;
  /** Requests that failed, by the answer's code or the error's. */
  readonly failed = new Map<string, number>();

  addFailed(code: string): void {
    const key = this.failed.has(code) || this.failed.size < MAX_CODES ? code : OTHER_CODE;
    this.failed.set(key, (this.failed.get(key) ?? 0) + 1);
  }
}

/** The counters of an export, with those of each sink. */
export class Counters implements WrongValues {
  /** Events of every kind that the sinks got. */
  events = 0;
  exits = 0;
  /** Exits that the tracer lost, according to its own lines. */
  lost = 0;
  /** Exits that the tracer counted and did not write (--limit). */
  suppressed = 0;
  /** Times without a tracer. */
  gaps = 0;
  /** Lines that are left out, by the reason. */
  readonly leftOut = new LeftOut();
  /** Values that have a wrong type, which the sinks see as null. */
  wrongValues = 0;
  /** The key of the first one. */
  firstWrongKey = "";
  readonly sinks = new Map<string, SinkCounters>();

  /** Returns the counters of a sink, by its name. */
  sink(name: string): SinkCounters {
    const known = this.sinks.get(name);
    if (known) return known;
    const counters = new SinkCounters();
    this.sinks.set(name, counters);
    return counters;
  }

  /** Counts a value of a wrong type. */
  add(key: string): void {
    this.firstWrongKey ||= key;
    this.wrongValues++;
  }

  countEvent(event: ExportedEvent): void {
    this.events++;
    if (event.event === "exit") this.exits++;
    else if (event.event === "lost") this.lost += event.count ?? 0;
    else if (event.event === "suppressed") this.suppressed += event.count ?? 0;
    else this.gaps++;
  }
}
