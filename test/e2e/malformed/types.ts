/** Objects with types that cannot be: include/uapi/linux/btf.h. */
import { type BtfEditor, withTypes } from "./btf-editor.ts";
import { type Malformed, object } from "./malformed.ts";

const Kind = { int: 1, ptr: 2, array: 3, struct: 4, union: 5, enum: 6, typedef: 8, const: 10, func: 12 };
const More = { funcProto: 13, var: 14, datasec: 15, float: 16, declTag: 17, typeTag: 18, enum64: 19 };
const MEGABYTE = 1024 ** 2;

const types = (
  name: string,
  says: string | RegExp,
  change: (btf: BtfEditor) => unknown,
  more: Partial<Malformed> = {},
) => object(name, says, (bytes) => withTypes(bytes, change), more);

/** Another word in the section's head. */
const head = (name: string, says: string, offset: number, value: number) =>
  types(name, says, (btf) => {
    const bytes = btf.bytes();
    bytes.writeUInt32LE(value, offset);
    return bytes;
  });

const heads: Malformed[] = [
  head("another magic", "no header", 0, 0x0001_9feb),
  head("another version", "no header", 0, 0x0002_eb9f),
  head("a head beyond the end", "truncated", 4, 0xffff_fff0),
  head("types beyond the end", "truncated", 8, 0xffff_fff0),
  head("more types than bytes", "truncated", 12, 0xffff_fff0),
  head("names beyond the end", "truncated", 16, 0xffff_fff0),
  head("more names than bytes", "truncated", 20, 0xffff_fff0),
  head("no names", "a name is beyond its end", 20, 0),
  types("half a head", "no header", (btf) => btf.bytes().subarray(0, 12)),
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

/** Of each kind one that refers to a type that there is not. */
const wild = TAILS.filter(([kind]) => ![Kind.int, Kind.enum, More.float, More.enum64].includes(kind)).map(
  ([kind, name]) =>
    types(`a ${name} of what there is not`, /there is no type|tags nothing/, (btf) => {
      const many = [Kind.struct, Kind.union, More.funcProto, More.datasec].includes(kind);
      const tail = kind === More.datasec ? [99_999, 0, 4] : [0, 99_999, 0];
      btf.add(
        kind,
        btf.text(`wild_${name}`),
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
  ...[0, 20, 25, 31].map((kind) => types(`kind ${kind}`, `there is no kind ${kind}`, (btf) => btf.add(kind, 0, 0))),
  types("a name beyond the names", "a name is beyond", (btf) => btf.add(Kind.int, 0x7fff_ffff, 4, [32])),
  types("a name of a megabyte", "endless", (btf) => {
    btf.add(Kind.int, btf.text("x".repeat(MEGABYTE)), 4, [32]);
  }),
  types("60,000 names that share a megabyte", "endless", (btf) => {
    const name = btf.text("x".repeat(MEGABYTE));
    btf.append(Uint32Array.from(Array.from({ length: 60_000 }, (_, i) => [name + i, 16 << 24, 4]).flat()));
  }),
  types("a name with a line feed", "control characters", (btf) => btf.add(More.float, btf.text("a\nb"), 4)),
  types("a name with a terminal's escapes", "control characters", (btf) => {
    btf.add(More.float, btf.text("\x1b]0;title\x07"), 4);
  }),
  types("70,000 types", "more than 65535 types", (btf) => {
    btf.append(Uint32Array.from(Array.from({ length: 70_000 }, () => [0, 16 << 24, 4]).flat()));
  }),
  types("17 MB of types", "larger than", (btf) => {
    btf.types = Buffer.concat([btf.types, Buffer.alloc(17 * MEGABYTE)]);
  }),
];

const numbers: Malformed[] = [
  types("a number of 255 bits", "255 bits", (btf) => btf.add(Kind.int, btf.text("i"), 16, [255])),
  types("a number of no bits", "0 bits", (btf) => btf.add(Kind.int, btf.text("i"), 4, [0])),
  types("a number of 64 bits in 4 bytes", "64 bits", (btf) => btf.add(Kind.int, btf.text("i"), 4, [64])),
  types("a number that is shifted out", "32 bits", (btf) => {
    btf.add(Kind.int, btf.text("i"), 4, [(8 << 16) | 32]);
  }),
  ...[0, 3, 17, 2 ** 31].map((size) =>
    types(`a number of ${size} bytes`, "is a number of", (btf) => btf.add(Kind.int, btf.text("i"), size, [8])),
  ),
  ...[0, 3, 2 ** 31].flatMap((size) => [
    types(`an enum of ${size} bytes`, "is an enum of", (btf) => btf.add(Kind.enum, btf.text("e"), size)),
    types(`an enum64 of ${size} bytes`, "is an enum of", (btf) => btf.add(More.enum64, btf.text("e"), size)),
    types(`a float of ${size} bytes`, "is a float of", (btf) => btf.add(More.float, btf.text("f"), size)),
  ]),
];

/** Holds itself, through so many of a kind. */
const cycle = (name: string, kind: number, length: number): Malformed =>
  types(`a cycle of ${length} ${name}s`, /holds itself|nested more than/, (btf) => {
    const first = btf.count;
    for (let i = 0; i < length; i++) {
      const next = i === length - 1 ? first : first + i + 1;
      if (kind === Kind.struct || kind === Kind.union) btf.add(kind, btf.text(`c${i}`), 8, [0, next, 0], 1);
      else if (kind === Kind.array) btf.add(kind, 0, 0, [next, next, 1]);
      else btf.add(kind, btf.text(`c${i}`), next);
    }
  });

const cycles: Malformed[] = [
  ...[1, 2, 1000].flatMap((length) => [
    cycle("typedef", Kind.typedef, length),
    cycle("const", Kind.const, length),
    cycle("type tag", More.typeTag, length),
    cycle("struct", Kind.struct, length),
    cycle("union", Kind.union, length),
    cycle("array", Kind.array, length),
  ]),
  types("typedefs 1000 deep", "nested more than", (btf) => {
    let id = btf.add(Kind.int, btf.text("i"), 4, [32]);
    for (let i = 0; i < 1000; i++) id = btf.add(Kind.typedef, btf.text(`t${i}`), id);
  }),
  types("structs 1000 deep", "nested more than", (btf) => {
    let id = btf.add(Kind.int, btf.text("i"), 4, [32]);
    for (let i = 0; i < 1000; i++) id = btf.add(Kind.struct, btf.text(`s${i}`), 4, [btf.text("m"), id, 0], 1);
  }),
];

/** One member of an int in a struct of 4 bytes, at this bit; as a bitfield of so many bits. */
const member = (name: string, says: string, at: number, bits?: number, size = 4): Malformed =>
  types(name, says, (btf) => {
    const int = btf.find(Kind.int, "int");
    const place = bits === undefined ? at : ((bits << 24) | at) >>> 0;
    btf.add(Kind.struct, btf.text("holder"), size, [btf.text("m"), int, place], 1, bits !== undefined);
  });

const members: Malformed[] = [
  member("a member behind its struct", "lies outside", 32),
  member("a member far behind its struct", "lies outside", 0xffff_fff8),
  member("a member in a struct that is too small", "lies outside", 0, undefined, 3),
  member("a bitfield of 255 bits", "255 bits", 0, 255),
  member("a bitfield of 33 bits", "33 bits", 0, 33),
  member("a bitfield behind its struct", "lies outside", 31, 2),
  member("a bitfield of no bits, behind its struct", "lies outside", 16, 0),
  types("a bitfield of a pointer", "which its type has not", (btf) => {
    const pointer = btf.add(Kind.ptr, 0, 0);
    btf.add(Kind.struct, btf.text("holder"), 8, [btf.text("m"), pointer, 3 << 24], 1, true);
  }),
  types("a struct within a byte", "within a byte", (btf) => {
    btf.add(Kind.struct, btf.text("holder"), 80, [btf.text("m"), btf.find(Kind.struct, "inner"), 3], 1);
  }),
  types("a member with an escape in its name", "control characters", (btf) => {
    btf.add(Kind.struct, btf.text("holder"), 4, [btf.text("\x1b[2J"), btf.find(Kind.int, "int"), 0], 1);
  }),
  types("members out of order", "out of order", (btf) => {
    const int = btf.find(Kind.int, "int");
    btf.add(Kind.struct, btf.text("holder"), 8, [btf.text("a"), int, 32, btf.text("b"), int, 0], 2);
  }),
  types("a union with a member at an offset", "out of order", (btf) => {
    btf.add(Kind.union, btf.text("holder"), 8, [btf.text("a"), btf.find(Kind.int, "int"), 32], 1);
  }),
  types("an array of 2^31 in a struct", "lies outside", (btf) => {
    const int = btf.find(Kind.int, "int");
    const array = btf.add(Kind.array, 0, 0, [int, int, 2 ** 31]);
    btf.add(Kind.struct, btf.text("holder"), 64, [btf.text("m"), array, 0], 1);
  }),
  types("arrays of arrays of 2^96 bytes", "lies outside", (btf) => {
    let id = btf.find(Kind.int, "int");
    for (let i = 0; i < 3; i++) id = btf.add(Kind.array, 0, 0, [id, id, 2 ** 31]);
    btf.add(Kind.struct, btf.text("holder"), 64, [btf.text("m"), id, 0], 1);
  }),
];

const sections: Malformed[] = [
  types("a section of what is no variable", "no variable", (btf) => {
    btf.add(More.datasec, btf.text(".data.x"), 4, [btf.find(Kind.int, "int"), 0, 4], 1);
  }),
  types("a variable behind its section", "lies outside", (btf) => {
    const variable = btf.add(More.var, btf.text("v"), btf.find(Kind.int, "int"), [0]);
    btf.add(More.datasec, btf.text(".data.x"), 4, [variable, 4, 4], 1);
  }),
  types("a function without a prototype", "without a prototype", (btf) => {
    btf.add(Kind.func, btf.text("f"), btf.find(Kind.int, "int"));
  }),
  types("a function of itself", "without a prototype", (btf) => btf.add(Kind.func, btf.text("f"), btf.count)),
  types("a tag on a number", "tags nothing", (btf) => {
    btf.add(More.declTag, btf.text("t"), btf.find(Kind.int, "int"), [0]);
  }),
  types("a tag on member 7 of 1", "tags nothing", (btf) => {
    btf.add(More.declTag, btf.text("t"), btf.find(Kind.struct, "inner"), [7]);
  }),
];

export const malformedTypes: Malformed[] = [
  ...heads,
  ...wild,
  ...kinds,
  ...numbers,
  ...cycles,
  ...members,
  ...sections,
];
