/**
 * Reads the types of a BPF object from its section `.BTF` (include/uapi/linux/btf.h,
 * Documentation/bpf/btf.rst). Every id and offset is checked before it is used; checkTypes() of
 * btf-checks.ts refuses types without an end.
 */
import { viewOf } from "../../system/elf.ts";
import { PackageError } from "../errors.ts";
import { textAt } from "./elf.ts";

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

interface Type {
  kind: number;
  name: string;
  /** The bytes of an int, struct, union, enum, float or data section; else 0. */
  size: number;
  /** The id of the type that a pointer, modifier, variable or function refers to; else 0. */
  target: number;
  /** The number of members, values, parameters or variables. */
  count: number;
  /** True for structs with bit-fields and for enums with signed values. */
  flag: boolean;
}

export interface Member {
  name: string;
  typeId: number;
  bitOffset: number;
  /** 0 for a member that is not a bit-field. */
  bitSize: number;
}

interface DataVariable {
  name: string;
  /** The id of the variable itself. */
  id: number;
  /** The id of the variable's type. */
  typeId: number;
  /** The kind of the type `id`: a variable, or in `.ksyms` also a kernel function. */
  kind: number;
}

/** The data section for symbols of the kernel and its modules: `__ksym` variables and kfuncs. */
export const KSYMS = ".ksyms";

const MAGIC = 0xeb9f;
const HEADER_BYTES = 24;
const TYPE_BYTES = 12;
const POINTER_BYTES = 8;
/**
 * The bytes that follow a type of each kind: per member, or once for the type if negative. The
 * index is the kind.
 */
const TRAILING_BYTES: readonly number[] = [0, -4, 0, -12, 12, 12, 8, 0, 0, 0, 0, 0, 0, 8, -4, 12, 0, -4, 0, 12];
/** BTF_MAX_TYPE of Linux 5.4. */
const MAX_TYPES = 65_535;
const MAX_BYTES = 4 * 1024 * 1024;
/** KSYM_NAME_LEN */
const MAX_NAME_BYTES = 512;

/** Kinds that give a type a name or qualify it, and change nothing else. */
export const MODIFIERS: readonly number[] = [Kind.typedef, Kind.volatile, Kind.const, Kind.restrict, Kind.typeTag];
const WITH_TARGET: readonly number[] = [...MODIFIERS, Kind.ptr, Kind.func, Kind.funcProto, Kind.var, Kind.declTag];

/** @throws PackageError */
export function refuseTypes(why: string): never {
  throw new PackageError(`the BTF of bpf_object is malformed: ${why}`);
}

export class BtfTypes {
  readonly types: Type[] = [{ kind: Kind.void, name: "void", size: 0, target: 0, count: 0, flag: false }];
  /** The offset in the section of the bytes that follow each type. */
  #tails: number[] = [0];
  #view: DataView;
  #strings: Uint8Array;

  /** @param bytes the section `.BTF`. @throws PackageError */
  constructor(bytes: Uint8Array) {
    const view = viewOf(bytes);
    this.#view = view;
    if (bytes.length > MAX_BYTES) refuseTypes(`it is larger than ${MAX_BYTES} bytes`);
    if (bytes.length < HEADER_BYTES || view.getUint16(0, true) !== MAGIC || view.getUint8(2) !== 1) {
      refuseTypes("it has no header of version 1");
    }
    const [headerBytes, typeOffset, typeBytes, stringOffset, stringBytes] = [4, 8, 12, 16, 20].map((at) =>
      view.getUint32(at, true),
    ) as [number, number, number, number, number];
    const [start, end] = [headerBytes + typeOffset, headerBytes + typeOffset + typeBytes];
    const strings = headerBytes + stringOffset;
    if (end > bytes.length || strings + stringBytes > bytes.length) refuseTypes("it is truncated");
    this.#strings = bytes.subarray(strings, strings + stringBytes);
    for (let at = start; at < end;) {
      if (this.types.length > MAX_TYPES) refuseTypes(`it has more than ${MAX_TYPES} types`);
      at = this.#read(at, end);
    }
  }

  #read(at: number, end: number): number {
    if (at + TYPE_BYTES > end) refuseTypes("a type is truncated");
    const info = this.#view.getUint32(at + 4, true);
    const kind = (info >>> 24) & 0x1f;
    const tail = TRAILING_BYTES[kind];
    if (kind === Kind.void || tail === undefined) refuseTypes(`it has a type of unknown kind ${kind}`);
    const count = info & 0xffff;
    const sizeOrType = this.#view.getUint32(at + 8, true);
    const next = at + TYPE_BYTES + (tail < 0 ? -tail : tail * count);
    if (next > end) refuseTypes("a type is truncated");
    const refers = WITH_TARGET.includes(kind);
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

  /** @throws PackageError if no text begins at that offset. */
  text(offset: number): string {
    return textAt(this.#strings, offset, MAX_NAME_BYTES) ?? refuseTypes("a name is beyond its end, or too long");
  }

  /** @throws PackageError if there is no type with that id. */
  type(id: number): Type {
    return this.types[id] ?? refuseTypes(`there is no type ${id}`);
  }

  /** Returns the id of the type below typedefs and qualifiers. */
  resolve(id: number): number {
    let at = id;
    while (MODIFIERS.includes(this.type(at).kind)) at = this.type(at).target;
    return at;
  }

  /** Returns the bytes of a value; 0 for types without values, such as void and functions. */
  sizeOf(id: number): number {
    const real = this.resolve(id);
    const { kind, size } = this.type(real);
    if (kind === Kind.ptr) return POINTER_BYTES;
    if (kind !== Kind.array) return size;
    const { elementId, length } = this.array(real);
    return length * this.sizeOf(elementId);
  }

  /** Returns the id of the first type of that name and kind. */
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

  int(id: number): { isSigned: boolean; isBool: boolean } {
    const encoding = this.#view.getUint32(this.#tails[id]!, true) >>> 24;
    return { isSigned: (encoding & 1) !== 0, isBool: (encoding & 4) !== 0 };
  }

  /** Returns true if other files cannot see a variable: BTF_VAR_STATIC. */
  isStatic(variableId: number): boolean {
    return this.#view.getUint32(this.#tails[variableId]!, true) === 0;
  }

  /**
   * Returns true if an enum's values can be negative. Compilers before clang 16 do not say; then a
   * value with its highest bit set counts as negative, as ecli reads it.
   */
  isSignedEnum(id: number): boolean {
    const { kind, count, flag } = this.type(id);
    if (flag || kind !== Kind.enum) return flag;
    const at = this.#tails[id]!;
    return Array.from({ length: count }, (_, i) => this.#view.getInt32(at + 8 * i + 4, true)).some(
      (value) => value < 0,
    );
  }

  /** Returns the values of an enum or enum64. */
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

  variables(id: number): DataVariable[] {
    return Array.from({ length: this.type(id).count }, (_, i) => {
      const variableId = this.#view.getUint32(this.#tails[id]! + 12 * i, true);
      const variable = this.type(variableId);
      return {
        name: variable.name,
        id: variableId,
        typeId: variable.kind === Kind.var ? variable.target : variableId,
        kind: variable.kind,
      };
    });
  }

  /** Returns the type ids of a struct's members or of a data section's variables. */
  partTypes(id: number): number[] {
    const { kind, count } = this.type(id);
    const tail = this.#tails[id]! + (kind === Kind.datasec ? 0 : 4);
    return Array.from({ length: count }, (_, i) => this.#view.getUint32(tail + 12 * i, true));
  }
}
