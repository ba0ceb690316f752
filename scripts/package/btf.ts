/** The types of an object's .BTF section, as include/uapi/linux/btf.h lays them out, for the descriptions in a package. */
import { cStringAt } from "./elf.ts";

export const Kind = {
  VOID: 0,
  INT: 1,
  PTR: 2,
  ARRAY: 3,
  STRUCT: 4,
  UNION: 5,
  ENUM: 6,
  FWD: 7,
  TYPEDEF: 8,
  VOLATILE: 9,
  CONST: 10,
  RESTRICT: 11,
  FUNC: 12,
  FUNC_PROTO: 13,
  VAR: 14,
  DATASEC: 15,
  FLOAT: 16,
  DECL_TAG: 17,
  TYPE_TAG: 18,
  ENUM64: 19,
} as const;

export interface Type {
  id: number;
  kind: number;
  name: string;
  /** Where the kind has one. */
  size: number;
  /** The type that it is made of: of pointers, arrays, typedefs, variables, what a function returns. */
  type: number;
  /** Of an array: how many; of a variable: its linkage. */
  count: number;
  /** Of a declaration without a body. */
  isUnion: boolean;
  /** Members, parameters, a section's variables. */
  parts: Part[];
}

export interface Part {
  name: string;
  type: number;
  size: number;
}

/** struct btf_array, btf_member, btf_enum and their like: words behind the btf_type, once or for each part. */
const wordsBehind: Record<number, number> = { [Kind.INT]: 1, [Kind.ARRAY]: 3, [Kind.VAR]: 1, [Kind.DECL_TAG]: 1 };
const wordsOfPart: Record<number, number> = {
  [Kind.STRUCT]: 3,
  [Kind.UNION]: 3,
  [Kind.ENUM]: 2,
  [Kind.FUNC_PROTO]: 2,
  [Kind.DATASEC]: 3,
  [Kind.ENUM64]: 3,
};

/** All types by id; 0 is void. For objects that a compiler just made: what is malformed throws RangeError. */
export function readTypes(section: Uint8Array): Type[] {
  const view = new DataView(section.buffer, section.byteOffset, section.byteLength);
  // struct btf_header { u16 magic; u8 version, flags; u32 hdr_len, type_off, type_len, str_off, str_len; }
  const header = view.getUint32(4, true);
  const start = header + view.getUint32(8, true);
  const end = start + view.getUint32(12, true);
  const strings = section.subarray(header + view.getUint32(16, true));
  const word = (at: number) => view.getUint32(at, true);
  const types: Type[] = [
    { id: 0, kind: Kind.VOID, name: "void", size: 0, type: 0, count: 0, isUnion: false, parts: [] },
  ];

  for (let at = start; at < end;) {
    const info = word(at + 4);
    const kind = (info >>> 24) & 0x1f;
    const behind = at + 12;
    const own = wordsBehind[kind] ?? 0;
    const stride = (wordsOfPart[kind] ?? 0) * 4;
    const length = stride ? info & 0xffff : 0;
    const isSection = kind === Kind.DATASEC;
    const parts = Array.from({ length }, (_, index) => {
      const part = behind + index * stride;
      // struct btf_var_secinfo has no name of its own, the others begin with it
      if (isSection) return { name: "", type: word(part), size: word(part + 8) };
      return { name: cStringAt(strings, word(part)), type: word(part + 4), size: 0 };
    });
    const isArray = kind === Kind.ARRAY;
    types.push({
      id: types.length,
      kind,
      name: cStringAt(strings, word(at)),
      size: word(at + 8),
      type: isArray ? word(behind) : word(at + 8),
      count: isArray ? word(behind + 8) : kind === Kind.VAR ? word(behind) : 0,
      isUnion: info >>> 31 === 1,
      parts,
    });
    at = behind + own * 4 + length * stride;
  }
  return types;
}
