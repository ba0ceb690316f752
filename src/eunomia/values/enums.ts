/** Writes the values of enums by name. */
import { type ByteWriter, bytesOf } from "../../text/byte-writer.ts";
import { writePlain } from "../../text/escape.ts";
import type { BtfTypes } from "../object/btf.ts";
import { writeS64, writeU64 } from "./numbers.ts";
import { toJsonBytes, renderBytes } from "./objects.ts";

/** Writes the value with these halves, sign-extended to 64 bits. */
export type EnumWriter = (out: ByteWriter, high: number, low: number) => void;

const UNKNOWN = "<UNKNOWN_VARIANT>(";

function plainOf(text: string): Uint8Array {
  const bytes = bytesOf(text);
  return renderBytes((out) => writePlain(out, bytes, 0, bytes.length));
}

/**
 * Returns a writer of `NAME(7)`, or `<UNKNOWN_VARIANT>(7)` for other values; in JSON with quotes.
 * @param id an enum or enum64.
 */
export function enumWriter(btf: BtfTypes, id: number, isPlain: boolean): EnumWriter {
  const isSigned = btf.isSignedEnum(id);
  const byHigh = new Map<number, Map<number, Uint8Array>>();
  for (const { name, value } of btf.values(id)) {
    const high = Number(BigInt.asUintN(32, value >> 32n));
    const low = Number(BigInt.asUintN(32, value));
    const byLow = byHigh.get(high) ?? new Map<number, Uint8Array>();
    byHigh.set(high, byLow);
    // ecli shows the first of several names
    if (!byLow.has(low)) byLow.set(low, (isPlain ? plainOf : toJsonBytes)(`${name}(${value})`));
  }
  const before = bytesOf(isPlain ? UNKNOWN : `"${UNKNOWN}`);
  const after = bytesOf(isPlain ? ")" : ')"');
  return (out, high, low) => {
    const name = byHigh.get(high)?.get(low);
    if (name) return out.put(name);
    out.put(before);
    if (isSigned) writeS64(out, high, low);
    else writeU64(out, high, low);
    out.put(after);
  };
}
