import { closeSync, fsyncSync, openSync, readdirSync, renameSync, statSync, unlinkSync, writeSync } from "node:fs";
import { type BatchName, fromFileName, TEMPORARY, toFileName } from "./batch-name.ts";
import { pathOf } from "./path-of.ts";
import { POSITION, PositionFile } from "./position-file.ts";
import { readSpoolFile } from "./read-file.ts";
import type { InputPosition, SavedPosition } from "./saved-position.ts";

const MODE = 0o600;
/** No exporter makes a batch that large: servers refuse more than 20 MiB. */
const MAX_BATCH_BYTES = 32 * 1024 * 1024;

/** Returns true for the name of a file that a spool may have. */
export function isSpoolFile(name: string): boolean {
  const committed = name.endsWith(TEMPORARY) ? name.slice(0, -TEMPORARY.length) : name;
  return committed === POSITION || fromFileName(committed) !== undefined;
}

/** A batch in the spool. */
export interface StoredBatch extends BatchName {
  /** Bytes. */
  size: number;
}

/**
 * A directory with the batches that are not sent yet and with the position in FILE. A batch and the
 * position after it become valid together, by one write: if the exporter is killed, the next one
 * sends no event twice. Data that the kernel has taken outlives the exporter; a power failure may
 * cost the last seconds.
 */
export class Spool {
  readonly #path: string;
  readonly #positions: PositionFile;
  /** The numbers of valid batches that could not be renamed. */
  readonly #unrenamed = new Set<number>();
  /** The files of batches that are finished, and are still there. */
  readonly #finished = new Set<string>();

  /** @param name of the directory, in messages. @param fd of the open directory. */
  constructor(
    readonly name: string,
    readonly fd: number,
  ) {
    this.#path = pathOf(this.fd);
    this.#positions = new PositionFile(this.#path);
  }

  /** The position that was saved last; undefined: none. */
  get position(): SavedPosition | undefined {
    return this.#positions.position;
  }

  /** Makes room for positions, which a disk that is full later cannot take away. @throws Error */
  reservePosition(): void {
    this.#positions.reserve();
  }

  /** Returns the batches, the oldest first. Completes or removes those that were interrupted. */
  list(): StoredBatch[] {
    const committed = this.position?.batch ?? 0;
    const batches: StoredBatch[] = [];
    for (const file of readdirSync(this.#path)) {
      const isTemporary = file.endsWith(TEMPORARY);
      const batch = fromFileName(isTemporary ? file.slice(0, -TEMPORARY.length) : file);
      if (isTemporary && (!batch || batch.number > committed)) this.#remove(file);
      else if (isTemporary) this.#complete(batch!);
      if (batch && (!isTemporary || batch.number <= committed)) {
        batches.push({ ...batch, size: statSync(`${this.#path}/${this.#fileOf(batch)}`).size });
      }
    }
    return batches.toSorted((a, b) => a.number - b.number);
  }

  /** Writes a batch that commit() makes valid. @throws Error */
  write(batch: BatchName, body: Uint8Array): void {
    this.#write(toFileName(batch) + TEMPORARY, body);
  }

  /** Makes batches valid, and saves the position after their events. @throws Error */
  commit(batches: readonly BatchName[], position: InputPosition): void {
    this.savePosition(position, batches.at(-1)?.number ?? this.position?.batch ?? 0);
    for (const batch of batches) this.#complete(batch);
  }

  /** Makes a batch valid whose events have no position. @throws Error */
  commitOne(batch: BatchName): void {
    const file = `${this.#path}/${toFileName(batch)}`;
    renameSync(file + TEMPORARY, file);
  }

  /** Saves a position. @param batch the last one before it. @throws Error */
  savePosition(position: InputPosition, batch: number): void {
    this.#positions.save({ ...position, batch });
  }

  /** Removes what write() has written of batches that were not committed. */
  discard(batches: readonly BatchName[]): void {
    for (const batch of batches) this.#remove(toFileName(batch) + TEMPORARY);
  }

  /** Returns the body of a batch; undefined: it cannot be read. */
  read(batch: BatchName): Buffer | undefined {
    return readSpoolFile(`${this.#path}/${this.#fileOf(batch)}`, MAX_BATCH_BYTES);
  }

  /** Marks a batch as finished: removeFinished() removes it. */
  finish(batch: BatchName): void {
    this.#finished.add(this.#fileOf(batch));
    this.#unrenamed.delete(batch.number);
  }

  /** Removes what is finished, so that no later exporter sends it again. @throws Error */
  removeFinished(): void {
    for (const file of this.#finished) {
      try {
        unlinkSync(`${this.#path}/${file}`);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      }
      this.#finished.delete(file);
    }
  }

  /** Writes what the kernel has of the directory to the disk. */
  close(): void {
    try {
      fsyncSync(this.fd);
    } finally {
      closeSync(this.fd);
    }
  }

  /** Gives a valid batch its name. A directory that cannot grow leaves it the temporary one. */
  #complete(batch: BatchName): void {
    try {
      this.commitOne(batch);
    } catch {
      this.#unrenamed.add(batch.number);
    }
  }

  #fileOf(batch: BatchName): string {
    return toFileName(batch) + (this.#unrenamed.has(batch.number) ? TEMPORARY : "");
  }

  #write(file: string, bytes: Uint8Array): void {
    const fd = openSync(`${this.#path}/${file}`, "w", MODE);
    try {
      for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done);
    } catch (error) {
      this.#remove(file);
      throw error;
    } finally {
      closeSync(fd);
    }
  }

  #remove(file: string): void {
    try {
      unlinkSync(`${this.#path}/${file}`);
    } catch {
      // it is gone
    }
  }
}
