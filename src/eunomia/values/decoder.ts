/**
 * Builds functions that write values of an object's types as ecli prints them: as JSON with the
 * members of structs in alphabetical order. The types are resolved once, not for each event.
 */
import { withoutFtl } from "../../output/ftl.ts";
import { CLOSE_BRACKET, COMMA, OPEN_BRACKET, QUOTE } from "../../text/ascii.ts";
import { bytesOf } from "../../text/byte-writer.ts";
import { writeJson, writePlain } from "../../text/escape.ts";
import { PackageError } from "../errors.ts";
import { type BtfTypes, Kind, type Member } from "../object/btf.ts";
import { BitField } from "./bit-field.ts";
import { type EnumWriter, enumWriter } from "./enums.ts";
import { floatWriter, integerWriter, type ValueWriter, writeS64, writeU64 } from "./numbers.ts";
import { toJsonBytes, objectWriter } from "./objects.ts";
import { ValueCounts } from "./value-counts.ts";

const TRUE = bytesOf("true");
const FALSE = bytesOf("false");
/** The largest event that is printed. */
export const MAX_VALUE_BYTES = 1024 * 1024;
/** The kinds of types that have values. */
const VALUE_KINDS: readonly number[] = [
  ...[Kind.int, Kind.ptr, Kind.array, Kind.struct, Kind.union, Kind.enum, Kind.enum64, Kind.float],
];
/** Numbers, texts and names in one event: see value-counts.ts. */
const MAX_VALUES = 256 * 1024;

export interface Bytes {
  bytes: Uint8Array;
  view: DataView;
}

export class Decoder {
  #counts: ValueCounts;
  /** The writers by type id. */
  #writers = new Map<number, ValueWriter>();
  #enums = new Map<string, EnumWriter>();

  constructor(
    readonly btf: BtfTypes,
    readonly from: Bytes,
  ) {
    this.#counts = new ValueCounts(btf);
  }

  /** Returns the size of a value, bytes. @throws PackageError if it has none or is too large. */
  sizeOf(typeId: number): number {
    const size = this.btf.sizeOf(typeId);
    const { kind, name } = this.btf.type(this.btf.resolve(typeId));
    if (size > MAX_VALUE_BYTES)
      throw new PackageError(`${name || "a type"} has ${size} bytes; at most 1 MB is printed`);
    if (!VALUE_KINDS.includes(kind)) {
      throw new PackageError(`type ${typeId}${name ? ` (${name})` : ""} cannot be printed: it has no size`);
    }
    if (this.#counts.of(typeId) > MAX_VALUES) {
      throw new PackageError(`${name || "a type"} has more than ${MAX_VALUES} values`);
    }
    return size;
  }

  /** Returns a writer of values as JSON. @throws PackageError as sizeOf() does. */
  json(typeId: number): ValueWriter {
    this.sizeOf(typeId);
    const id = this.btf.resolve(typeId);
    const known = this.#writers.get(id);
    if (known) return known;
    const writer = this.#make(id);
    this.#writers.set(id, writer);
    return writer;
  }

