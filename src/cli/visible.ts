import { ByteWriter, bytesOf } from "../output/byte-writer.ts";
import { writePlain } from "../output/escape.ts";

const LONGEST = 400;

/** Somebody's words in a text of ours, in any language: harmless to a terminal, in one line, and not endless. */
export function harmless(text: string, longest = LONGEST): string {
  const out = new ByteWriter();
  const bytes = bytesOf(text.length > longest ? `${text.slice(0, longest - 3)}...` : text);
  writePlain(out, bytes, 0, bytes.length);
  return new TextDecoder().decode(out.bytes.subarray(0, out.length));
}

/** Somebody's words in a sentence of ours: harmless to a terminal, and no longer than a line. */
export function visible(text: string): string {
  const harmless = text.replace(/[^\x20-\x7e]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`);
  return harmless.length > 60 ? `${harmless.slice(0, 57)}...` : harmless;
}
