/** Somebody's object and its package: whatever they hold, they are read or refused with our own error, soon. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { PackageError } from "../../../src/eunomia/errors.ts";
import { checkJsonLimits } from "../../../src/eunomia/json-limits.ts";
import { BtfTypes } from "../../../src/eunomia/object/btf.ts";
import { checkTypes } from "../../../src/eunomia/object/btf-checks.ts";
import { sectionsOf } from "../../../src/eunomia/object/elf.ts";
import { checkObject } from "../../../src/eunomia/object/object-checks.ts";
import { checkMeta, checkPackage } from "../../../src/eunomia/schema.ts";
import { FakeBtf } from "../../support/fake-btf.ts";
import { exits, fakeObject, symbolTable } from "../../support/fake-object.ts";
import { always, bytes, onlyThrows, spoiled } from "../../support/property.ts";

function types(): Uint8Array {
  const btf = new FakeBtf();
  const int = btf.int("int", 4, 1);
  btf.struct("event", 24, [
    ["pid", int, 0],
    ["bits", int, 32, 3],
    ["name", btf.array(btf.int("char", 1, 1), 8), 64],
    ["next", btf.add(2, "", 0), 128],
  ]);
  btf.enum("color", 4, [
    ["RED", 0],
    ["GREEN", -1],
  ]);
  btf.enum64("size", [["HUGE", 1n << 40n]]);
  btf.add(8, "alias", int);
  return btf.bytes();
}

const sound = {
  btf: types(),
  object: fakeObject([
    { name: "xdp", flags: 4, bytes: exits(4) },
    { name: "names", type: 3, bytes: new Uint8Array(1) },
    { name: "symbols", type: 2, bytes: symbolTable([{ size: 16 }, { value: 16, size: 16 }]), link: 2 },
    { name: ".BTF", bytes: types() },
  ]),
};

test("the sound ones pass", () => {
  checkObject(sound.object);
  checkTypes(new BtfTypes(sound.btf));
});

describe("objects", () => {
  test("any bytes", () => always(bytes(), (any) => onlyThrows(PackageError, () => checkObject(any))));

  test("sound ones with other bytes in them", () => {
    always(spoiled(sound.object), (object) => onlyThrows(PackageError, () => checkObject(object)), 1000);
  });

  test("a section that passes lies within the object", () => {
    always(spoiled(sound.object), (object) =>
      onlyThrows(PackageError, () => {
        for (const section of sectionsOf(object)) expect(section.bytes.length).toBeLessThanOrEqual(object.length);
      }),
    );
  });
});

describe("types", () => {
  test("any bytes", () => always(bytes(), (any) => onlyThrows(PackageError, () => checkTypes(new BtfTypes(any)))));

  test("sound ones with other bytes in them: what passes can be asked everything", () => {
    always(
      spoiled(sound.btf, 4),
      (any) =>
        onlyThrows(PackageError, () => {
          const btf = new BtfTypes(any);
          checkTypes(btf);
          btf.types.forEach((_, id) => onlyThrows(PackageError, () => btf.sizeOf(btf.resolve(id))));
        }),
      1000,
    );
  });
});

/** As deep and as strange as it comes. */
const json = fc.jsonValue({ maxDepth: 6 });

/** A sound meta, of which one place holds something else. */
const meta = {
  bpf_skel: {
    obj_name: "x",
    data_sections: [
      { name: ".rodata", variables: [{ name: "n", type: "int", cmdarg: { default: 3, long: "number" } }] },
    ],
    maps: [
      {
        name: "rb",
        ident: "rb",
        mmaped: false,
        sample: { interval: 1000, type: "log2_hist" },
        intepreter: "default_struct",
      },
    ],
    progs: [{ name: "p", attach: "xdp", link: true, tchook: { ifindex: 1 } }],
    doc: { version: "1" },
  },
  export_types: [{ name: "e", members: [{ name: "pid", type: "int" }], size: 4, type_id: 1 }],
  perf_buffer_pages: 64,
};
type Path = (string | number)[];
function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, [...path, key]))];
}
function replaced(path: Path, by: unknown): unknown {
  if (!path.length) return by;
  const root = structuredClone(meta) as any;
  const last = path.slice(0, -1).reduce((at: any, key) => at[key], root);
  last[path.at(-1)!] = by;
  return root;
}

describe("JSON", () => {
  test("any bytes are within bounds, or refused", () => {
    always(bytes(), (any) => onlyThrows(PackageError, () => checkJsonLimits(any)));
    const brackets = fc.array(fc.constantFrom(...'[]{},:"\\ a1'.split("")), { maxLength: 300 });
    always(brackets, (text) => onlyThrows(PackageError, () => checkJsonLimits(Buffer.from(text.join("")))));
  });

  test("what JSON.parse takes, and names each member once, is not refused", () => {
    always(json, (value) => {
      const text = JSON.stringify(value);
      const hasProto = /"__proto__":/.test(text);
      if (!hasProto) checkJsonLimits(Buffer.from(text));
    });
  });

  test("two members of one name are found, however they are written", () => {
    const names = fc.string({ minLength: 1, maxLength: 5, unit: "grapheme" });
    always(names, (name) => {
      const escaped = [...name]
        .flatMap((character) => character.split(""))
        .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
        .join("");
      const text = Buffer.from(`{${JSON.stringify(name)}:1,"${escaped}":2}`);
      expect(() => checkJsonLimits(text)).toThrow(PackageError);
    });
  });

  test("any value is a package or none", () => {
    always(json, (value) => {
      onlyThrows(PackageError, () => checkPackage(value));
      onlyThrows(PackageError, () => checkMeta(value));
    });
  });

  test("a meta with something else in one place", () => {
    checkMeta(meta);
    always(fc.tuple(fc.constantFrom(...pathsOf(meta)), json), ([path, value]) =>
      onlyThrows(PackageError, () => checkMeta(replaced(path, value))),
    );
  });
});
