import { closeSync, fstatSync, readSync, type Stats, statSync } from "node:fs";
import { TraceError } from "../errors.ts";
import { log } from "../log.ts";
import { errorReason, FileError, openFileOfKind } from "../system/files.ts";
import type { Input, Part } from "./part.ts";
import { nextRotated } from "./rotated-files.ts";
import { type FileHead, headOf, type InputPosition, MAX_HEAD } from "./spool/saved-position.ts";

const BUFFER_BYTES = 256 * 1024;
/** The pause until a file without new lines is read again, ms. */
const PAUSE = 200;

/** The place of the next byte in a file. */
export interface FilePosition {
  device: number;
  inode: number;
  offset: number;
}

/**
 * Follows a file by its name, as `tail -F` does: if another file replaces it, the rest of the old
 * one is read first. A file that becomes shorter is read from its start.
 */
export class FollowedFile implements Input {
  readonly position: FilePosition;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  #fd: number;
  #isStopped = false;
  /** The start of the file that is read; undefined: not known yet. */
  #head: FileHead | undefined;
  /** True if another file has the name, and the end of this one was reached once since. */
  #isReplaced = false;
  #reportedFailure = "";
  #wake: (() => void) | undefined;

  constructor(
    fd: number,
    readonly path: string,
    readonly name: string,
    offset: number,
  ) {
    this.#fd = fd;
    const stat = fstatSync(fd);
    this.position = { device: stat.dev, inode: stat.ino, offset };
  }

  positionBefore(pendingBytes: number): InputPosition | undefined {
    const { inode, offset } = this.position;
    const end = offset - pendingBytes;
    try {
      if (!this.#head || (this.#head.headLength < MAX_HEAD && this.#head.headLength < end))
        this.#head = headOf(this.#fd, end);
      return { inode, offset: end, ...this.#head };
    } catch {
      // the next read reports the failure
      return undefined;
    }
  }

  async read(): Promise<Part> {
    for (;;) {
      const bytes = this.#readNow();
      if (bytes.length > 0) {
        this.#isReplaced = false;
        return bytes;
      }
      if (this.#isStopped) return "end";
      if (this.#isNext()) return "boundary";
      await this.#sleep();
    }
  }

  stop(): void {
    this.#isStopped = true;
    this.#wake?.();
  }

  #readNow(): Uint8Array {
    try {
      const size = readSync(this.#fd, this.#buffer, 0, BUFFER_BYTES, this.position.offset);
      this.position.offset += size;
      return this.#buffer.subarray(0, size);
    } catch (error) {
      throw new TraceError(`${this.name} cannot be read on: ${errorReason(error)}`);
    }
  }

  /** At the end of the file: begins another one, or this one again. Returns true if it did. */
  #isNext(): boolean {
    const { position } = this;
    if (fstatSync(this.#fd).size < position.offset) {
      log.warn(`${this.name} became shorter; it is read from its start`);
      position.offset = 0;
      this.#head = undefined;
      return true;
    }
    let found: Stats;
    try {
      found = statSync(this.path);
    } catch {
      // between the renaming of the old file and the creation of the new one
      return false;
    }
    if (found.dev === position.device && found.ino === position.inode) return false;
    // the tracer writes to the old file until a signal makes it reopen its log: waits once more
    if (!this.#isReplaced) {
      this.#isReplaced = true;
      return false;
    }
    return this.#openNext();
  }

  #openNext(): boolean {
    let fd: number;
    try {
      fd = openFileOfKind(nextRotated(this.path, fstatSync(this.#fd)) ?? this.path, ["regular file"]);
    } catch (error) {
      const reason = error instanceof FileError ? error.message : errorReason(error);
      if (reason !== this.#reportedFailure) {
        const advice = "let the exporter's user read it, or name a user who can (--as); trying again";
        log.warn(`${this.name} was replaced, and the new file is not read: ${reason}; ${advice}`);
      }
      this.#reportedFailure = reason;
      return false;
    }
    closeSync(this.#fd);
    this.#fd = fd;
    const { dev, ino } = fstatSync(fd);
    Object.assign(this.position, { device: dev, inode: ino, offset: 0 });
    this.#head = undefined;
    this.#isReplaced = false;
    this.#reportedFailure = "";
    return true;
  }

  async #sleep(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const timer = setTimeout(resolve, PAUSE);
    await promise;
    clearTimeout(timer);
    this.#wake = undefined;
  }
}
