/** The batches that wait to be sent, in memory or in the spool, the oldest first. */
import { log } from "../../log.ts";
import { errorReason } from "../../system/files.ts";
import { counted } from "../../text/counted.ts";
import type { SinkCounters } from "../counters.ts";
import type { BatchName } from "../spool/batch-name.ts";
import type { InputPosition } from "../spool/saved-position.ts";
import type { Spool } from "../spool/spool.ts";
import { Checkpoints } from "./checkpoints.ts";

/** The bytes that are kept in memory although the spool has them, so as not to read them again. */
const MAX_CACHED_BYTES = 4 * 1024 * 1024;
/** The bytes of batches without a spool, or that the spool has no room for. */
const MAX_MEMORY_BYTES = 32 * 1024 * 1024;
/** The room for the next batches, without which the input waits, if it can: half of it at most. */
const MIN_FREE_BYTES = 4 * 1024 * 1024;
/** The bytes that a batch takes in memory besides its body. */
const BATCH_BYTES = 512;
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

/**
 * A queue of bounded size. If it is full, the oldest batches are dropped and counted, or the caller
 * waits: then the last batches may not fit, and are kept all the same.
 */
export class BatchQueue {
  #batches: Batch[] = [];
  #lastNumber = 0;
  #bytes = 0;
  #memoryBytes = 0;
  /** The positions that the spool does not have yet. */
  readonly #checkpoints = new Checkpoints();
  #unreportedDrops = 0;
  #dropReason = "";
  #reportedDropAt = Number.NEGATIVE_INFINITY;
  #reportedWriteAt = Number.NEGATIVE_INFINITY;

  /** @param maxBytes of the spool. */
  constructor(
    readonly counters: SinkCounters,
    readonly spool: Spool | undefined,
    readonly maxBytes: number,
    /** False if the caller reads no more events while the queue is full. */
    readonly dropsOldest = true,
  ) {}

  /** The number of events that only memory has. */
  get unstored(): number {
    let count = 0;
    for (const batch of this.#batches) if (!batch.isStored) count += batch.count;
    return count;
  }

  /** The number of events that the spool has. */
  get stored(): number {
    return this.counters.queued - this.unstored;
  }

  get isEmpty(): boolean {
    return this.#batches.length === 0;
  }

  /** True if the next batches may have no room. */
  get isFull(): boolean {
    const limit = this.maxBytes - Math.min(this.maxBytes / 2, MIN_FREE_BYTES);
    return this.#bytes > limit || this.#memoryBytes > MAX_MEMORY_BYTES - MIN_FREE_BYTES;
  }

  /** True if the next exporter has every event: in the spool, or in FILE. */
  get isSafe(): boolean {
    return this.spool !== undefined && (this.#checkpoints.isUsed || this.unstored === 0);
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

  /** Adds batches; the spool stores them with the position after their events. */
  push(
    bodies: readonly { name: Omit<BatchName, "number">; body: Uint8Array }[],
    position: InputPosition | undefined,
  ): void {
    for (const { name, body } of bodies) {
      this.#add({ ...name, number: ++this.#lastNumber, size: body.length, body, isStored: false, isTaken: false });
    }
    if (this.spool && position) this.#checkpoints.add(this.#lastNumber, position);
    if (this.spool) this.#attempt(this.spool, (spool) => this.#store(spool));
    this.#makeRoom();
    this.#countBytes();
  }

  /** Calls a function that writes to the spool. Returns false, and reports it, if that failed. */
  #attempt(spool: Spool, write: (spool: Spool) => void, effect = "events are kept in memory"): boolean {
    try {
      write(spool);
      return true;
    } catch (error) {
      if (performance.now() - this.#reportedWriteAt < MESSAGE_INTERVAL) return false;
      this.#reportedWriteAt = performance.now();
      log.warn(`the spool ${spool.name} cannot be written: ${errorReason(error)}; ${effect}`);
      return false;
    }
  }

  /** Stores what only memory has, the oldest first, as far as there is room. @throws Error */
  #store(spool: Spool): void {
    for (;;) {
      const checkpoint = this.#checkpoints.first;
      // if a batch is stored without the position after it, its events would be read again
      if (!checkpoint && this.#checkpoints.isUsed) return;
      const next = this.#batches.filter(({ isStored, number }) => !isStored && number <= (checkpoint?.batch ?? number));
      const group = checkpoint ? next : next.slice(0, 1);
      if (!checkpoint && group.length === 0) return;
      try {
        for (const batch of group) spool.write(batch, batch.body!);
        if (!checkpoint) spool.commitOne(group[0]!);
        else if (group.length > 0) spool.commit(group, checkpoint.position);
        else spool.savePosition(checkpoint.position, checkpoint.batch);
      } catch (error) {
        spool.discard(group);
        throw error;
      }
      if (checkpoint) this.#checkpoints.removeUntil(checkpoint.batch);
      for (const batch of group) this.#setStored(batch);
    }
  }

  #setStored(batch: Batch): void {
    batch.isStored = true;
    batch.size = blocksOf(batch.size);
    this.#bytes += batch.size;
    if (this.#memoryBytes > MAX_CACHED_BYTES) this.#forgetBody(batch);
  }

  /**
   * Saves the position after the events that are sent or stored. Returns false if it is not saved:
   * then events that only memory has must not be sent, as the next exporter would read them again.
   */
  #savePosition(): boolean {
    if (!this.spool) return true;
    const first = this.#batches.find(({ isStored }) => !isStored);
    const checkpoint = this.#checkpoints.lastUntil(first ? first.number - 1 : this.#lastNumber);
    if (!checkpoint) return true;
    const isSaved = this.#attempt(this.spool, (spool) => spool.savePosition(checkpoint.position, checkpoint.batch));
    if (isSaved) this.#checkpoints.removeUntil(checkpoint.batch);
    return isSaved;
  }

  #add(batch: Batch): void {
    this.#batches.push(batch);
    this.#lastNumber = Math.max(this.#lastNumber, batch.number);
    this.counters.queued += batch.count;
    if (batch.isStored) this.#bytes += batch.size;
    if (batch.body) this.#memoryBytes += batch.body.length + BATCH_BYTES;
  }

  #forgetBody(batch: Batch): void {
    if (batch.body) this.#memoryBytes -= batch.body.length + BATCH_BYTES;
    batch.body = undefined;
  }

