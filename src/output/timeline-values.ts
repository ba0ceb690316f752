/** The values of an exit in a timeline: those of JSON, with the arguments as one bounded line. */
import type { Exit } from "../exit/exit.ts";
import { QUOTE } from "../text/ascii.ts";
import { ByteWriter, Literal } from "../text/byte-writer.ts";
import { writeJson } from "../text/escape.ts";
import { type Column, pickFor, writeCommand, type Writer } from "./columns.ts";
import type { FormatOptions } from "./format.ts";
import { absentIfLacking, lacking } from "./lacking.ts";

/** Bounds the bytes of arguments that a row reads: 100,000 processes must fit into a page. */
const MAX_COMMAND_BYTES = 1024;

/** A value with the key that it has in JSON; the column `args` becomes `command`. */
interface TimelineValue {
  readonly key: string;
  readonly isAbsent: ((exit: Exit) => boolean) | undefined;
  readonly isQuoted: boolean;
  readonly write: Writer;
}

const NULL = new Literal("null");
const line = new ByteWriter();

/** Returns a writer of the arguments as a shell shows them, or of the name, as a JSON string. */
export function commandWriter(maxBytes: number): Writer {
  return (out, exit) => {
    line.reset();
    writeCommand(line, exit, maxBytes);
    writeJson(out, line.bytes, 0, line.length);
  };
}

const command: TimelineValue = {
  key: "command",
  isAbsent: undefined,
  isQuoted: false,
  write: commandWriter(MAX_COMMAND_BYTES),
};

/** Returns the values of the columns that are shown. */
export function timelineValues(options: FormatOptions): TimelineValue[] {
  return absentIfLacking(pickFor(options), options).map((column: Column) =>
    column.key === "args"
      ? command
      : {
          key: column.key,
          isAbsent: column.isAbsent?.bind(column),
          isQuoted: column.isQuoted ?? false,
          write: column.json ?? column.write,
        },
  );
}

/** Writes a value as JSON, or null. */
export function writeValue(out: ByteWriter, exit: Exit, { isAbsent, isQuoted, write }: TimelineValue): void {
  out.reserve(0);
  if (isAbsent?.(exit)) return out.literal(NULL);
  if (isQuoted) out.byte(QUOTE);
  write(out, exit);
  if (isQuoted) out.byte(QUOTE);
}

/**
 * Returns a function that says whether an exit has no place in a timeline: a recording may lack
 * its time, lifetime or pid.
 */
export function placeless(options: FormatOptions): (exit: Exit) => boolean {
  const lacks = (["time", "duration_ns", "pid"] as const).map((key) => lacking(options, key));
  return (exit) => lacks[0]!(exit) || lacks[1]!(exit) || lacks[2]!(exit);
}