  #make(id: number): ValueWriter {
    const { kind, size } = this.btf.type(id);
    switch (kind) {
      case Kind.int:
        return this.#int(id, size);
      case Kind.ptr:
        return integerWriter(this.from.view, 8, false)!;
      case Kind.enum:
      case Kind.enum64:
        return this.#enum(id, false);
      case Kind.float:
        return floatWriter(this.from.view, size) ?? this.#hex(size);
      case Kind.array:
        return this.#isString(id) ? this.#string(id, writeJson) : this.#array(id);
      default:
        return this.#struct(id);
    }
  }

  /** Returns a writer of values in a table: text, enums and 128-bit integers without quotes. */
  plain(typeId: number): ValueWriter {
    const { btf } = this;
    const id = btf.resolve(typeId);
    const { kind, size } = btf.type(id);
    if (kind === Kind.array && this.#isString(id)) return this.#string(id, writePlain);
    if (kind === Kind.enum || kind === Kind.enum64) return this.#enum(id, true);
    if (kind === Kind.int && size === 16) return integerWriter(this.from.view, size, btf.int(id).isSigned)!;
    return this.json(typeId);
  }

  /**
   * Returns a writer of a member, which takes the offset of the struct.
   * @param structBytes the size of the struct; the member must lie within it.
   */
  member({ name, typeId, bitOffset, bitSize }: Member, isPlain: boolean, structBytes: number): ValueWriter {
    const isOutside = bitSize
      ? bitOffset + bitSize > structBytes * 8
      : bitOffset % 8 !== 0 || bitOffset / 8 + this.sizeOf(typeId) > structBytes;
    if (isOutside) throw new PackageError(`${name || "a member"} is outside its struct`);
    if (bitSize) return this.#bitField(typeId, bitOffset, bitSize, isPlain);
    const write = withoutFtl(isPlain ? this.plain(typeId) : this.json(typeId));
    const offset = bitOffset / 8;
    return offset ? withoutFtl((out, at) => write(out, at + offset)) : write;
  }

  #int(id: number, size: number): ValueWriter {
    const { view } = this.from;
    const { isSigned, isBool } = this.btf.int(id);
    if (isBool) return (out, at) => out.put(view.getUint8(at) ? TRUE : FALSE);
    const write = integerWriter(view, size, isSigned);
    if (!write) return this.#hex(size);
    // JSON readers do not accept numbers of 128 bits
    return size === 16 ? this.#quoted(write) : write;
  }

  #quoted(write: ValueWriter): ValueWriter {
    return (out, at) => {
      out.byte(QUOTE);
      write(out, at);
      out.reserve(1);
      out.byte(QUOTE);
    };
  }

  /** Returns a writer of the raw bytes, for types without another form. */
  #hex(size: number): ValueWriter {
    const { bytes } = this.from;
    return (out, at) => {
      out.reserve(2 * size + 2);
      out.byte(QUOTE);
      for (let i = at; i < at + size; i++) out.hex(bytes[i]!, 2);
      out.byte(QUOTE);
    };
  }

  /** Returns true for an array of `char`; arrays of a typedef of char are numbers. */
  #isString(id: number): boolean {
    const { kind, name } = this.btf.type(this.btf.array(id).elementId);
    return kind === Kind.int && name === "char";
  }

  #string(id: number, escape: typeof writeJson): ValueWriter {
    const { bytes } = this.from;
    const { length } = this.btf.array(id);
    return (out, at) => {
      let end = at;
      while (end < at + length && bytes[end] !== 0) end++;
      escape(out, bytes, at, end);
    };
  }

  #array(id: number): ValueWriter {
    const { elementId, length } = this.btf.array(id);
    const size = this.sizeOf(elementId);
    // else a small package could print an endless line
    if (size === 0 && length > 0) throw new PackageError("it has an array whose elements have no size");
    const write = this.json(elementId);
    return (out, at) => {
      out.reserve(1);
      out.byte(OPEN_BRACKET);
      for (let i = 0; i < length; i++) {
        out.reserve(1);
        if (i > 0) out.byte(COMMA);
        write(out, at + i * size);
      }
      out.reserve(1);
      out.byte(CLOSE_BRACKET);
    };
  }

  #struct(id: number): ValueWriter {
    const { name, kind, size } = this.btf.type(id);
    const isUnion = kind === Kind.union;
    return objectWriter([
      { name: "__EUNOMIA_TYPE", constant: toJsonBytes(isUnion ? "union" : "struct") },
      { name: "__EUNOMIA_TYPE_NAME", constant: toJsonBytes(name) },
      ...this.btf.members(id).map((member) => ({ name: member.name, write: this.member(member, false, size) })),
    ]);
  }

  #enum(id: number, isPlain: boolean): ValueWriter {
    const { size } = this.btf.type(id);
    if (![1, 2, 4, 8].includes(size))
      throw new PackageError(`it has an enum of ${size} bytes; 1, 2, 4 or 8 are possible`);
    return this.#bitField(id, 0, 8 * size, isPlain);
  }

  #names(id: number, isPlain: boolean): EnumWriter {
    const key = `${id} ${isPlain}`;
    const names = this.#enums.get(key) ?? enumWriter(this.btf, id, isPlain);
    this.#enums.set(key, names);
    return names;
  }

  #bitField(typeId: number, bitOffset: number, bitSize: number, isPlain: boolean): ValueWriter {
    const id = this.btf.resolve(typeId);
    const { kind } = this.btf.type(id);
    const isEnum = kind === Kind.enum || kind === Kind.enum64;
    if ((!isEnum && kind !== Kind.int) || bitSize > 64) throw new PackageError("it has a malformed bit-field");
    const isSigned = isEnum ? this.btf.isSignedEnum(id) : this.btf.int(id).isSigned;
    const field = new BitField(this.from.view, bitOffset, bitSize, isSigned);
    if (isEnum) {
      const named = this.#names(id, isPlain);
      return (out, at) => {
        field.read(at);
        named(out, field.high, field.low);
      };
    }
    if (this.btf.int(id).isBool) return (out, at) => out.put(field.read(at).low ? TRUE : FALSE);
    const write = isSigned ? writeS64 : writeU64;
    return (out, at) => {
      field.read(at);
      write(out, field.high, field.low);
    };
  }
}
