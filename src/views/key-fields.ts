/** Writers of the parts of keys, for a table, JSON and CSV. */
import { COUNT, type Schema } from "../output/columns/column.ts";
import { writeShellWords } from "../output/columns.ts";
import { writeCsv, writeSafeCsv } from "../output/csv-text.ts";
import { writeName, writeShellWord } from "../output/shell.ts";
import { CLOSE_BRACKET, COMMA, OPEN_BRACKET, QUOTE } from "../text/ascii.ts";
import { ByteWriter, bytesOf } from "../text/byte-writer.ts";
import { writeJson } from "../text/escape.ts";
import { type KeyPart, u32At } from "./key-buffer.ts";

export type PartWriter = (out: ByteWriter, part: KeyPart) => void;

/** A member of JSON and a field of CSV. */
export interface KeyField {
  key: string;
  schema: Schema;
  /** Returns true if the field is null although the part has a value. */
  isAbsent?(part: KeyPart): boolean;
  json: PartWriter;
  csv: PartWriter;
}

const OPEN_PARENTHESIS = 0x28;
const CUT = bytesOf("...");
const SPACE_CUT = bytesOf(" ...");
const TRUE = bytesOf("true");
const FALSE = bytesOf("false");

/**
 * Writes a name or path in a table. One that begins with a parenthesis is quoted: rows such as
 * `(total)` begin so.
 */
export const writeKeyText: PartWriter = (out, part) => writeText(out, part.bytes, part.start, part.end, part.isCut);

export function writeText(out: ByteWriter, bytes: Uint8Array, start: number, end: number, isCut = false): void {
  if (bytes[start] === OPEN_PARENTHESIS && start < end) writeShellWord(out, bytes, start, end);
  else writeName(out, bytes, start, end);
  if (isCut) out.put(CUT);
}

/** Writes arguments, each of which ends with a NUL, as words for a shell. */
export const writeKeyArgs: PartWriter = (out, { bytes, start, end, isCut }) => {
  writeShellWords(out, bytes, start, end);
  if (isCut) out.put(SPACE_CUT);
};

/** Describes a field for the text of the part from an offset on. */
export function textField(key: string, offset = 0, isAbsent?: (part: KeyPart) => boolean): KeyField {
  return {
    key,
    schema: { type: "string" },
    ...(isAbsent && { isAbsent }),
    json: (out, { bytes, start, end, isCut }) => {
      writeJson(out, bytes, start + offset, end);
      if (!isCut) return;
      // within the quotes
      out.length--;
      out.put(CUT);
      out.byte(QUOTE);
    },
    csv: (out, { bytes, start, end }) => writeCsv(out, bytes, start + offset, end),
  };
}

/** Describes a field for the name of the value. */
export function labelField(key: string): KeyField {
  return {
    key,
    schema: { type: "string" },
    isAbsent: ({ label }) => label === null,
    json: (out, { label }) => writeJson(out, label!, 0, label!.length),
    csv: (out, { label }) => writeCsv(out, label!, 0, label!.length),
  };
}

/** Describes a field for a number, which the part begins with. */
export function numberField(key: string): KeyField {
  const write: PartWriter = (out, { bytes, start }) => out.integer(u32At(bytes, start));
  return { key, schema: COUNT, json: write, csv: write };
}

/** Describes a field for ASCII text that needs no escapes. */
export function wordField(
  key: string,
  schema: Schema,
  write: PartWriter,
  isAbsent?: (part: KeyPart) => boolean,
): KeyField {
  return {
    key,
    schema,
    ...(isAbsent && { isAbsent }),
    json: (out, part) => {
      out.reserve(0);
      out.byte(QUOTE);
      write(out, part);
      out.byte(QUOTE);
    },
    csv: write,
  };
}

const line = new ByteWriter();

/** The arguments, as the columns `args` and `args_truncated` have them. */
export const argsFields: readonly KeyField[] = [
  {
    key: "args",
    schema: { type: "array", items: { type: "string" } },
    json: writeArray,
    csv: (out, { bytes, start, end }) => {
      line.reset();
      writeShellWords(line, bytes, start, end);
      writeSafeCsv(out, line.bytes, 0, line.length);
    },
  },
  { key: "args_truncated", schema: { type: "boolean" }, json: writeCut, csv: writeCut },
];

function writeCut(out: ByteWriter, { isCut }: KeyPart): void {
  out.put(isCut ? TRUE : FALSE);
}

function writeArray(out: ByteWriter, { bytes, start, end }: KeyPart): void {
  out.reserve(0);
  out.byte(OPEN_BRACKET);
  for (let at = start; at < end;) {
    if (at > start) out.byte(COMMA);
    const nul = bytes.indexOf(0, at);
    const stop = nul < 0 || nul > end ? end : nul;
    writeJson(out, bytes, at, stop);
    at = stop + 1;
  }
  out.byte(CLOSE_BRACKET);
}