  /** Returns the oldest batch that is not being sent; undefined: none that may be sent now. */
  take(): Batch | undefined {
    const holdsStored = !this.#removeFinished();
    const batch = this.#batches.find(({ isTaken, isStored }) => !isTaken && !(isStored && holdsStored));
    if (!batch) return undefined;
    if (!batch.isStored && this.#checkpoints.isUsed) {
      // one at a time, so that the position can follow
      if (this.#batches.some(({ isStored, isTaken }) => !isStored && isTaken) || !this.#savePosition())
        return undefined;
    }
    batch.isTaken = true;
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
    if (batch.isStored) {
      this.#bytes -= batch.size;
      this.spool!.finish(batch);
      this.#removeFinished();
    } else {
      this.#savePosition();
    }
    this.#forgetBody(batch);
    this.#countBytes();
  }

  /**
   * Removes from the spool what was sent. Returns false if it is still there: the next exporter
   * would send it again, and each further batch of the spool that is sent now as well.
   */
  #removeFinished(): boolean {
    if (!this.spool) return true;
    const effect = "batches that were sent cannot be removed, and the next export sends them again; the others wait";
    return this.#attempt(this.spool, (spool) => spool.removeFinished(), effect);
  }

  #countBytes(): void {
    this.counters.queuedBytes = this.#bytes + this.#memoryBytes;
  }

  #makeRoom(): void {
    for (const batch of this.#memoryBytes > MAX_MEMORY_BYTES ? this.#batches : []) {
      if (batch.isStored) this.#forgetBody(batch);
    }
    while (this.dropsOldest) {
      const isDiskFull = this.#bytes > this.maxBytes;
      if (!isDiskFull && this.#memoryBytes <= MAX_MEMORY_BYTES) break;
      const batch = this.#batches.find(({ isTaken, isStored }) => !isTaken && isStored === isDiskFull);
      if (!batch) return;
      this.finish(batch, 0);
      this.#unreportedDrops += batch.count;
      this.#dropReason = isDiskFull ? "the spool is full (--spool-size)" : this.#memoryReason;
    }
    if (this.#unreportedDrops === 0 || performance.now() - this.#reportedDropAt < MESSAGE_INTERVAL) return;
    this.#reportedDropAt = performance.now();
    this.reportDrops();
  }

  get #memoryReason(): string {
    if (this.spool) return `the spool ${this.spool.name} cannot be written, and the memory for them is full`;
    return "the memory for them is full; --spool DIR keeps more";
  }

  /** Reports the events that were dropped since the last report. */
  reportDrops(): void {
    if (this.#unreportedDrops === 0) return;
    log.warn(`otlp: the oldest ${counted(this.#unreportedDrops, "event")} dropped: ${this.#dropReason}`);
    this.#unreportedDrops = 0;
  }

  /**
   * Ends with what only memory has: events of FILE stay queued, as the position is before them, and
   * others are dropped.
   */
  dropUnstored(): void {
    const { unstored } = this;
    if (unstored === 0) return;
    if (this.#checkpoints.isUsed) {
      log.warn(
        `otlp: ${counted(unstored, "event is", "events are")} not sent; the next export reads FILE again from there`,
      );
      return;
    }
    for (const batch of this.#batches.filter(({ isStored }) => !isStored)) this.finish(batch, 0);
    log.warn(`otlp: ${counted(unstored, "event")} dropped at the end, unsent; --spool DIR keeps them`);
  }
}

function blocksOf(size: number): number {
  return Math.max(1, Math.ceil(size / BLOCK_BYTES)) * BLOCK_BYTES;
}
