/** Reads texts whose length a record bounds. */
import { COMM_LEN } from "../record/layout.ts";
import type { ByteWriter } from "../text/byte-writer.ts";
import { wrongValue } from "./broken-line.ts";
import type { JsonCursor } from "./json-cursor.ts";
import type { TextRange } from "./texts.ts";

/** The longest path that exitsnoop records has 48 names of 255 bytes. */
export const MAX_PATH_BYTES = 13 * 1024;
export const MAX_NAME_BYTES = 255;
const SLASH = 0x2f;

/** Reads an absolute path to a range of the texts. */
export function readPath(cursor: JsonCursor, texts: ByteWriter, range: TextRange): void {
  const start = texts.length;
  cursor.string(texts);
  const end = texts.length;
  if (texts.bytes[start] !== SLASH || end === start) throw wrongValue("is not a path");
  if (end - start > MAX_PATH_BYTES) throw wrongValue("is too long");
  range.set(start, end);
}

/** Reads a text that is at most as long as the name of a host. */
export function readShortText(cursor: JsonCursor, texts: ByteWriter, range: TextRange): void {
  const start = texts.length;
  cursor.string(texts);
  const end = texts.length;
  if (end - start > MAX_NAME_BYTES) throw wrongValue("is too long");
  // such a text is written as null
  if (start === end) throw wrongValue("is empty");
  range.set(start, end);
}

/** The first bytes of U+FFFD, which stands for an invalid byte of the name. */
const REPLACEMENT = [0xef, 0xbf, 0xbd];

/**
 * Reads the name of a process to a field of COMM_LEN bytes. A name with replaced characters can be
 * longer, and is cut.
 */
export function readComm(cursor: JsonCursor, texts: ByteWriter, to: Uint8Array, at: number): void {
  const start = texts.length;
  cursor.string(texts);
  const from = texts.bytes;
  let end = texts.length;
  if (end - start >= COMM_LEN) {
    const isReplaced = from
      .subarray(start, end)
      .some((_, i) => REPLACEMENT.every((byte, j) => from[start + i + j] === byte));
    if (!isReplaced) throw wrongValue("is longer than a name");
    end = start + COMM_LEN - 1;
    while ((from[end]! & 0xc0) === 0x80) end--;
  }
  const length = end - start;
  for (let i = 0; i < length; i++) to[at + i] = from[start + i]!;
  for (let i = length; i < COMM_LEN; i++) to[at + i] = 0;
}
