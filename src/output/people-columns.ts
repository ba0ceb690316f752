import { COMM_LEN } from "../record/layout.ts";
import { CLOSE_BRACKET, OPEN_BRACKET } from "../text/ascii.ts";
import { type Column, type ColumnKey, pick, type Writer } from "./columns.ts";
import { withoutFtl } from "./ftl.ts";
import { writeTerminatedName } from "./shell.ts";
import { writeShortDuration } from "./units.ts";

/** Writes the parent of a process: `bash[4242]`. */
export const writeParent: Writer = withoutFtl((out, { record }) => {
  writeTerminatedName(out, record.bytes, record.parentComm, record.parentComm + COMM_LEN);
  // no process has the parent 0, except in a recording without it
  if (record.ppid === 0) return;
  out.byte(OPEN_BRACKET);
  out.integer(record.ppid);
  out.byte(CLOSE_BRACKET);
});

/** Writes how long a process lived: `5.2ms`, `3m12s`. */
export const writeLifetime: Writer = withoutFtl((out, { duration }) => writeShortDuration(out, duration));

/** The columns that have another form in the table for people. */
const forms: Partial<Record<ColumnKey, Partial<Column>>> = {
  parent_comm: { width: 22, table: writeParent },
  duration_ns: { heading: "DURATION", width: 8, table: writeLifetime },
};

/** Returns columns in the form that they have in the table for people. */
export function pickForPeople(keys: readonly ColumnKey[]): Column[] {
  return pick(keys).map((column) => ({ ...column, ...forms[column.key as ColumnKey] }));
}
