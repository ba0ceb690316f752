/** Objects with types that hold themselves, or what cannot be in them. */
import type { Malformed } from "./malformed.ts";
import { Kind, More, types } from "./types.ts";

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
  types("a member with an escape in its name", "control or format characters", (btf) => {
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

export const malformedStructs: Malformed[] = [...cycles, ...members, ...sections];
