/** The first bytes of a frame, and of one that is skipped, whose lowest four bits are any. */
const FRAME_MAGIC = 0xfd2f_b528;
const SKIPPED_MAGIC = 0x184d_2a50;
const SKIPPED_MASK = 0xffff_fff0;
const MAGIC_BYTES = 4;
const BLOCK_HEADER_BYTES = 3;
/** The lengths of the dictionary's id and of the content's size, by bits of the descriptor. */
const ID_BYTES = [0, 1, 2, 4];
const SIZE_BYTES = [0, 2, 4, 8];
const RUN_LENGTH_BLOCK = 1;

/**
 * Follows the frames of a zstd file (RFC 8878) without decompressing them. The decompressor of the
 * engine reports neither that a file ends within a frame, nor that other bytes follow the last one.
 */
export class ZstdFrames {
  /** True once a frame was followed by bytes that are not another one. */
  isOther = false;
  /** A header, of which #length bytes are there. */
  readonly #header = new Uint8Array(MAGIC_BYTES);
  #length = 0;
  #needed = MAGIC_BYTES;
  /** The bytes up to the next header. */
  #skipped = 0;
  #next = this.#magic;
  #checksumBytes = 0;

  /** True if the bytes so far end between two frames. */
  get isAtEnd(): boolean {
    return this.#next === this.#magic && this.#length === 0 && this.#skipped === 0;
  }

  /** Adds the bytes after those before. */
  add(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length && !this.isOther;) {
      if (this.#skipped > 0) {
        const skipped = Math.min(this.#skipped, bytes.length - at);
        this.#skipped -= skipped;
        at += skipped;
        continue;
      }
      this.#header[this.#length++] = bytes[at++]!;
      if (this.#length === this.#needed) this.#next(this.#take());
    }
  }

  /** Returns the number in the header. */
  #take(): number {
    let value = 0;
    while (this.#length > 0) value = value * 256 + this.#header[--this.#length]!;
    return value;
  }

  #expect(next: (header: number) => void, bytes: number): void {
    this.#next = next;
    this.#needed = bytes;
  }

  #magic(magic: number): void {
    if (magic === FRAME_MAGIC) this.#expect(this.#descriptor, 1);
    else if ((magic & SKIPPED_MASK) >>> 0 === SKIPPED_MAGIC) this.#expect(this.#skippedSize, 4);
    else this.isOther = true;
  }

  #skippedSize(size: number): void {
    this.#skipped = size;
    this.#expect(this.#magic, MAGIC_BYTES);
  }

  #descriptor(flags: number): void {
    const isSingleSegment = (flags & 0x20) !== 0;
    const sizeBytes = isSingleSegment && flags >> 6 === 0 ? 1 : SIZE_BYTES[flags >> 6]!;
    this.#skipped = (isSingleSegment ? 0 : 1) + ID_BYTES[flags & 3]! + sizeBytes;
    this.#checksumBytes = (flags & 4) === 0 ? 0 : 4;
    this.#expect(this.#block, BLOCK_HEADER_BYTES);
  }

  #block(header: number): void {
    const isLast = (header & 1) !== 0;
    this.#skipped = ((header >> 1) & 3) === RUN_LENGTH_BLOCK ? 1 : header >> 3;
    if (!isLast) return;
    this.#skipped += this.#checksumBytes;
    this.#expect(this.#magic, MAGIC_BYTES);
  }
}
