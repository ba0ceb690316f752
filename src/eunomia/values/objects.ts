/** JSON objects with known members: their names, quotes and commas are made once. */
import { ByteWriter, bytesOf } from "../../output/byte-writer.ts";
import { writeJson } from "../../output/escape.ts";
import type { ValueWriter } from "./numbers.ts";

const scratch = new ByteWriter();

/** What such a writer writes, to be kept. */
export function written(write: (out: ByteWriter) => void): Uint8Array {
  scratch.reset();
  write(scratch);
  return scratch.bytes.slice(0, scratch.length);
}

/** A text as a JSON string. */
export function jsonOf(text: string): Uint8Array {
  const bytes = bytesOf(text);
  return written((out) => writeJson(out, bytes, 0, bytes.length));
}

export type Field = { name: string } & ({ constant: Uint8Array } | { write: ValueWriter });

/** C lets several members go without a name; ecli keeps one of them. */
function unique(fields: readonly Field[]): Field[] {
  const taken = new Map<string, number>();
  return fields.map((field) => {
    const before = taken.get(field.name) ?? 0;
    taken.set(field.name, before + 1);
    return before ? { ...field, name: `${field.name}#${before + 1}` } : field;
  });
}

/** In the alphabetical order of their names' bytes, as serde_json's map has them. */
export function objectWriter(given: readonly Field[]): ValueWriter {
  const fields = unique(given).sort((a, b) => Buffer.compare(bytesOf(a.name), bytesOf(b.name)));
  const steps: { before: Uint8Array; write: ValueWriter }[] = [];
  let text: Uint8Array[] = [];
  fields.forEach((field, i) => {
    text.push(bytesOf(i ? "," : "{"), jsonOf(field.name), bytesOf(":"));
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
