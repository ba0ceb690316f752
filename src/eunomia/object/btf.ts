/**
 * An object's types (include/uapi/linux/btf.h; Documentation/bpf/btf.rst), read from the raw section and checked before anybody
 * else sees them: libbpf follows chains of typedefs to their end, and a hostile one has none.
 */
import { checkDepths } from "./btf-depths.ts";
import { textAt } from "./elf.ts";
import { PackageError } from "../errors.ts";

export const Kind = {
  void: 0,
  int: 1,
  ptr: 2,
  array: 3,
  struct: 4,
  union: 5,
  enum: 6,
  fwd: 7,
  typedef: 8,
  volatile: 9,
  const: 10,
  restrict: 11,
  func: 12,
  funcProto: 13,
  var: 14,
  datasec: 15,
  float: 16,
  declTag: 17,
  typeTag: 18,
  enum64: 19,
} as const;

export interface Type {
  kind: number;
  name: string;
  /** Bytes of ints, structs, unions, enums, floats and data sections. */
  size: number;
  /** What a pointer, a typedef and its kind, a variable or a function refers to. */
  target: number;
  /** How many members, values or variables follow. */
  count: number;
  /** Structs: bitfields stand in the members' offsets. Enums: the values are signed. */
  flag: boolean;
}

export interface Member {
  name: string;
  typeId: number;
  bitOffset: number;
  /** 0: no bitfield. */
  bitSize: number;
}

export interface DataVariable {
  name: string;
  /** Its own, and what it is made of. */
  id: number;
  typeId: number;
  offset: number;
  size: number;
  /** The kind of the entry's own type: a variable, or in `.ksyms` also a kernel function. */
  kind: number;
}

/** The data section for symbols of the kernel and its modules: `__ksym` variables and kfuncs. */
export const KSYMS = ".ksyms";

/** Of .BTF and .BTF.ext. */
export const MAGIC = 0xeb9f;
const HEADER_BYTES = 24;
const TYPE_BYTES = 12;
/** Bytes behind each type: per member, or once (negative). */
const TAIL: readonly number[] = [0, -4, 0, -12, 12, 12, 8, 0, 0, 0, 0, 0, 0, 8, -4, 12, 0, -4, 0, 12];
const POINTER_BYTES = 8;
/** BTF_MAX_TYPE of Linux 5.4, BTF_MAX_SIZE, KSYM_NAME_LEN. */
const MOST_TYPES = 65_535;
const LARGEST = 4 * 1024 * 1024;
const LONGEST_NAME = 512;

/** What a type is called, or how it may be used, and nothing else. */
export const modifiers: readonly number[] = [Kind.typedef, Kind.volatile, Kind.const, Kind.restrict, Kind.typeTag];
const withTarget: readonly number[] = [...[...modifiers, Kind.ptr, Kind.func, Kind.funcProto, Kind.var], Kind.declTag];

/** @throws PackageError */
export function refuseTypes(why: string): never {
  throw new PackageError(`bpf_object: its type information (BTF) is malformed: ${why}`);
}

export class BtfTypes {
  readonly types: Type[] = [{ kind: Kind.void, name: "void", size: 0, target: 0, count: 0, flag: false }];
  /** Where what follows the type lies in the section. */
  #tails: number[] = [0];
  #view: DataView;
  #strings: Uint8Array;

