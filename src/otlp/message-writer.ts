import { BinaryWriter } from "@bufbuild/protobuf/wire";
import { ByteWriter } from "../text/byte-writer.ts";

/** Integers up to here have at most 31 bits, which shifts keep. */
const MAX_INT32 = 2 ** 31 - 1;
const MAX_ASCII = 0x7f;
/** The most bytes of a varint. */
const VARINT_BYTES = 10;
/** A longer text may need more than one byte for its length. */
const MAX_SHORT = 127;

/**
 * Writes protobuf to a buffer that is used again. ASCII texts and small integers, which nearly all
 * values of events are, are written here; the library encodes the others.
 */
export class MessageWriter extends ByteWriter {
  readonly #library = new BinaryWriter();

  /** Appends many bytes: put() copies few faster. */
  append(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** Returns what was written, until the next reset(). */
  get written(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  /** Writes an integer from 0 to 2^53. */
  varint(value: number): void {
    this.reserve(VARINT_BYTES);
    let rest = value;
    for (; rest > MAX_INT32; rest = Math.floor(rest / 128)) this.byte((rest % 128) | 0x80);
    for (; rest > 0x7f; rest >>>= 7) this.byte((rest & 0x7f) | 0x80);
    this.byte(rest);
  }

  /** Writes an integer of 64 bits as a varint. */
  int64(value: number | bigint): void {
    if (typeof value === "number" && value >= 0) this.varint(value);
    else this.put(this.#library.int64(value).finish());
  }

  /** Writes an integer of 64 bits, given in decimal, as eight bytes. */
  fixed64(value: string): void {
    this.put(this.#library.fixed64(value).finish());
  }

  /** Writes a text after its length. */
  text(value: string): void {
    if (value.length > MAX_SHORT || !this.#shortAscii(value)) this.put(this.#library.string(value).finish());
  }

  /** Returns false, and writes nothing, if the text is not ASCII. */
  #shortAscii(value: string): boolean {
    this.reserve(value.length + 1);
    const { bytes } = this;
    let at = this.length;
    bytes[at++] = value.length;
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i);
      if (code > MAX_ASCII) return false;
      bytes[at++] = code;
    }
    this.length = at;
    return true;
  }

  /** Begins a nested message, of which endMessage() writes the length. Returns its start. */
  beginMessage(): number {
    this.reserve(1);
    return this.length++;
  }

  /** @param start what beginMessage() has returned. */
  endMessage(start: number): void {
    const length = this.length - start - 1;
    if (length <= MAX_SHORT) {
      this.bytes[start] = length;
      return;
    }
    const more = length < 2 ** 14 ? 1 : length < 2 ** 21 ? 2 : 3;
    this.reserve(more);
    this.bytes.copyWithin(start + 1 + more, start + 1, this.length);
    this.length = start;
    this.varint(length);
    this.length += length;
  }
}
