import { TraceError } from "../../errors.ts";
import { log } from "../../log.ts";
import type { ArgumentOptions } from "../../otlp/attributes.ts";
import { closeJournal, readJournalCounts, sendToJournal, startJournalWriter } from "../../system/journal-writer.ts";
import type { Counters, SinkCounters } from "../counters.ts";
import type { ExportedEvent } from "../event.ts";
import type { Sink } from "../sink.ts";
import { fieldsOf } from "./fields.ts";
import { RecordQueue } from "./record.ts";

const SOCKET = "/run/systemd/journal/socket";
/** The largest record that the writer accepts, bytes (MAX_JOURNAL_RECORD). */
const MAX_RECORD = 64 * 1024;
/** The memory for records that wait, bytes. While more than MAX_WAITING wait, no event is read. */
const MAX_QUEUE = 8 * 1024 * 1024;
const MAX_WAITING = MAX_QUEUE / 2;
/** The interval at which records that wait are passed on, ms. */
const INTERVAL = 2;
/** How long journald may take nothing before events are dropped instead of waited for, ms. */
const STUCK_AFTER = 5000;
const JOURNAL_GONE = "journald has closed its socket; start exitsnoop export again when it runs";
const WRITER_GONE = "the process that writes to the journal was killed; start exitsnoop export again";

/** The parts of the writer that the sink uses; tests replace them. */
interface JournalConnection {
  start(path: string): void;
  send(records: Uint8Array, from: number, to: number): number | undefined;
  counts: typeof readJournalCounts;
  close(): void;
}

const connection: JournalConnection = {
  start: startJournalWriter,
  send: sendToJournal,
  counts: readJournalCounts,
  close: closeJournal,
};

/**
 * Writes events to the journal. Records wait in memory until the writer, a process that keeps the
 * user who started the exporter, has room for them; journald sets the pace.
 */
export class JournaldSink implements Sink {
  readonly name = "journald";
  readonly target = "the journal";
  readonly rights = {};
  readonly #counters: SinkCounters;
  readonly #queue = new RecordQueue(MAX_QUEUE, MAX_RECORD);
  /** The number of records that the writer has got. */
  #passed = 0;
  /** The number of records that the queue had no room for. */
  #unqueued = 0;
  /** The number of records for which the queue had no room since the last time none waited. */
  #droppedSinceEmpty = 0;
  /** The number of records that journald has taken or refused. */
  #settled = 0;
  /** When journald last took or refused one, or none waited. */
  #movedAt = performance.now();
  /** True if nothing can be written any more: the writer has ended, or journald has. */
  #isGone = false;
  #isJournalGone = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #reportedReason = "";

  constructor(
    counters: Counters,
    readonly options: ArgumentOptions,
    readonly journal: JournalConnection = connection,
    readonly path = SOCKET,
  ) {
    this.#counters = counters.sink(this.name);
  }

  /**
   * Includes events that were dropped while earlier ones wait: the number counts back from the last
   * event that was accepted.
   */
  get unsaved(): number {
    return this.#passed - this.#settled + this.#queue.count + this.#droppedSinceEmpty;
  }

  async open(): Promise<void> {
    this.journal.start(this.path);
    if (process.geteuid?.() !== 0) {
      log.warn("the journal is not written as root, so that journalctl --unit does not show what ends in a unit");
    }
  }

  accept(event: ExportedEvent): void {
    if (this.#isGone || !this.#queue.add(fieldsOf(event, this.options))) {
      this.#unqueued++;
      this.#droppedSinceEmpty++;
      this.#counters.dropped++;
    } else {
      this.#counters.queued++;
    }
    this.#schedule();
  }

  /** @throws TraceError if the connection to journald is gone, which cannot be opened again. */
  async ready(): Promise<void> {
    this.#pass();
    while (this.#queue.length > MAX_WAITING && !this.#isGone && !this.#isStuck) {
      await Bun.sleep(INTERVAL);
      this.#pass();
    }
    if (this.#isGone) throw new TraceError(this.#isJournalGone ? JOURNAL_GONE : WRITER_GONE);
  }

  async flush(deadlineMs: number): Promise<void> {
    clearTimeout(this.#timer);
    const end = performance.now() + deadlineMs;
    this.#pass();
    while (this.#counters.queued > 0 && !this.#isGone && performance.now() < end) {
      await Bun.sleep(INTERVAL);
      this.#pass();
    }
    this.#counters.dropped += this.#counters.queued;
    this.#counters.queued = 0;
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.journal.close();
  }

  get #isStuck(): boolean {
    return performance.now() - this.#movedAt > STUCK_AFTER;
  }

  /** Passes records on in a while, when no more events come. */
  #schedule(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#pass();
      if (this.#counters.queued > 0 && !this.#isGone) this.#schedule();
    }, INTERVAL);
  }

  /** Passes on what the writer has room for, and counts what it has sent. */
  #pass(): void {
    const queue = this.#queue;
    if (queue.count > 0 && !this.#isGone) {
      const at = this.journal.send(queue.bytes, queue.start, queue.end);
      if (at === undefined) this.#isGone = true;
      else this.#passed += queue.removeTo(at);
    }
    this.#count();
  }

  #count(): void {
    const { sent, refused, reason, isGone } = this.journal.counts();
    const counters = this.#counters;
    if (sent + refused > this.#settled || counters.queued === 0) this.#movedAt = performance.now();
    this.#settled = sent + refused;
    if (isGone) this.#isGone = this.#isJournalGone = true;
    counters.sent = sent;
    counters.dropped = refused + this.#unqueued;
    counters.queued = this.#passed - sent - refused + this.#queue.count;
    if (counters.queued === 0 && !this.#isGone) this.#droppedSinceEmpty = 0;
    if (refused > 0 && reason && reason !== this.#reportedReason) {
      this.#reportedReason = reason;
      log.warn(`journald refuses records: ${reason}`);
    }
  }
}
