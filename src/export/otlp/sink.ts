import { TraceError } from "../../errors.ts";
import { log } from "../../log.ts";
import type { ArgumentOptions } from "../../otlp/attributes.ts";
import { fromMilliseconds } from "../../otlp/event-time.ts";
import { toLogRecord } from "../../otlp/from-event.ts";
import { json } from "../../otlp/json.ts";
import type { Encoding } from "../../otlp/log-record.ts";
import { protobuf } from "../../otlp/protobuf.ts";
import { hostAttributes, withAttributes } from "../../otlp/resource.ts";
import { errorReason } from "../../system/files.ts";
import { identity } from "../../system/identity.ts";
import { ByteWriter } from "../../text/byte-writer.ts";
import { counted } from "../../text/counted.ts";
import { quotePath } from "../../text/sanitize.ts";
import type { Counters, SinkCounters } from "../counters.ts";
import type { ExportedEvent } from "../event.ts";
import type { OtlpPlan } from "../plan.ts";
import type { ExporterRights } from "../../system/exporter-privileges.ts";
import type { Sink } from "../sink.ts";
import type { BatchName, BodyType } from "../spool/batch-name.ts";
import type { InputPosition } from "../spool/saved-position.ts";
import type { Spool } from "../spool/spool.ts";
import { BatchQueue } from "./batch-queue.ts";
import { createTransport } from "./create-transport.ts";
import { RecordGroups } from "./record-groups.ts";
import { Sender } from "./sender.ts";

/** The events of a batch, at most. */
const MAX_RECORDS = 1000;
/** The approximate size of a batch, bytes: Collectors refuse more than 20 MiB. */
const MAX_BYTES = 2 * 1024 * 1024;
/** How long events gather, ms. */
const BATCH_TIME = 1000;
/** The fastest level: it makes records a tenth of their size. */
const GZIP_LEVEL = 1;
/** How long close() waits for the answers to open requests, ms. */
const DRAIN_TIME = 5000;
/** How often ready() looks for room, ms. */
const READY_INTERVAL = 50;

/** The place for events that wait. */
interface Room {
  spool: Spool | undefined;
  /** The bytes of the spool. */
  maxBytes: number;
  /**
   * True if the input can be read later as well, and no other sink needs its events now: then
   * ready() waits for room, and nothing is dropped.
   */
  canWait: boolean;
}

const HTTP_PORT = 80;
const HTTPS_PORT = 443;

const encodings: Record<BodyType, Encoding> = { pb: protobuf, json };

/** Sends events as log records to an OTLP/HTTP server, in batches. */
export class OtlpSink implements Sink {
  readonly name = "otlp";
  readonly target: string;
  readonly rights: ExporterRights;
  readonly #counters: SinkCounters;
  readonly #queue: BatchQueue;
  readonly #groups: RecordGroups;
  /** The last request: a new buffer for each would be given back to the kernel and faulted in. */
  readonly #request = new ByteWriter();
  #sealed: { name: Omit<BatchName, "number">; body: Uint8Array }[] = [];
  #sender!: Sender;
  #position: InputPosition | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;

  constructor(
    readonly plan: OtlpPlan,
    readonly version: string,
    readonly options: ArgumentOptions,
    readonly room: Room,
    counters: Counters,
  ) {
    this.target = `OTLP, at ${plan.url}`;
    this.rights = { connectsTo: portOf(plan.url), ...(room.spool && { writableDirectory: room.spool.fd }) };
    this.#counters = counters.sink(this.name);
    this.#queue = new BatchQueue(this.#counters, room.spool, room.maxBytes, !room.canWait);
    this.#groups = new RecordGroups(
      withAttributes(hostAttributes(version, identity()), plan.resource),
      encodings[plan.protocol],
    );
  }

  get unsaved(): number {
    const sealed = this.#sealed.reduce((sum, { name }) => sum + name.count, 0);
    return this.#groups.count + sealed + this.#queue.unstored;
  }

  async open(): Promise<void> {
    this.#sender = new Sender(this.#queue, createTransport(this.plan), this.#counters, this.plan.url);
  }

  async start(): Promise<void> {
    try {
      this.#queue.load();
    } catch (error) {
      throw new TraceError(`the spool ${quotePath(this.room.spool!.name)} cannot be read: ${errorReason(error)}`);
    }
    if (!this.#queue.isEmpty) log.info(`the spool has ${counted(this.#counters.queued, "event")} of an earlier export`);
    this.#sender.pump();
  }

  accept(event: ExportedEvent): void {
    const record = toLogRecord(event, this.options, fromMilliseconds(Date.now()));
    if (!record) return;
    this.#groups.add(event, record);
    this.#counters.queued++;
    if (this.#groups.count >= MAX_RECORDS || this.#groups.bytes >= MAX_BYTES) this.#seal();
  }

  checkpoint(position: InputPosition | undefined): void {
    // the first position is that of the start, where a later exporter begins if this one is killed
    const isFirst = this.#position === undefined && position !== undefined;
    this.#position = position;
    if (this.#sealed.length > 0 || isFirst) {
      // the position is after all events
      if (position) this.#seal();
      this.#commit();
    }
    if (this.#groups.count > 0) this.#timer ??= setTimeout(() => this.#cut(), BATCH_TIME);
  }

  /** True if the input must not be read until the queue has room. */
  get isFull(): boolean {
    return this.room.canWait && this.#queue.isFull;
  }

  async ready(): Promise<void> {
    while (this.isFull && !this.#isClosed) await Bun.sleep(READY_INTERVAL);
  }

  async flush(deadlineMs: number): Promise<void> {
    this.#cut();
    await this.#sender.finish(deadlineMs);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    // a request without its answer would be sent again by the next exporter
    await Promise.race([this.#sender.drain(), Bun.sleep(DRAIN_TIME)]);
    this.#sender.close();
    this.#queue.dropUnstored();
    this.#queue.reportDrops();
    const { stored } = this.#queue;
    if (stored) log.info(`otlp: ${counted(stored, "event")} left in the spool, for the next export`);
  }

  /** Makes a batch of the records so far. Between checkpoints it must not be committed yet. */
  #seal(): void {
    const { protocol, isCompressed } = this.plan;
    const { count } = this.#groups;
    if (count === 0) return;
    this.#request.reset();
    this.#groups.take(this.#request, this.version);
    const body = this.#request.written as Uint8Array<ArrayBuffer>;
    const name = { count, type: protocol, isCompressed };
    this.#sealed.push({ name, body: isCompressed ? Bun.gzipSync(body, { level: GZIP_LEVEL }) : body.slice() });
  }

  #commit(): void {
    const batches = this.#sealed.splice(0);
    // the queue counts them from now on
    for (const { name } of batches) this.#counters.queued -= name.count;
    this.#queue.push(batches, this.#position);
    this.#sender.pump();
  }

  #cut(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#seal();
    this.#commit();
  }
}

/** Returns the TCP port of a server. */
function portOf(url: string): number {
  const { port, protocol } = new URL(url);
  return Number(port || (protocol === "https:" ? HTTPS_PORT : HTTP_PORT));
}
