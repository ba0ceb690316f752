/** A receiver of events: one folder each in src/export. */
import type { ExporterRights } from "../system/exporter-privileges.ts";
import type { ExportedEvent } from "./event.ts";
import type { InputPosition } from "./spool/saved-position.ts";

/** The exporter calls open(), drops its privileges, and then calls the others. */
export interface Sink {
  /** The name in messages and counters. */
  readonly name: string;
  /** The destination of the events, for the first message. */
  readonly target: string;
  /** Known once open() has returned. */
  readonly rights: ExporterRights;
  /**
   * The number of events that only memory has: the last ones of those that were accepted.
   * Undefined: none.
   */
  readonly unsaved?: number;
  /** True while ready() waits. */
  readonly isFull?: boolean;
  /** Opens what needs the rights of the user who started the exporter. @throws TraceError */
  open(): Promise<void>;
  /** Begins the work for which those rights are not needed. @throws TraceError */
  start?(): Promise<void>;
  /** Takes an event and never waits. What it cannot keep is counted as dropped. */
  accept(event: ExportedEvent): void;
  /** Called when the events of a part are accepted. @param position the one after them. */
  checkpoint?(position: InputPosition | undefined): void;
  /** Resolves when more events can be kept. The exporter awaits it before it reads on. */
  ready?(): Promise<void>;
  /** Sends what waits, for that long at most. Events that are left stay queued or are dropped. */
  flush(deadlineMs: number): Promise<void>;
  close(): Promise<void>;
}
