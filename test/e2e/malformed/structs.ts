/** Objects with types that contain themselves, and with invalid data sections and functions. */
import type { Malformed } from "./malformed.ts";
import { Kind, More, types } from "./types.ts";

/** Returns a case with a cycle of `length` types of a kind. */
const cycle = (name: string, kind: number, length: number): Malformed =>
  types(`a cycle of ${length} ${name}s`, /contains itself|nested more than/, (btf) => {
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

const sections: Malformed[] = [
  types("a data section whose entry is no variable", "not a variable", (btf) => {
    btf.add(More.datasec, btf.text(".data.x"), 4, [btf.find(Kind.int, "int"), 0, 4], 1);
  }),
  types("a function without a prototype", "libbpf cannot open bpf_object", (btf) => {
    btf.add(Kind.func, btf.text("f"), btf.find(Kind.int, "int"));
  }),
  types("a function whose prototype is itself", "libbpf cannot open bpf_object", (btf) =>
    btf.add(Kind.func, btf.text("f"), btf.count),
  ),
];

export const malformedStructs: Malformed[] = [...cycles, ...sections];
