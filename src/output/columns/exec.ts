import type { Exit } from "../../exit/exit.ts";
import { ExitFlag } from "../../record/layout.ts";
import { endOfArgs } from "../bounds.ts";
import { ByteWriter, bytesOf } from "../byte-writer.ts";
import { writeCsvLine } from "../csv-text.ts";
import { writeJson } from "../escape.ts";
import { COMMA, SPACE } from "../format.ts";
import { writeName, writeShellWord } from "../shell.ts";
import { type Column, text, writeBoolean, type Writer } from "./column.ts";

const CUT = bytesOf(" ...");

const areUnknown = (exit: Exit) => !exit.has(ExitFlag.argsKnown);

/** Where the argument that begins at `at` ends: at its NUL, or, where it was cut, at the end. */
function endOf(bytes: Uint8Array, at: number, end: number): number {
  let stop = at;
  while (stop < end && bytes[stop] !== 0) stop++;
  return stop;
}

/**
 * Returns true if some arguments are not shown: the process had more than the kernel sent, or than
 * a line takes.
 */
function areCut(exit: Exit): boolean {
  const { bytes, start, end } = exit.args;
  return exit.has(ExitFlag.argsTruncated) || endOfArgs(bytes, start, end) < end;
}

const writeArray: Writer = (out, { args: { bytes, start, end: last } }) => {
  const end = endOfArgs(bytes, start, last);
  out.byte(0x5b);
  for (let at = start; at < end;) {
    if (at > start) out.byte(COMMA);
    const stop = endOf(bytes, at, end);
    writeJson(out, bytes, at, stop);
    at = stop + 1;
  }
  out.byte(0x5d);
};

function writeLine(out: ByteWriter, bytes: Uint8Array, start: number, end: number): void {
  for (let at = start; at < end;) {
    if (at > start) out.byte(SPACE);
    const stop = endOf(bytes, at, end);
    writeShellWord(out, bytes, at, stop);
    at = stop + 1;
  }
}

/** As one would type them. */
const writeWords: Writer = (out, { args: { bytes, start, end } }) =>
  writeLine(out, bytes, start, endOfArgs(bytes, start, end));

const line = new ByteWriter();
const writeCsvWords: Writer = (out, exit) => {
  line.reset();
  writeWords(line, exit);
  writeCsvLine(out, line.bytes, 0, line.length);
};

/** A title that was written over the arguments may leave a tail of empty ones, which tell nobody anything. */
const writeTableWords: Writer = (out, exit) => {
  const { bytes, start, end } = exit.args;
  let last = endOfArgs(bytes, start, end);
  while (last > start + 1 && bytes[last - 1] === 0 && bytes[last - 2] === 0) last--;
  writeLine(out, bytes, start, last);
  if (areCut(exit)) out.put(CUT);
};

const DELETED = bytesOf(" (deleted)");

/** Writes the path as a name, and the suffix that exitsnoop adds outside of its quotes. */
const writeTableExe: Writer = (out, exit) => {
  const { bytes, start, end } = exit.exe;
  const isDeleted = exit.has(ExitFlag.exeDeleted);
  writeName(out, bytes, start, isDeleted ? end - DELETED.length : end);
  if (isDeleted) out.put(DELETED);
};

const isExeUnknown = (exit: Exit) => !exit.has(ExitFlag.exeKnown);

/** What it was. */
export const command = [
  {
    key: "args",
    group: "command",
    help: "the arguments of its last exec, as /proc/PID/cmdline has them",
    heading: "ARGS",
    width: 40,
    isText: true,
    elastic: true,
    absent: areUnknown,
    write: writeWords,
    json: writeArray,
    csv: writeCsvWords,
    table: writeTableWords,
  },
  {
    key: "args_truncated",
    group: "command",
    help: "whether any of them are missing",
    heading: "ARGS_CUT",
    width: 8,
    write: (out, exit) => writeBoolean(out, areCut(exit) || areUnknown(exit)),
  },
  {
    key: "exe",
    group: "command",
    help: "the path of its executable, as /proc/PID/exe has it",
    heading: "EXE",
    width: 24,
    elastic: true,
    absent: isExeUnknown,
    ...text((exit) => exit.exe),
    table: writeTableExe,
  },
] as const satisfies readonly Column[];
