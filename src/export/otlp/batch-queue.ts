/** The batches that wait to be sent, in memory or in the spool, the oldest first. */
import { log } from "../../log.ts";
import { errorReason } from "../../system/files.ts";
import { counted } from "../../text/counted.ts";
import type { SinkCounters } from "../counters.ts";
import type { BatchName } from "../spool/batch-name.ts";
import type { InputPosition } from "../spool/saved-position.ts";
import type { Spool } from "../spool/spool.ts";

/** The bytes that are kept in memory although the spool has them, so as not to read them again. */
const MAX_CACHED_BYTES = 4 * 1024 * 1024;
/** The bytes of batches without a spool, or that the spool has no room for. */
const MAX_MEMORY_BYTES = 32 * 1024 * 1024;
/** The part of the room from which on the input waits, if it can. */
const FULL = 0.9;
/** A file takes whole blocks of the disk. */
const BLOCK_BYTES = 4096;
/** The shortest time between two messages about the same trouble, ms. */
const MESSAGE_INTERVAL = 10_000;

export interface Batch extends BatchName {
  /** The bytes that it takes in the spool, or in memory. */
  size: number;
  /** Undefined: only the spool has it. */
  body: Uint8Array | undefined;
  isStored: boolean;
  /** True while it is being sent. */
  isTaken: boolean;
}

/** A queue of bounded size: if it is full, the oldest batches are dropped and counted. */
export class BatchQueue {
  #batches: Batch[] = [];
  #lastNumber = 0;
  #bytes = 0;
  #memoryBytes = 0;
  #unreportedDrops = 0;
  #reportedDropAt = Number.NEGATIVE_INFINITY;
  #reportedWriteAt = Number.NEGATIVE_INFINITY;

  /** @param maxBytes of the spool. */
  constructor(
    readonly counters: SinkCounters,
    readonly spool: Spool | undefined,
    readonly maxBytes: number,
  ) {}

  /** The number of events that only memory has. */
  get unstored(): number {
    let count = 0;
    for (const batch of this.#batches) if (!batch.isStored) count += batch.count;
    return count;
  }

  get isEmpty(): boolean {
    return this.#batches.length === 0;
  }

  /** True if the next batch may make the oldest one be dropped. */
  get isFull(): boolean {
    return this.#bytes > this.maxBytes * FULL || this.#memoryBytes > MAX_MEMORY_BYTES * FULL;
  }

  /** Takes over the batches that an earlier exporter has left in the spool. @throws Error */
  load(): void {
    for (const { size, ...batch } of this.spool?.list() ?? []) {
      this.#add({ ...batch, size: blocksOf(size), body: undefined, isStored: true, isTaken: false });
    }
    this.#lastNumber = Math.max(this.#lastNumber, this.spool?.position?.batch ?? 0);
    this.#makeRoom();
    this.#countBytes();
  }

  /** Adds batches, which the spool then has with the position behind their events. */
  push(
    bodies: readonly { name: Omit<BatchName, "number">; body: Uint8Array }[],
    position: InputPosition | undefined,
  ): void {
    const batches = bodies.map(({ name, body }): Batch => {
      return { ...name, number: ++this.#lastNumber, size: body.length, body, isStored: false, isTaken: false };
    });
    // the position is behind those as well that the spool could not take before
    const unstored = this.#batches.filter(({ isStored }) => !isStored);
    if (this.spool) this.#store(this.spool, [...unstored, ...batches], position);
    for (const batch of batches) this.#add(batch);
    this.#makeRoom();
    this.#countBytes();
  }

  #store(spool: Spool, batches: readonly Batch[], position: InputPosition | undefined): void {
    try {
      for (const batch of batches) spool.write(batch, batch.body!);
      spool.commit(batches, position);
      for (const batch of batches) {
        batch.isStored = true;
        batch.size = blocksOf(batch.size);
        if (this.#batches.includes(batch)) this.#bytes += batch.size;
      }
    } catch (error) {
      spool.discard(batches);
      if (performance.now() - this.#reportedWriteAt < MESSAGE_INTERVAL) return;
      this.#reportedWriteAt = performance.now();
      log.warn(`the spool ${spool.name} cannot be written: ${errorReason(error)}; events are kept in memory`);
    }
  }

  #add(batch: Batch): void {
    this.#batches.push(batch);
    this.#lastNumber = Math.max(this.#lastNumber, batch.number);
    this.counters.queued += batch.count;
    if (batch.isStored) this.#bytes += batch.size;
    if (!batch.body) return;
    if (batch.isStored && this.#memoryBytes + batch.body.length > MAX_CACHED_BYTES) batch.body = undefined;
    else this.#memoryBytes += batch.body.length;
  }

  /** Returns the oldest batch that is not being sent; undefined: none. */
  take(): Batch | undefined {
    const batch = this.#batches.find(({ isTaken }) => !isTaken);
    if (batch) batch.isTaken = true;
    return batch;
  }

  /** Returns what is sent; undefined: the spool has lost it, and its events are dropped. */
  bodyOf(batch: Batch): Uint8Array | undefined {
    const body = batch.body ?? this.spool?.read(batch);
    if (body && body.length > 0) return body;
    log.warn(`a batch of the spool ${this.spool?.name} is damaged; ${counted(batch.count, "event")} dropped`);
    this.finish(batch, 0);
    return undefined;
  }

  /** Puts a batch back, to be sent again. */
  putBack(batch: Batch): void {
    batch.isTaken = false;
  }

  /** Removes a batch. @param sent the number of its events that the server has taken. */
  finish(batch: Batch, sent: number): void {
    const at = this.#batches.indexOf(batch);
    if (at < 0) return;
    this.#batches.splice(at, 1);
    this.counters.queued -= batch.count;
    this.counters.sent += sent;
    this.counters.dropped += batch.count - sent;
    if (batch.body) this.#memoryBytes -= batch.body.length;
    if (batch.isStored) {
      this.#bytes -= batch.size;
      this.spool!.remove(batch);
    }
    this.#countBytes();
  }

  #countBytes(): void {
    this.counters.queuedBytes = this.#bytes + this.#memoryBytes;
  }

  #makeRoom(): void {
    const isOver = () => this.#bytes > this.maxBytes || this.#memoryBytes > MAX_MEMORY_BYTES;
    while (isOver()) {
      const batch = this.#batches.find(({ isTaken, body }) => !isTaken && (this.#bytes > this.maxBytes || body));
      if (!batch) return;
      this.finish(batch, 0);
      this.#unreportedDrops += batch.count;
    }
    if (this.#unreportedDrops === 0 || performance.now() - this.#reportedDropAt < MESSAGE_INTERVAL) return;
    this.#reportedDropAt = performance.now();
    this.reportDrops();
  }

  /** Reports the events that were dropped since the last report. */
  reportDrops(): void {
    if (this.#unreportedDrops === 0) return;
    const place = this.spool
      ? "the spool is full (--spool-size)"
      : "the memory for them is full; --spool DIR keeps more";
    log.warn(`otlp: the oldest ${counted(this.#unreportedDrops, "event")} dropped: ${place}`);
    this.#unreportedDrops = 0;
  }

  /** Drops everything that only memory has, at the end. */
  dropUnstored(): void {
    const { unstored } = this;
    for (const batch of this.#batches.filter(({ isStored }) => !isStored)) this.finish(batch, 0);
    if (unstored) log.warn(`otlp: ${counted(unstored, "event")} dropped at the end, unsent; --spool DIR keeps them`);
  }
}

function blocksOf(size: number): number {
  return Math.max(1, Math.ceil(size / BLOCK_BYTES)) * BLOCK_BYTES;
}
