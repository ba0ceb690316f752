import { LibbpfError } from "../native/errno.ts";
import { toPointer, native } from "../native/library.ts";
import { type Pointer, read } from "../native/memory.ts";
import { libbpfError } from "./log.ts";

/** The BTF_KIND_* of include/uapi/linux/btf.h that this file looks up. */
const Kind = { STRUCT: 4, ENUM: 6, TYPEDEF: 8, DATASEC: 15 };
/** The size of struct btf_type, before the members of a type: u32 name_off, info, size. */
const TYPE_BYTES = 12;

interface StructLayout {
  /** Bytes. */
  size: number;
  /** The byte offset of each member. */
  members: Record<string, number>;
}

/** Type information, read by name through libbpf. */
export class Btf {
  /**
   * @param handle a `struct btf *` that stays owned by the caller, such as that of a BpfObject.
   * @param name what has these types, in messages
   */
  constructor(
    readonly handle: Pointer,
    readonly name: string,
  ) {}

  /** Parses a BTF or ELF file. The caller closes the result. @throws LibbpfError */
  static parse(path: string, name = path): Btf {
    const btf = native.btf_open(path);
    if (btf < 0) throw libbpfError(`the types in ${path} cannot be read`, -Number(btf));
    return new Btf(Number(btf) as Pointer, name);
  }

  /** Frees a BTF that parse() returned. */
  close(): void {
    native.btf__free(this.handle);
  }

  /** Returns the layout of a struct. @throws LibbpfError if there is none of that name */
  struct(name: string): StructLayout {
    const type = this.#find(name, Kind.STRUCT);
    // struct btf_member: u32 name_off, type, offset in bits
    const members: Record<string, number> = {};
    for (const member of this.#members(type, 12)) {
      members[this.#name(read.u32(type, member))] = read.u32(type, member + 8) / 8;
    }
    return { size: read.u32(type, 8), members };
  }

  hasStruct(name: string): boolean {
    return native.btf__find_by_name_kind(this.handle, name, Kind.STRUCT) > 0;
  }

  hasTypedef(name: string): boolean {
    return native.btf__find_by_name_kind(this.handle, name, Kind.TYPEDEF) > 0;
  }

  /** Returns the values of an enum of 32 bits. @throws LibbpfError if there is none of that name */
  enum(name: string): Record<string, number> {
    const type = this.#find(name, Kind.ENUM);
    // struct btf_enum: u32 name_off; s32 val
    const values: Record<string, number> = {};
    for (const value of this.#members(type, 8)) values[this.#name(read.u32(type, value))] = read.i32(type, value + 4);
    return values;
  }

  /**
   * Returns the offsets of the variables in a data section such as `.rodata`. They are final once
   * the object is opened. @throws LibbpfError if there is no such section
   */
  variables(section: string): Record<string, number> {
    const type = this.#find(section, Kind.DATASEC);
    // struct btf_var_secinfo: u32 type, offset, size
    const variables: Record<string, number> = {};
    for (const entry of this.#members(type, 12)) {
      const variable = toPointer(native.btf__type_by_id(this.handle, read.u32(type, entry)));
      if (variable) variables[this.#name(read.u32(variable, 0))] = read.u32(type, entry + 4);
    }
    return variables;
  }

  #find(name: string, kind: number): Pointer {
    const id = native.btf__find_by_name_kind(this.handle, name, kind);
    const type = id > 0 ? toPointer(native.btf__type_by_id(this.handle, id)) : null;
    if (!type) throw new LibbpfError(`${this.name} has no type ${name}`, 0);
    return type;
  }

  /** Returns the offsets of the entries after a btf_type; their count is BTF_INFO_VLEN. */
  #members(type: Pointer, size: number): number[] {
    return Array.from({ length: read.u32(type, 4) & 0xffff }, (_, i) => TYPE_BYTES + i * size);
  }

  #name(offset: number): string {
    return String(native.btf__name_by_offset(this.handle, offset));
  }
}
