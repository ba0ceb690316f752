/** Writes JSON objects with known members; names, quotes and commas are encoded once. */
import { ByteWriter, bytesOf } from "../../text/byte-writer.ts";
import { writeJson } from "../../text/escape.ts";
import type { ValueWriter } from "./numbers.ts";

const scratch = new ByteWriter();

/** Returns a copy of the bytes that `write` writes. */
export function renderBytes(write: (out: ByteWriter) => void): Uint8Array {
  scratch.reset();
  write(scratch);
  return scratch.bytes.slice(0, scratch.length);
}

/** Returns a text as a JSON string. */
export function toJsonBytes(text: string): Uint8Array {
  const bytes = bytesOf(text);
  return renderBytes((out) => writeJson(out, bytes, 0, bytes.length));
}

export type Field = { name: string } & ({ constant: Uint8Array } | { write: ValueWriter });

/** Numbers members with equal names, such as anonymous ones, of which ecli shows only one. */
function unique(fields: readonly Field[]): Field[] {
  const taken = new Map<string, number>();
  return fields.map((field) => {
    const before = taken.get(field.name) ?? 0;
    taken.set(field.name, before + 1);
    return before ? { ...field, name: `${field.name}#${before + 1}` } : field;
  });
}

/**
 * Returns a writer of an object with its members in the order of their names' bytes, as serde_json.
 */
export function objectWriter(members: readonly Field[]): ValueWriter {
  const fields = unique(members).sort((a, b) => Buffer.compare(bytesOf(a.name), bytesOf(b.name)));
  const steps: { before: Uint8Array; write: ValueWriter }[] = [];
  let text: Uint8Array[] = [];
  fields.forEach((field, i) => {
    text.push(bytesOf(i ? "," : "{"), toJsonBytes(field.name), bytesOf(":"));
    if ("constant" in field) {
      text.push(field.constant);
    } else {
      steps.push({ before: Buffer.concat(text), write: field.write });
      text = [];
    }
  });
  if (!fields.length) text.push(bytesOf("{"));
  const after = Buffer.concat([...text, bytesOf("}")]);
  return (out, at) => {
    for (const { before, write } of steps) {
      out.put(before);
      write(out, at);
    }
    out.put(after);
  };
}
