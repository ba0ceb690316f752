import {
  closeSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { type BatchName, fromFileName, TEMPORARY, toFileName } from "./batch-name.ts";
import { pathOf } from "./path-of.ts";
import { type InputPosition, parsePosition, type SavedPosition } from "./saved-position.ts";

const POSITION = "position.json";
const MODE = 0o600;

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
 * position behind it become valid together, by one rename: an exporter that is killed leaves none
 * of its events twice. What the kernel has taken outlives the exporter; a power failure may cost
 * the last seconds.
 */
export class Spool {
  /** The position that was saved last; undefined: none. */
  position: SavedPosition | undefined;
  readonly #path: string;

  /** @param name of the directory, in messages. @param fd of the open directory. */
  constructor(
    readonly name: string,
    readonly fd: number,
  ) {
    this.#path = pathOf(this.fd);
    this.position = parsePosition(this.#read(POSITION)?.toString("utf8") ?? "");
  }

  /** Returns the batches, the oldest first. Completes or removes those that were interrupted. */
  list(): StoredBatch[] {
    const committed = this.position?.batch ?? 0;
    const batches: StoredBatch[] = [];
    for (const file of readdirSync(this.#path)) {
      const isTemporary = file.endsWith(TEMPORARY);
      const batch = fromFileName(isTemporary ? file.slice(0, -TEMPORARY.length) : file);
      if (isTemporary && (!batch || batch.number > committed)) this.#remove(file);
      else if (isTemporary) renameSync(`${this.#path}/${file}`, `${this.#path}/${toFileName(batch!)}`);
      if (batch && (!isTemporary || batch.number <= committed)) {
        batches.push({ ...batch, size: statSync(`${this.#path}/${toFileName(batch)}`).size });
      }
    }
    return batches.toSorted((a, b) => a.number - b.number);
  }

  /** Writes a batch that commit() makes valid. @throws Error */
  write(batch: BatchName, body: Uint8Array): void {
    this.#write(toFileName(batch) + TEMPORARY, body);
  }

  /**
   * Makes batches valid, and saves the position behind their events. @param position undefined:
   * the input has none. @throws Error
   */
  commit(batches: readonly BatchName[], position: InputPosition | undefined): void {
    if (position) {
      const saved = { ...position, batch: batches.at(-1)?.number ?? this.position?.batch ?? 0 };
      this.#write(POSITION + TEMPORARY, Buffer.from(`${JSON.stringify(saved)}\n`));
      renameSync(`${this.#path}/${POSITION}${TEMPORARY}`, `${this.#path}/${POSITION}`);
      this.position = saved;
    }
    for (const batch of batches) {
      const file = `${this.#path}/${toFileName(batch)}`;
      renameSync(file + TEMPORARY, file);
    }
  }

  /** Removes what write() has written of batches that were not committed. */
  discard(batches: readonly BatchName[]): void {
    for (const batch of batches) this.#remove(toFileName(batch) + TEMPORARY);
  }

  /** Returns the body of a batch; undefined: it cannot be read. */
  read(batch: BatchName): Buffer | undefined {
    return this.#read(toFileName(batch));
  }

  remove(batch: BatchName): void {
    this.#remove(toFileName(batch));
  }

  /** Writes what the kernel has of the directory to the disk. */
  close(): void {
    try {
      fsyncSync(this.fd);
    } finally {
      closeSync(this.fd);
    }
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

  #read(file: string): Buffer | undefined {
    try {
      return readFileSync(`${this.#path}/${file}`);
    } catch {
      return undefined;
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
