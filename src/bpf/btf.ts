import { type Pointer, read } from "../native/memory.ts";
import { LibbpfError } from "../native/errno.ts";
import { toPointer, native } from "../native/library.ts";
import { failure } from "./log.ts";

/** BTF_KIND_* of include/uapi/linux/btf.h, as far as a layout needs them. */
const Kind = { STRUCT: 4, ENUM: 6, TYPEDEF: 8, DATASEC: 15 };

export interface StructLayout {
  size: number;
  /** Byte offset of each member. */
  members: Record<string, number>;
}

/** Reads the layout of structs and data sections out of an opened object's BTF. */
export class Btf {
  constructor(readonly handle: Pointer) {}

  /** What is in a file of raw BTF. @throws LibbpfError */
  static of(path: string): Btf {
    const btf = native.btf_open(path);
    if (btf < 0) throw failure(`the types in ${path} cannot be read`, -Number(btf));
    return new Btf(Number(btf) as Pointer);
  }

  /** Only for one's own: an object's belongs to the object. */
  close(): void {
    native.btf__free(this.handle);
  }

  /** @throws LibbpfError where the object has no such struct. */
  struct(name: string): StructLayout {
    const type = this.#find(name, Kind.STRUCT);
    // struct btf_type { u32 name_off, info, size; } and behind it struct btf_member { u32 name_off, type, offset; } each
    const members: Record<string, number> = {};
    for (let i = 0; i < this.#count(type); i++) {
      const member = 12 + i * 12;
      members[this.#name(read.u32(type, member))] = read.u32(type, member + 8) / 8;
    }
    return { size: read.u32(type, 8), members };
  }

  /** Whether there is a struct of that name; in the kernel's BTF they tell what this kernel can do. */
  hasStruct(name: string): boolean {
    return native.btf__find_by_name_kind(this.handle, name, Kind.STRUCT) > 0;
  }

  hasTypedef(name: string): boolean {
    return native.btf__find_by_name_kind(this.handle, name, Kind.TYPEDEF) > 0;
  }

  /** The values of an enum of 32 bits. */
  enum(name: string): Record<string, number> {
    const type = this.#find(name, Kind.ENUM);
    // behind the btf_type: struct btf_enum { u32 name_off; s32 val; } each
    const values: Record<string, number> = {};
    for (let i = 0; i < this.#count(type); i++) {
      values[this.#name(read.u32(type, 12 + i * 8))] = read.i32(type, 12 + i * 8 + 4);
    }
    return values;
  }

  /** The offsets of the variables in a data section such as `.rodata`; none where the object has no such section. */
  variables(section: string): Record<string, number> {
    const type = this.#find(section, Kind.DATASEC);
    // behind the btf_type: struct btf_var_secinfo { u32 type, offset, size; } each
    const variables: Record<string, number> = {};
    for (let i = 0; i < this.#count(type); i++) {
      const entry = 12 + i * 12;
      const variable = toPointer(native.btf__type_by_id(this.handle, read.u32(type, entry)));
      if (variable) variables[this.#name(read.u32(variable, 0))] = read.u32(type, entry + 4);
    }
    return variables;
  }

  #find(name: string, kind: number): Pointer {
    const id = native.btf__find_by_name_kind(this.handle, name, kind);
    const type = id > 0 ? toPointer(native.btf__type_by_id(this.handle, id)) : null;
    if (!type) throw new LibbpfError(`the BPF object's BTF has no ${name}`, Math.abs(id));
    return type;
  }

  /** BTF_INFO_VLEN */
  #count(type: Pointer): number {
    return read.u32(type, 4) & 0xffff;
  }

  #name(offset: number): string {
    return String(native.btf__name_by_offset(this.handle, offset));
  }
}