  /** @param bytes the section `.BTF`. @throws PackageError */
  constructor(bytes: Uint8Array) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#view = view;
    if (bytes.length > LARGEST) refuseTypes(`it is larger than ${LARGEST} bytes`);
    if (bytes.length < HEADER_BYTES || view.getUint16(0, true) !== MAGIC || view.getUint8(2) !== 1) {
      refuseTypes("no header of version 1");
    }
    const [headerBytes, typeOffset, typeBytes, stringOffset, stringBytes] = [4, 8, 12, 16, 20].map((at) =>
      view.getUint32(at, true),
    ) as [number, number, number, number, number];
    const [start, end] = [headerBytes + typeOffset, headerBytes + typeOffset + typeBytes];
    const strings = headerBytes + stringOffset;
    if (end > bytes.length || strings + stringBytes > bytes.length) refuseTypes("it is truncated");
    this.#strings = bytes.subarray(strings, strings + stringBytes);
    for (let at = start; at < end;) {
      if (this.types.length > MOST_TYPES) refuseTypes(`it has more than ${MOST_TYPES} types`);
      at = this.#read(at, end);
    }
    checkDepths(this);
  }

  #read(at: number, end: number): number {
    if (at + TYPE_BYTES > end) refuseTypes("a type is truncated");
    const info = this.#view.getUint32(at + 4, true);
    const kind = (info >>> 24) & 0x1f;
    const tail = TAIL[kind];
    if (kind === Kind.void || tail === undefined) refuseTypes(`there is no kind ${kind} of types`);
    const count = info & 0xffff;
    const sizeOrType = this.#view.getUint32(at + 8, true);
    const next = at + TYPE_BYTES + (tail < 0 ? -tail : tail * count);
    if (next > end) refuseTypes("a type is truncated");
    const refers = withTarget.includes(kind);
    this.#tails.push(at + TYPE_BYTES);
    this.types.push({
      kind,
      name: this.text(this.#view.getUint32(at, true)),
      size: refers ? 0 : sizeOrType,
      target: refers ? sizeOrType : 0,
      count,
      flag: info >>> 31 === 1,
    });
    return next;
  }

  /** A name, or what else is told as text. @throws PackageError */
  text(offset: number): string {
    return textAt(this.#strings, offset, LONGEST_NAME) ?? refuseTypes("a name is beyond its end, or endless");
  }

  /** @throws PackageError where there is none with that id. */
  type(id: number): Type {
    return this.types[id] ?? refuseTypes(`there is no type ${id}`);
  }

  /** Without typedefs and qualifiers. */
  resolve(id: number): number {
    let at = id;
    while (modifiers.includes(this.type(at).kind)) at = this.type(at).target;
    return at;
  }

  /** Bytes; 0 of what has no size, as void or a function. */
  sizeOf(id: number): number {
    const real = this.resolve(id);
    const { kind, size } = this.type(real);
    if (kind === Kind.ptr) return POINTER_BYTES;
    if (kind !== Kind.array) return size;
    const { elementId, length } = this.array(real);
    return length * this.sizeOf(elementId);
  }

  /** The first of that kind and name. */
  find(name: string, kind: number): number | undefined {
    const id = this.types.findIndex((type) => type.kind === kind && type.name === name);
    return id < 0 ? undefined : id;
  }

  array(id: number): { elementId: number; length: number } {
    const at = this.#tails[id]!;
    return { elementId: this.#view.getUint32(at, true), length: this.#view.getUint32(at + 8, true) };
  }

  members(id: number): Member[] {
    const { count, flag } = this.type(id);
    return Array.from({ length: count }, (_, i) => {
      const at = this.#tails[id]! + 12 * i;
      const offset = this.#view.getUint32(at + 8, true);
      return {
        name: this.text(this.#view.getUint32(at, true)),
        typeId: this.#view.getUint32(at + 4, true),
        bitOffset: flag ? offset & 0xff_ffff : offset,
        bitSize: flag ? offset >>> 24 : 0,
      };
    });
  }

  /** How an int is to be read; its bits begin where `shift` says, which compilers leave at 0. */
  int(id: number): { isSigned: boolean; isBool: boolean; bits: number; shift: number } {
    const data = this.#view.getUint32(this.#tails[id]!, true);
    const encoding = data >>> 24;
    const shift = (data >>> 16) & 0xff;
    return { isSigned: (encoding & 1) !== 0, isBool: (encoding & 4) !== 0, bits: data & 0xff, shift };
  }

  /** The number behind a type: which member a tag is of (-1: the whole), how a variable is linked (BTF_VAR_*). */
  word(id: number): number {
    return this.#view.getInt32(this.#tails[id]!, true);
  }

  /**
   * Whether an enum's values may be negative. Compilers say so since clang 16; before, a value with its highest bit set is taken for
   * negative, as ecli takes all.
   */
  isSignedEnum(id: number): boolean {
    const { kind, count, flag } = this.type(id);
    if (flag || kind !== Kind.enum) return flag;
    const at = this.#tails[id]!;
    return Array.from({ length: count }, (_, i) => this.#view.getInt32(at + 8 * i + 4, true)).some(
      (value) => value < 0,
    );
  }

  /** The values of an enum or enum64. */
  values(id: number): { name: string; value: bigint }[] {
    const { kind, count } = this.type(id);
    const isSigned = this.isSignedEnum(id);
    return Array.from({ length: count }, (_, i) => {
      const at = this.#tails[id]! + (kind === Kind.enum64 ? 12 : 8) * i;
      const low = this.#view.getUint32(at + 4, true);
      const high = kind === Kind.enum64 ? this.#view.getUint32(at + 8, true) : 0;
      const bits = (BigInt(high) << 32n) | BigInt(low);
      const width = kind === Kind.enum64 ? 64 : 32;
      return {
        name: this.text(this.#view.getUint32(at, true)),
        value: isSigned ? BigInt.asIntN(width, bits) : bits,
      };
    });
  }

  /** The variables of a data section. */
  variables(id: number): DataVariable[] {
    return Array.from({ length: this.type(id).count }, (_, i) => {
      const at = this.#tails[id]! + 12 * i;
      const variableId = this.#view.getUint32(at, true);
      const variable = this.type(variableId);
      return {
        name: variable.name,
        id: variableId,
        typeId: variable.kind === Kind.var ? variable.target : variableId,
        offset: this.#view.getUint32(at + 4, true),
        size: this.#view.getUint32(at + 8, true),
        kind: variable.kind,
      };
    });
  }

  /** What a function takes; without a name and a type: any more. */
  parameters(id: number): { name: string; typeId: number }[] {
    return Array.from({ length: this.type(id).count }, (_, i) => {
      const at = this.#tails[id]! + 8 * i;
      return { name: this.text(this.#view.getUint32(at, true)), typeId: this.#view.getUint32(at + 4, true) };
    });
  }

  /** Of each member, variable or parameter its type. */
  parts(id: number): number[] {
    const { kind, count } = this.type(id);
    const [stride, offset] = kind === Kind.funcProto ? [8, 4] : [12, kind === Kind.datasec ? 0 : 4];
    const tail = this.#tails[id]! + offset;
    return Array.from({ length: count }, (_, i) => this.#view.getUint32(tail + stride * i, true));
  }
}
