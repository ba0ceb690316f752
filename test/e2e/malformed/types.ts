/** Objects with malformed types (include/uapi/linux/btf.h). */
import { type BtfEditor, withTypes } from "./btf-editor.ts";
import { type Malformed, object } from "./malformed.ts";

export const Kind = { int: 1, ptr: 2, array: 3, struct: 4, union: 5, enum: 6, typedef: 8, const: 10, func: 12 };
export const More = { funcProto: 13, var: 14, datasec: 15, float: 16, declTag: 17, typeTag: 18, enum64: 19 };
const MEGABYTE = 1024 ** 2;

/** Returns a case with changed types. */
export const types = (
  name: string,
  says: string | RegExp,
  change: (btf: BtfEditor) => unknown,
  more: Partial<Malformed> = {},
) => object(name, says, (bytes) => withTypes(bytes, change), more);

/** Returns a case with another word in the header of .BTF. */
const header = (name: string, says: string, offset: number, value: number) =>
  types(name, says, (btf) => {
    const bytes = btf.bytes();
    bytes.writeUInt32LE(value, offset);
    return bytes;
  });

const headers: Malformed[] = [
  header("a wrong magic number", "no header", 0, 0x0001_9feb),
  header("an unknown version", "no header", 0, 0x0002_eb9f),
  header("a header beyond the end", "truncated", 4, 0xffff_fff0),
  header("a type section beyond the end", "truncated", 8, 0xffff_fff0),
  header("a type section larger than .BTF", "truncated", 12, 0xffff_fff0),
  header("a string section beyond the end", "truncated", 16, 0xffff_fff0),
  header("a string section larger than .BTF", "truncated", 20, 0xffff_fff0),
  header("an empty string section", "a name is beyond its end", 20, 0),
  types("half a header", "no header", (btf) => btf.bytes().subarray(0, 12)),
  ...Array.from({ length: 6 }, (_, i) =>
    types(`types cut off after ${i + 1} of 7`, "truncated", (btf) => {
      const bytes = btf.bytes();
      return bytes.subarray(0, Math.floor((bytes.length * (i + 1)) / 7));
    }),
  ),
  types("half a type", "a type is truncated", (btf) => {
    btf.types = btf.types.subarray(0, btf.types.length - 5);
  }),
];

const TAILS: [kind: number, name: string][] = [
  ...Object.entries({ ...Kind, ...More }).map(([name, kind]): [number, string] => [kind, name]),
];

/** For each kind, a type that refers to a type that does not exist. */
const danglingReferences = TAILS.filter(([kind]) => ![Kind.int, Kind.enum, More.float, More.enum64].includes(kind)).map(
  ([kind, name]) =>
    types(`a ${name} of a missing type`, /there is no type|libbpf cannot open bpf_object/, (btf) => {
      const many = [Kind.struct, Kind.union, More.funcProto, More.datasec].includes(kind);
      const tail = kind === More.datasec ? [99_999, 0, 4] : [0, 99_999, 0];
      btf.add(
        kind,
        btf.text(`dangling_${name}`),
        many ? 8 : 99_999,
        many
          ? tail.slice(0, kind === More.funcProto ? 2 : 3)
          : kind === Kind.array
            ? [99_999, 99_999, 1]
            : [More.var, More.declTag].includes(kind)
              ? [0]
              : [],
        many ? 1 : 0,
      );
    }),
);

const kinds: Malformed[] = [
  ...[0, 20, 25, 31].map((kind) => types(`kind ${kind}`, `unknown kind ${kind}`, (btf) => btf.add(kind, 0, 0))),
  types("a name beyond the string section", "a name is beyond", (btf) => btf.add(Kind.int, 0x7fff_ffff, 4, [32])),
  types("a name of a megabyte", "too long", (btf) => {
    btf.add(Kind.int, btf.text("x".repeat(MEGABYTE)), 4, [32]);
  }),
  types("60,000 names that share a megabyte", "too long", (btf) => {
    const name = btf.text("x".repeat(MEGABYTE));
    btf.append(Uint32Array.from(Array.from({ length: 60_000 }, (_, i) => [name + i, 16 << 24, 4]).flat()));
  }),
  types("70,000 types", "more than 65535 types", (btf) => {
    btf.append(Uint32Array.from(Array.from({ length: 70_000 }, () => [0, 16 << 24, 4]).flat()));
  }),
  types("17 MB of types", "larger than", (btf) => {
    btf.types = Buffer.concat([btf.types, Buffer.alloc(17 * MEGABYTE)]);
  }),
];

export const malformedTypes: Malformed[] = [...headers, ...danglingReferences, ...kinds];
