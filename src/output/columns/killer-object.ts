import type { Exit } from "../../exit/exit.ts";
import { CLOSE_BRACE, QUOTE } from "../../text/ascii.ts";
import { bytesOf, Literal } from "../../text/byte-writer.ts";
import { type Column, type Part, type Schema, schemaOf, type Writer } from "./column.ts";

const NULL = bytesOf("null");

/** A member of the object `killed_by`, which is a field of its own in CSV. */
export type Member = Omit<Part, "csv"> & Pick<Column, "isQuoted" | "write" | "csv" | "schema">;

/** Returns the fields of CSV. */
export const partsOf = (members: readonly Member[]): Part[] =>
  members.map(({ key, isAbsent, write, csv = write }) => ({ key: `killed_by_${key}`, isAbsent, csv }));

/** Returns a writer of the members as a JSON object. */
export function objectWriter(members: readonly Member[]): Writer {
  const keys = members.map(({ key }, i) => new Literal(`${i === 0 ? "{" : ","}"${key}":`));
  return (out, exit) => {
    out.reserve(0);
    for (let i = 0; i < members.length; i++) {
      const { isAbsent, isQuoted, write } = members[i]!;
      out.literal(keys[i]!);
      if (isAbsent!(exit)) {
        out.put(NULL);
      } else {
        if (isQuoted) out.byte(QUOTE);
        write(out, exit);
        if (isQuoted) out.byte(QUOTE);
      }
    }
    out.byte(CLOSE_BRACE);
  };
}

/**
 * Returns the JSON Schema of an object with members that are always there, and others.
 * @param isNull returns true if the whole object is null: within it, what that asks for is known.
 */
export function objectSchema(
  members: readonly Member[],
  others: readonly Member[],
  isNull: (exit: Exit) => boolean,
): Schema {
  return {
    type: "object",
    properties: Object.fromEntries(
      [...members, ...others].map(({ isAbsent, ...member }) => [
        member.key,
        schemaOf(isAbsent === isNull ? member : { ...member, isAbsent }),
      ]),
    ),
    required: members.map(({ key }) => key),
  };
}
