/** Encodes records in the native protocol of journald: systemd.io/JOURNAL_NATIVE_PROTOCOL. */

/** A field: its name in capitals, and its value. */
export type Field = readonly [name: string, value: string];

const LINE_FEED = 10;
const EQUALS = 61;
const MAX_ASCII = 0x7f;
const SIZE_BYTES = 4;
const VALUE_SIZE_BYTES = 8;

/**
 * Records that wait, each with its size (32 bits, little-endian) before it. Memory is bounded: a
 * record for which there is no room is not added.
 */
export class RecordQueue {
  bytes: Uint8Array = new Uint8Array(64 * 1024);
  /** The part that waits. */
  start = 0;
  end = 0;
  /** The number of records that wait. */
  count = 0;
  #view = new DataView(this.bytes.buffer);

  /** @param maxBytes of the records that wait. @param maxRecord bytes of one. */
  constructor(
    readonly maxBytes: number,
    readonly maxRecord: number,
  ) {}

  get length(): number {
    return this.end - this.start;
  }

  /**
   * Adds a record. Fields beyond the size of a record are left out. Returns false if there is no
   * room.
   */
  add(fields: Iterable<Field>): boolean {
    if (this.length + this.maxRecord + SIZE_BYTES > this.maxBytes) return false;
    this.#reserve(this.maxRecord + SIZE_BYTES);
    const start = this.end + SIZE_BYTES;
    let at = start;
    for (const [name, value] of fields) {
      // no character has more than three bytes for a unit of UTF-16
      if (at - start + name.length + 3 * value.length + VALUE_SIZE_BYTES + 2 > this.maxRecord) continue;
      at = this.#addField(at, name, value);
    }
    this.#view.setUint32(this.end, at - start, true);
    this.end = at;
    this.count++;
    return true;
  }

  #addField(start: number, name: string, value: string): number {
    const { bytes } = this;
    let at = this.#addText(start, name);
    const isOneLine = !value.includes("\n");
    bytes[at++] = isOneLine ? EQUALS : LINE_FEED;
    const size = at;
    if (!isOneLine) at += VALUE_SIZE_BYTES;
    const end = this.#addText(at, value);
    if (!isOneLine) this.#view.setBigUint64(size, BigInt(end - at), true);
    bytes[end] = LINE_FEED;
    return end + 1;
  }

  /** Writes a text, which is mostly short and ASCII. Returns its end. */
  #addText(start: number, text: string): number {
    const { bytes } = this;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code > MAX_ASCII) return start + encoder.encodeInto(text, bytes.subarray(start)).written;
      bytes[start + i] = code;
    }
    return start + text.length;
  }

  /** Removes the records before an offset. Returns their number. */
  removeTo(offset: number): number {
    let removed = 0;
    while (this.start < offset) {
      this.start += SIZE_BYTES + this.#view.getUint32(this.start, true);
      removed++;
    }
    this.count -= removed;
    if (this.start === this.end) this.start = this.end = 0;
    return removed;
  }

  /** Makes room for `count` bytes after the end. */
  #reserve(count: number): void {
    if (this.end + count <= this.bytes.length) return;
    const { length } = this;
    if (length + count <= this.bytes.length / 2) {
      this.bytes.copyWithin(0, this.start, this.end);
    } else {
      const larger = new Uint8Array(Math.max(2 * this.bytes.length, length + count));
      larger.set(this.bytes.subarray(this.start, this.end));
      this.bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    this.start = 0;
    this.end = length;
  }
}

const encoder = new TextEncoder();
