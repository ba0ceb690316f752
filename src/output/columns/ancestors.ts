import type { Exit } from "../../exit/exit.ts";
import { IDENTITY_BYTES, MAX_ANCESTORS } from "../../record/layout.ts";
import { CLOSE_BRACKET, COMMA, OPEN_BRACKET } from "../../text/ascii.ts";
import { type ByteWriter, Literal } from "../../text/byte-writer.ts";
import type { Writer } from "./column.ts";
import { writeIdentity } from "./identity.ts";

const ANCESTOR_WORDS = IDENTITY_BYTES / 4;
/** A power of two. */
const ARRAYS = 8;
const MAX_ARRAY_BYTES = 4096;

/** An array that was written, with the words of the record that it stands for. */
class WrittenArray {
  readonly #words = new Uint32Array(MAX_ANCESTORS * ANCESTOR_WORDS);
  #count = -1;
  readonly text = new Literal("", MAX_ARRAY_BYTES);

  isOf({ origin }: Exit): boolean {
    const words = this.#words;
    const count = this.#count;
    if (origin.ancestorCount !== count) return false;
    for (let i = 0; i < count * ANCESTOR_WORDS; i++) if (origin.ancestorWord(i) !== words[i]) return false;
    return true;
  }

  /** Keeps what was written from `start` on, if it fits. */
  keep({ origin }: Exit, out: ByteWriter, start: number): void {
    const count = origin.ancestorCount;
    this.#count = -1;
    if (out.length - start > MAX_ARRAY_BYTES || count > MAX_ANCESTORS) return;
    for (let i = 0; i < count * ANCESTOR_WORDS; i++) this.#words[i] = origin.ancestorWord(i);
    this.text.replace(out.bytes, start, out.length);
    this.#count = count;
  }
}

/**
 * The arrays that were written last, by the parent's pid. Siblings have the same ancestors, and to
 * write the array anew takes a third of the time of a line with all columns.
 */
const written = Array.from({ length: ARRAYS }, () => new WrittenArray());

/** Writes the ancestors as a JSON array, the parent first. */
export const writeAncestors: Writer = (out, exit) => {
  const { origin } = exit;
  const count = origin.ancestorCount;
  const parent = count > 0 ? origin.ancestor(0).pid : 0;
  const known = written[parent & (ARRAYS - 1)]!;
  if (known.isOf(exit)) {
    out.reserve(known.text.length);
    return out.literal(known.text);
  }
  const start = out.length;
  out.byte(OPEN_BRACKET);
  for (let i = 0; i < count; i++) {
    if (i > 0) out.byte(COMMA);
    writeIdentity(out, exit, origin.ancestor(i));
  }
  out.byte(CLOSE_BRACKET);
  known.keep(exit, out, start);
};
