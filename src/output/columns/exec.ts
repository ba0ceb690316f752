import type { ByteSlice } from "../../exit/byte-slice.ts";
import type { Exit } from "../../exit/exit.ts";
import { DELETED } from "../../exit/join-path.ts";
import { ExitFlag } from "../../record/layout.ts";
import { CLOSE_BRACKET, COMMA, OPEN_BRACKET, SPACE } from "../../text/ascii.ts";
import { ByteWriter, bytesOf } from "../../text/byte-writer.ts";
import { writeJson } from "../../text/escape.ts";
import { startOfCharacter } from "../../text/utf8.ts";
import { endOfArgs } from "../bounds.ts";
import { writeSafeCsv } from "../csv-text.ts";
import { writeName, writeShellArgument } from "../shell.ts";
import { type Column, text, writeBoolean, type Writer } from "./column.ts";

const CUT = bytesOf(" ...");

const areUnknown = (exit: Exit) => !exit.has(ExitFlag.argsKnown);

/** Returns the end of the argument at `at`: its NUL, or `end` if it was truncated. */
function endOfArg(bytes: Uint8Array, at: number, end: number): number {
  let stop = at;
  while (stop < end && bytes[stop] !== 0) stop++;
  return stop;
}

/** Returns true if the process had more arguments than the BPF program sent or a line takes. */
function areTruncated(exit: Exit): boolean {
  const { bytes, start, end } = exit.args;
  return exit.has(ExitFlag.argsTruncated) || endOfArgs(bytes, start, end) < end;
}

/** Writes a JSON array. */
const writeArray: Writer = (out, { args: { bytes, start, end: last } }) => {
  const end = endOfArgs(bytes, start, last);
  out.byte(OPEN_BRACKET);
  for (let at = start; at < end;) {
    if (at > start) out.byte(COMMA);
    const stop = endOfArg(bytes, at, end);
    writeJson(out, bytes, at, stop);
    at = stop + 1;
  }
  out.byte(CLOSE_BRACKET);
};

/** Writes words for a shell. */
function writeLine(out: ByteWriter, bytes: Uint8Array, start: number, end: number): void {
  for (let at = start; at < end;) {
    if (at > start) out.byte(SPACE);
    at = writeShellArgument(out, bytes, at, end) + 1;
  }
}

const writeWords: Writer = (out, { args: { bytes, start, end } }) =>
  writeLine(out, bytes, start, endOfArgs(bytes, start, end));

const line = new ByteWriter();
const writeCsvWords: Writer = (out, exit) => {
  line.reset();
  writeWords(line, exit);
  writeSafeCsv(out, line.bytes, 0, line.length);
};

/** Returns the end without empty arguments: setproctitle() overwrites the arguments with NULs. */
function withoutEmptyEnd(bytes: Uint8Array, start: number, end: number): number {
  let last = end;
  while (last > start + 1 && bytes[last - 1] === 0 && bytes[last - 2] === 0) last--;
  return last;
}

/** Writes arguments, each ended by a NUL, as words for a shell; without empty ones at the end. */
export function writeShellWords(out: ByteWriter, bytes: Uint8Array, start: number, end: number): void {
  writeLine(out, bytes, start, withoutEmptyEnd(bytes, start, end));
}

const writeTableWords: Writer = (out, exit) => writeTableArgs(out, exit, exit.args);

/** Writes the arguments as the table shows them. @param args those of the exit, or unredacted. */
export function writeTableArgs(out: ByteWriter, exit: Exit, { bytes, start, end }: ByteSlice): void {
  const last = endOfArgs(bytes, start, end);
  writeLine(out, bytes, start, withoutEmptyEnd(bytes, start, last));
  if (exit.has(ExitFlag.argsTruncated) || last < end) out.put(CUT);
}

/**
 * Writes the arguments as a shell shows them, or the name of the main thread if there are none.
 * @param maxBytes bounds the arguments that are read; what is beyond is shown as cut.
 */
export function writeCommand(out: ByteWriter, exit: Exit, maxBytes: number): void {
  const { record } = exit;
  const { bytes, start, end } = exit.args;
  const limit = end - start > maxBytes ? startOfCharacter(bytes, start + maxBytes) : endOfArgs(bytes, start, end);
  const last = withoutEmptyEnd(bytes, start, limit);
  // no arguments, or only empty ones
  if (areUnknown(exit) || last === start || (last === start + 1 && bytes[start] === 0)) {
    writeName(out, record.bytes, record.comm, record.nameEnd(record.comm));
    return;
  }
  writeLine(out, bytes, start, last);
  if (limit < end || exit.has(ExitFlag.argsTruncated)) out.put(CUT);
}

/** The functions that write a command, for withoutFtl(). */
export const commandParts = [writeCommand, withoutEmptyEnd, writeLine, writeShellArgument, endOfArgs];

/** Writes the path as a name, and the suffix " (deleted)" after its quotes. */
const writeTableExe: Writer = (out, exit) => {
  const { bytes, start, end } = exit.exe;
  const isDeleted = exit.has(ExitFlag.exeDeleted);
  writeName(out, bytes, start, isDeleted ? end - DELETED.length : end);
  if (isDeleted) out.put(DELETED);
};

const isExeUnknown = (exit: Exit) => !exit.has(ExitFlag.exeKnown);

/** The arguments and the executable of the process. */
export const exec = [
  {
    key: "args",
    group: "exec",
    help: "the arguments of its last exec, as /proc/PID/cmdline has them",
    heading: "ARGS",
    width: 40,
    aliases: ["command"],
    isText: true,
    canTruncate: true,
    schema: { type: "array", items: { type: "string" } },
    isAbsent: areUnknown,
    write: writeWords,
    json: writeArray,
    csv: writeCsvWords,
    table: writeTableWords,
  },
  {
    key: "args_truncated",
    group: "exec",
    help: "whether any of them are missing",
    heading: "ARGS_CUT",
    width: 8,
    schema: { type: "boolean" },
    write: (out, exit) => writeBoolean(out, areTruncated(exit) || areUnknown(exit)),
  },
  {
    key: "exe",
    group: "exec",
    help: "the path of its executable, as /proc/PID/exe has it",
    heading: "EXE",
    width: 24,
    canTruncate: true,
    isAbsent: isExeUnknown,
    ...text((exit) => exit.exe),
    table: writeTableExe,
  },
] as const satisfies readonly Column[];
