/** Writes values, given as text, into the bytes of C variables. */
import { PackageError } from "../errors.ts";
import { type BtfTypes, Kind } from "../object/btf.ts";

export interface Encoder {
  isBool: boolean;
  /**
   * Writes the value. @throws PackageError if the text is not a value of the type, or does not fit.
   */
  set(text: string): void;
}

type Setter = Encoder["set"];

const INTEGER = /^[+-]?(\d+|0x[0-9a-f]+)$/i;
const REAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

function parseInteger(text: string, isSigned: boolean, bits: number): bigint {
  const min = isSigned ? -(1n << BigInt(bits - 1)) : 0n;
  const max = (1n << BigInt(isSigned ? bits - 1 : bits)) - 1n;
  const digits = text.replace(/^[+-]/, "");
  const value = !INTEGER.test(text) ? undefined : text.startsWith("-") ? -BigInt(digits) : BigInt(digits);
  if (value === undefined || value < min || value > max) {
    throw new PackageError(`expected a whole number from ${min} to ${max}`);
  }
  return value;
}

function setInteger(view: DataView, at: number, size: number, value: bigint): void {
  for (let i = 0; i < size; i++) view.setUint8(at + i, Number((value >> BigInt(8 * i)) & 0xffn));
}

/**
 * Returns the encoder of a variable.
 * @param section returns the bytes of its data section; called when a value is written.
 * @param at the offset of the variable in the section.
 */
export function encoderOf(btf: BtfTypes, typeId: number, section: () => DataView, at: number): Encoder {
  const id = btf.resolve(typeId);
  const isBool = btf.type(id).kind === Kind.int && btf.int(id).isBool;
  const set = setterOf(btf, id, section, at);
  if (set) return { isBool, set };
  const name = btf.type(id).name || `number ${typeId}`;
  return {
    isBool,
    set: () => {
      throw new PackageError(`a variable of the type ${name} cannot be set on the command line`);
    },
  };
}

/** Returns undefined for types whose values cannot be given as text. */
function setterOf(btf: BtfTypes, id: number, section: () => DataView, at: number): Setter | undefined {
  const { kind, size } = btf.type(id);
  const setBytes = (value: bigint) => setInteger(section(), at, size, value);
  if (kind === Kind.int) {
    const { isSigned, isBool } = btf.int(id);
    if (!isBool) return (text) => setBytes(parseInteger(text, isSigned, 8 * size));
    return (text) => {
      if (text !== "true" && text !== "false") throw new PackageError("expected true or false");
      setBytes(text === "true" ? 1n : 0n);
    };
  }
  if (kind === Kind.enum || kind === Kind.enum64) {
    const values = btf.values(id);
    return (text) => {
      const named = values.find(({ name }) => name === text);
      setBytes(named?.value ?? parseInteger(text, btf.isSignedEnum(id), 8 * size));
    };
  }
  if (kind === Kind.float && (size === 4 || size === 8)) {
    return (text) => {
      if (!REAL.test(text)) throw new PackageError("expected a number");
      if (size === 4) section().setFloat32(at, Number(text), true);
      else section().setFloat64(at, Number(text), true);
    };
  }
  if (kind !== Kind.array) return undefined;
  const { elementId, length } = btf.array(id);
  const element = btf.type(btf.resolve(elementId));
  if (element.kind !== Kind.int || element.size !== 1) return undefined;
  return (text) => {
    const bytes = new TextEncoder().encode(text);
    if (bytes.length >= length) throw new PackageError(`${bytes.length} bytes; at most ${length - 1} fit`);
    const view = section();
    for (let i = 0; i < length; i++) view.setUint8(at + i, bytes[i] ?? 0);
  };
}
