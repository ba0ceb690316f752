import type { Exit } from "../../exit/exit.ts";
import type { Identity } from "../../exit/origin.ts";
import { CLOSE_BRACE, MINUS, QUOTE } from "../../text/ascii.ts";
import { ByteWriter, Literal } from "../../text/byte-writer.ts";
import { writeJson } from "../../text/escape.ts";
import { writeSafeCsv } from "../csv-text.ts";
import { writeName } from "../shell.ts";
import type { Schema, Writer } from "./column.ts";

const PID = new Literal('{"pid":');
const COMM = new Literal(',"comm":');
const ID = new Literal(',"id":"');

/** The JSON Schema of another process: `{pid, comm, id}`. */
export const identitySchema: Schema = {
  type: "object",
  properties: {
    pid: { type: "integer", minimum: 0 },
    comm: { type: "string" },
    id: { type: "string" },
  },
  required: ["pid", "comm", "id"],
};

/**
 * Writes `PID-START`, which no other process of this boot has.
 * @param start the offset in the record of its start: a time since boot, ns.
 */
export function writeId(out: ByteWriter, exit: Exit, pid: number, start: number): void {
  out.integer(pid);
  out.byte(MINUS);
  out.nanoseconds(exit.number(start));
}

export function writeIdentityComm(out: ByteWriter, { record }: Exit, { comm }: Identity): void {
  writeName(out, record.bytes, comm, record.nameEnd(comm));
}

/** Writes an object of identitySchema. */
export function writeIdentity(out: ByteWriter, exit: Exit, { pid, comm, startTime }: Identity): void {
  const { record } = exit;
  out.reserve(0);
  out.literal(PID);
  out.integer(pid);
  out.literal(COMM);
  writeJson(out, record.bytes, comm, record.nameEnd(comm));
  out.literal(ID);
  writeId(out, exit, pid, startTime);
  out.byte(QUOTE);
  out.byte(CLOSE_BRACE);
}

/** Writes the names of the ancestors, the oldest first, with a sign between them. */
export function writeAncestorNames(out: ByteWriter, exit: Exit, sign: Uint8Array): void {
  const { origin } = exit;
  for (let i = origin.ancestorCount - 1; i >= 0; i--) {
    writeIdentityComm(out, exit, origin.ancestor(i));
    if (i > 0) out.put(sign);
  }
}

const text = new ByteWriter();

/** Returns a writer that puts JSON into a field of CSV. */
export function jsonInCsv(write: Writer): Writer {
  return (out, exit) => {
    text.reset();
    write(text, exit);
    writeSafeCsv(out, text.bytes, 0, text.length);
  };
}
