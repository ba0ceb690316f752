import type { ByteSlice } from "../../exit/byte-slice.ts";
import type { Exit } from "../../exit/exit.ts";
import type { ByteWriter } from "../../text/byte-writer.ts";
import { Literal } from "../../text/byte-writer.ts";
import { writeJson, writePlain } from "../../text/escape.ts";
import { writeCsv } from "../csv-text.ts";
import { writeName } from "../shell.ts";

export type Writer = (out: ByteWriter, exit: Exit) => void;

/** The BPF program collects the columns of a group together, or not at all. */
export type Group =
  "core" | "threads" | "killer" | "resources" | "exec" | "cgroup" | "namespace" | "names" | "origin" | "crash";

/** The JSON Schema (draft 2020-12) of a value. */
export interface Schema {
  readonly type: unknown;
  readonly [keyword: string]: unknown;
}

export const COUNT: Schema = { type: "integer", minimum: 0 };
export const TIME: Schema = { type: "string", format: "date-time" };

/** A field of CSV, for a column that has several. */
export interface Part {
  key: string;
  isAbsent?(exit: Exit): boolean;
  csv: Writer;
}

/** A column of all formats. */
export interface Column {
  /** The key in JSON and the heading in CSV. */
  key: string;
  group: Group;
  help: string;
  /** The heading in the table, which --columns takes as well. */
  heading: string;
  /** Further names that --columns takes, in lower case. */
  aliases?: readonly string[];
  /** The width in the table, in characters. */
  width: number;
  isRightAligned?: boolean;
  /** The value may have other characters than ASCII, so that its bytes are not its width. */
  isText?: boolean;
  /** The table truncates wider values if it is written to a terminal. */
  canTruncate?: boolean;
  /** Writes the value, safe for terminals and parsers, without quotes or padding. */
  write: Writer;
  /** Returns true if there is no value: JSON has null, the other formats nothing. */
  isAbsent?(exit: Exit): boolean;
  /** `table` writes something even if isAbsent() returns true. */
  hasTableFallback?: boolean;
  /** JSON puts the value in quotes. */
  isQuoted?: boolean;
  /** The schema of the value in JSON; by default a quoted string or a whole number from 0. */
  schema?: Schema | (() => Schema);
  /** Writers that replace `write` in a format. */
  json?: Writer;
  csv?: Writer;
  table?: Writer;
  /** The fields that replace the column in CSV. */
  parts?: readonly Part[];
  /** Replaces these if FormatOptions.showSender is set. */
  full?: Pick<Column, "json" | "parts">;
}

/** Returns the JSON Schema of a value, which may be null if it may be absent. */
export function schemaOf({ schema, isQuoted, isAbsent }: Pick<Column, "schema" | "isQuoted" | "isAbsent">): Schema {
  const own = typeof schema === "function" ? schema() : schema;
  const present = own ?? (isQuoted ? { type: "string" } : COUNT);
  return isAbsent ? orNull(present) : present;
}

/** Returns the schema of a value that may be null. */
export function orNull({ type, enum: words, ...rest }: Schema): Schema {
  return { type: [type, "null"], ...(Array.isArray(words) && { enum: [...words, null] }), ...rest };
}

const TRUE = new Literal("true");
const FALSE = new Literal("false");

export function writeBoolean(out: ByteWriter, value: boolean): void {
  out.literal(value ? TRUE : FALSE);
}

/** Describes a column for a name of at most 16 bytes that begins at `start` in the batch. */
export function name(start: (exit: Exit) => number) {
  return writers((escape) => (out, exit) => {
    const from = start(exit);
    escape(out, exit.record.bytes, from, exit.record.nameEnd(from));
  });
}

/** Describes a column for a text of any length. */
export function text(of: (exit: Exit) => ByteSlice) {
  return writers((escape) => (out, exit) => {
    const { bytes, start, end } = of(exit);
    escape(out, bytes, start, end);
  });
}

/** Describes a column for bytes that may be absent, such as a cgroup's path. */
export function bytes(of: (exit: Exit) => Uint8Array | null | undefined) {
  const all = writers((escape) => (out, exit) => {
    const value = of(exit);
    if (value) escape(out, value, 0, value.length);
  });
  return { ...all, isAbsent: (exit: Exit) => !of(exit) };
}

/** Returns the writers of all formats, each with its own escapes. */
function writers(write: (escape: typeof writePlain) => Writer) {
  return {
    isText: true,
    schema: { type: "string" },
    write: write(writePlain),
    table: write(writeName),
    json: write(writeJson),
    csv: write(writeCsv),
  };
}
