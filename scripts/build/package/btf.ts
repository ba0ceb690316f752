/** The types of an object in the form that descriptions are made of: read, and checked, as packages' own are. */
import { BtfTypes, Kind } from "../../../src/eunomia/object/btf.ts";

export { Kind };

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

function partsOf(btf: BtfTypes, id: number): Part[] {
  const { kind } = btf.type(id);
  switch (kind) {
    case Kind.struct:
    case Kind.union:
      return btf.members(id).map(({ name, typeId }) => ({ name, type: typeId, size: 0 }));
    case Kind.funcProto:
      return btf.parameters(id).map(({ name, typeId }) => ({ name, type: typeId, size: 0 }));
    case Kind.datasec:
      return btf.variables(id).map(({ id: type, size }) => ({ name: "", type, size }));
  }
  return [];
}

/** All types by id; 0 is void. @throws PackageError */
export function readTypes(section: Uint8Array): Type[] {
  const btf = new BtfTypes(section);
  return btf.types.map(({ kind, name, size, target, flag }, id) => {
    const array = kind === Kind.array ? btf.array(id) : undefined;
    return {
      id,
      kind,
      name,
      size,
      type: array?.elementId ?? target,
      count: array?.length ?? (kind === Kind.var ? btf.word(id) : 0),
      isUnion: flag,
      parts: partsOf(btf, id),
    };
  });
}
