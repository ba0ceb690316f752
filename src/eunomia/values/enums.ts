/** Values of enums by name. */
import { type ByteWriter, bytesOf } from "../../output/byte-writer.ts";
import { writePlain } from "../../output/escape.ts";
import type { BtfTypes } from "../object/btf.ts";
import { writeS64, writeU64 } from "./numbers.ts";
import { jsonOf, written } from "./objects.ts";

/** Writes the value with these halves, as it is when widened to 64 bits. */
export type EnumWriter = (out: ByteWriter, high: number, low: number) => void;

const UNKNOWN = "<UNKNOWN_VARIANT>(";

function plainOf(text: string): Uint8Array {
  const bytes = bytesOf(text);
  return written((out) => writePlain(out, bytes, 0, bytes.length));
}

/** `NAME(7)`, or `<UNKNOWN_VARIANT>(7)`, in JSON with quotes. @param id of an enum or enum64. */
export function enumWriter(btf: BtfTypes, id: number, isPlain: boolean): EnumWriter {
  const isSigned = btf.isSignedEnum(id);
  const byHigh = new Map<number, Map<number, Uint8Array>>();
  for (const { name, value } of btf.values(id)) {
    const high = Number(BigInt.asUintN(32, value >> 32n));
    const low = Number(BigInt.asUintN(32, value));
    const byLow = byHigh.get(high) ?? new Map<number, Uint8Array>();
    byHigh.set(high, byLow);
    // of several names the first, as ecli
    if (!byLow.has(low)) byLow.set(low, (isPlain ? plainOf : jsonOf)(`${name}(${value})`));
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
