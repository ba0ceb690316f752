/** From text to a C variable's bytes. */
import { type BtfTypes, Kind } from "../object/btf.ts";
import { PackageError } from "../errors.ts";

export interface Encoder {
  isBool: boolean;
  /** Writes the value that a text means. @throws PackageError where it means none, or one that does not fit. */
  set(text: string): void;
}

const WHOLE = /^[+-]?(\d+|0x[0-9a-f]+)$/i;
const REAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

function wholeOf(text: string, isSigned: boolean, bits: number): bigint {
  const least = isSigned ? -(1n << BigInt(bits - 1)) : 0n;
  const most = (1n << BigInt(isSigned ? bits - 1 : bits)) - 1n;
  const digits = text.replace(/^[+-]/, "");
  const value = !WHOLE.test(text) ? undefined : text.startsWith("-") ? -BigInt(digits) : BigInt(digits);
  if (value === undefined || value < least || value > most) {
    throw new PackageError(`expected a whole number from ${least} to ${most}`);
  }
  return value;
}

function setWhole(view: DataView, at: number, size: number, value: bigint): void {
  for (let i = 0; i < size; i++) view.setUint8(at + i, Number((value >> BigInt(8 * i)) & 0xffn));
}

/**
 * @param section the bytes of its data section, asked for when there is something to write.
 * @param at where it lies in there.
 * @throws PackageError for types that no text can set.
 */
export function encoderOf(btf: BtfTypes, typeId: number, section: () => DataView, at: number): Encoder {
  const id = btf.resolve(typeId);
  const { kind, size, name } = btf.type(id);
  const whole = (value: bigint) => setWhole(section(), at, size, value);
  const refused = (): Encoder => ({
    isBool: false,
    set: () => {
      throw new PackageError(`a variable of the type ${name || `number ${typeId}`} cannot be set from here`);
    },
  });
  if (kind === Kind.int) {
    const { isSigned, isBool } = btf.int(id);
    if (!isBool) return { isBool, set: (text) => whole(wholeOf(text, isSigned, 8 * size)) };
    return {
      isBool,
      set: (text) => {
        if (text !== "true" && text !== "false") throw new PackageError("expected true or false");
        whole(text === "true" ? 1n : 0n);
      },
    };
  }
  if (kind === Kind.enum || kind === Kind.enum64) {
    const values = btf.values(id);
    return {
      isBool: false,
      set: (text) =>
        whole(values.find((one) => one.name === text)?.value ?? wholeOf(text, btf.isSignedEnum(id), 8 * size)),
    };
  }
  if (kind === Kind.float && (size === 4 || size === 8)) {
    return {
      isBool: false,
      set: (text) => {
        if (!REAL.test(text)) throw new PackageError("expected a number");
        if (size === 4) section().setFloat32(at, Number(text), true);
        else section().setFloat64(at, Number(text), true);
      },
    };
  }
  if (kind !== Kind.array) return refused();
  const { elementId, length } = btf.array(id);
  const element = btf.type(btf.resolve(elementId));
  if (element.kind !== Kind.int || element.size !== 1) return refused();
  return {
    isBool: false,
    set: (text) => {
      const bytes = new TextEncoder().encode(text);
      if (bytes.length >= length) throw new PackageError(`${bytes.length} bytes; at most ${length - 1} fit`);
      const view = section();
      for (let i = 0; i < length; i++) view.setUint8(at + i, bytes[i] ?? 0);
    },
  };
}
