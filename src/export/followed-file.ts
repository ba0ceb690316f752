import { closeSync, fstatSync, readSync, type Stats, statSync } from "node:fs";
import { TraceError } from "../errors.ts";
import { log } from "../log.ts";
import { errorReason, FileError, openFileOfKind } from "../system/files.ts";
import type { Input, Part } from "./part.ts";
import { Pause } from "./pause.ts";
import { nextRotated } from "./rotated-files.ts";
import { type FileHead, type InputPosition, MAX_HEAD, readHead, toFileHead } from "./spool/saved-position.ts";

const BUFFER_BYTES = 256 * 1024;
/** The pause until a file without new lines is read again, ms. */
const PAUSE = 200;
/** A missing file is reported after this time, ms: a rotation takes less. */
const MISSING_TIME = 5000;

/** The place of the next byte in a file. */
interface FilePosition {
  device: number;
  inode: number;
  offset: number;
}

/**
 * Follows a file by its name, as `tail -F` does: if another file replaces it, the rest of the old
 * one is read first. A truncated file is read from its start. It is recognized by being shorter, or
 * by its first bytes: they contain the time of an exit, so they differ from the earlier ones.
 */
export class FollowedFile implements Input {
  readonly position: FilePosition;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  #fd: number;
  #isStopped = false;
  /** The first bytes that were read of the file, at most MAX_HEAD. */
  #head: Uint8Array;
  /** The part of #head that the last saved position has. */
  #savedHead: FileHead | undefined;
  /**
   * True until a byte other than NUL is read after a truncation: a writer without O_APPEND goes on
   * at its old offset, with a hole before it.
   */
  #skipsHole = false;
  /** True if another file has the name, and the end of this one was reached once since. */
  #isReplaced = false;
  #reportedFailure = "";
  /** When the name was found to have no file; undefined: it has one. */
  #missingSince: number | undefined;
  readonly #pause = new Pause();

  constructor(
    fd: number,
    readonly path: string,
    readonly name: string,
    offset: number,
  ) {
    this.#fd = fd;
    const stat = fstatSync(fd);
    this.position = { device: stat.dev, inode: stat.ino, offset };
    this.#head = readHead(fd, offset);
  }

  positionBefore(pendingBytes: number): InputPosition | undefined {
    const { inode, offset } = this.position;
    const end = offset - pendingBytes;
    const head = this.#head.subarray(0, end);
    if (this.#savedHead?.headLength !== head.length) this.#savedHead = toFileHead(head);
    return { inode, offset: end, ...this.#savedHead };
  }

  async read(): Promise<Part> {
    for (;;) {
      const bytes = this.#readNow();
      if (bytes.length > 0) {
        this.#isReplaced = false;
        const start = this.#skipsHole ? bytes.findIndex((byte) => byte !== 0) : 0;
        this.#skipsHole = start < 0;
        if (start >= 0) return bytes.subarray(start);
        await new Promise(setImmediate);
        continue;
      }
      const isTruncated = this.#isTruncated();
      if (isTruncated) this.#restart();
      else if (this.#isStopped) return "end";
      if (isTruncated || this.#isNext()) return "boundary";
      await this.#pause.sleep(PAUSE);
    }
  }

  stop(): void {
    this.#isStopped = true;
    this.#pause.end();
  }

  #readNow(): Uint8Array {
    try {
      const { offset } = this.position;
      const bytes = this.#buffer.subarray(0, readSync(this.#fd, this.#buffer, 0, BUFFER_BYTES, offset));
      // checked after the read: if the file was truncated, these bytes do not follow the old ones
      if (this.#isTruncated()) return new Uint8Array(0);
      if (this.#head.length < MAX_HEAD)
        this.#head = Buffer.concat([this.#head, bytes.subarray(0, MAX_HEAD - this.#head.length)]);
      this.position.offset += bytes.length;
      return bytes;
    } catch (error) {
      throw new TraceError(`${this.name} cannot be read any further: ${errorReason(error)}`);
    }
  }

  /** Returns true if the bytes before the position are no longer those that were read. */
  #isTruncated(): boolean {
    const { offset } = this.position;
    return fstatSync(this.#fd).size < offset || Buffer.compare(readHead(this.#fd, this.#head.length), this.#head) !== 0;
  }

  #restart(): void {
    log.warn(`${this.name} was truncated; it is read from its start, and lines that were not read before are lost`);
    this.position.offset = 0;
    this.#head = new Uint8Array(0);
    this.#savedHead = undefined;
    this.#skipsHole = true;
  }

  /** At the end of the file: begins the one that has replaced it. Returns true if it did. */
  #isNext(): boolean {
    const { position } = this;
    let found: Stats;
    try {
      found = statSync(this.path);
      this.#missingSince = undefined;
    } catch (error) {
      // between the renaming of the old file and the creation of the new one
      this.#reportMissing(errorReason(error));
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

  /** Reports once that no file has the name for longer than a rotation takes. */
  #reportMissing(reason: string): void {
    this.#missingSince ??= performance.now();
    if (performance.now() - this.#missingSince < MISSING_TIME) return;
    this.#missingSince = Number.POSITIVE_INFINITY;
    log.warn(`${this.name} is not found (${reason}); waiting for it`);
  }

  /** Opens the next file; undefined: a rotation may have made another one the next meanwhile. */
  #tryNext(): number | undefined {
    const stat = fstatSync(this.#fd);
    const next = nextRotated(this.path, stat) ?? this.path;
    const fd = openFileOfKind(next, ["regular file"]);
    const again = nextRotated(this.path, stat) ?? this.path;
    const { dev, ino } = statSync(again);
    const opened = fstatSync(fd);
    if (again === next && dev === opened.dev && ino === opened.ino) return fd;
    closeSync(fd);
    return undefined;
  }

  #openNext(): boolean {
    let fd: number | undefined;
    try {
      fd = this.#tryNext();
    } catch (error) {
      const reason = error instanceof FileError ? error.message : errorReason(error);
      if (reason !== this.#reportedFailure) {
        const isOther = error instanceof FileError && error.code === "";
        const advice = isOther ? "" : "let the exporter's user read it, or name a user who can (--as); ";
        log.warn(`${this.name} was replaced, and the new file is not read: ${reason}; ${advice}trying again`);
      }
      this.#reportedFailure = reason;
      return false;
    }
    if (fd === undefined) return false;
    closeSync(this.#fd);
    this.#fd = fd;
    const { dev, ino } = fstatSync(fd);
    Object.assign(this.position, { device: dev, inode: ino, offset: 0 });
    this.#head = new Uint8Array(0);
    this.#savedHead = undefined;
    this.#skipsHole = false;
    this.#isReplaced = false;
    this.#reportedFailure = "";
    return true;
  }
}
