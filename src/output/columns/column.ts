import type { Exit } from "../../exit/exit.ts";
import type { Text } from "../../exit/byte-slice.ts";
import type { ByteWriter } from "../byte-writer.ts";
import { Constant } from "../byte-writer.ts";
import { writeCsv } from "../csv-text.ts";
import { writeJson, writePlain } from "../escape.ts";
import { writeName } from "../shell.ts";

export type Writer = (out: ByteWriter, exit: Exit) => void;

/** What is collected together, or not at all. */
export type Group = "core" | "threads" | "killer" | "resources" | "command" | "place" | "namespace";

/** One value of CSV's, where a column has several. */
export interface Part {
  key: string;
  absent?(exit: Exit): boolean;
  csv: Writer;
}

/** One column of every format: the only place that knows its names, its width, and how its value is written. */
export interface Column {
  /** JSON's key and CSV's heading. */
  key: string;
  group: Group;
  help: string;
  /** The table's heading. */
  heading: string;
  /** The table's width, in characters; wider values push the rest of their line. */
  width: number;
  /** Numbers whose size is compared at a glance stand at the right. */
  right?: boolean;
  /** Not only ASCII: its bytes are not its width. */
  isText?: boolean;
  /** On a terminal a value that is wider is cut. */
  elastic?: boolean;
  /** The bare value, harmless to terminals and parsers; what stands around it is the format's. */
  write: Writer;
  /** Where it is true, JSON says null and the others nothing. */
  absent?(exit: Exit): boolean;
  /** JSON puts it in quotes. */
  quoted?: boolean;
  /** What a format writes instead, where its rules differ. */
  json?: Writer;
  csv?: Writer;
  table?: Writer;
  /** CSV has these instead. */
  parts?: readonly Part[];
}

const TRUE = new Constant("true");
const FALSE = new Constant("false");

export function writeBoolean(out: ByteWriter, value: boolean): void {
  out.constant(value ? TRUE : FALSE);
}

/** Text that a process chose, of at most 16 bytes, where `start` says in the record's bytes: each format has its own escapes. */
export function name(start: (exit: Exit) => number) {
  const write = (escape: typeof writePlain): Writer => {
    return (out, exit) => {
      const from = start(exit);
      escape(out, exit.record.bytes, from, exit.record.nameEnd(from));
    };
  };
  return { isText: true, ...forms(write) };
}

/** The same of any length. */
export function text(of: (exit: Exit) => Text) {
  const write = (escape: typeof writePlain): Writer => {
    return (out, exit) => {
      const { bytes, start, end } = of(exit);
      escape(out, bytes, start, end);
    };
  };
  return { isText: true, ...forms(write) };
}

/** Bytes that are nobody's but may hold anything, as a cgroup's path. */
export function bytes(of: (exit: Exit) => Uint8Array | null | undefined) {
  const write = (escape: typeof writePlain): Writer => {
    return (out, exit) => {
      const value = of(exit);
      if (value) escape(out, value, 0, value.length);
    };
  };
  return {
    isText: true,
    absent: (exit: Exit) => !of(exit),
    ...forms(write),
  };
}

/** Returns a writer for each format, for text that a process chose. */
function forms(write: (escape: typeof writePlain) => Writer) {
  return { write: write(writePlain), table: write(writeName), json: write(writeJson), csv: write(writeCsv) };
}
