/** Hostile BPF objects and packages: accepted, or refused with a PackageError. */
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
import { always, bytes, mutated, onlyThrows } from "../../support/property.ts";

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

const valid = {
  btf: types(),
  object: fakeObject([
    { name: "xdp", flags: 4, bytes: exits(4) },
    { name: "names", type: 3, bytes: new Uint8Array(1) },
    { name: "symbols", type: 2, bytes: symbolTable([{ size: 16 }, { value: 16, size: 16 }]), link: 2 },
    { name: ".BTF", bytes: types() },
  ]),
};

test("checkObject and checkTypes: accept the valid object and types", () => {
  checkObject(valid.object);
  checkTypes(new BtfTypes(valid.btf));
});

describe("checkObject", () => {
  test("random bytes: accepts or throws a PackageError", () => {
    always(bytes(), (any) => onlyThrows(PackageError, () => checkObject(any)));
  });

  test("a mutated object: accepts or throws a PackageError", () => {
    always(mutated(valid.object), (object) => onlyThrows(PackageError, () => checkObject(object)), 1000);
  });

  test("a mutated object: each accepted section lies within it", () => {
    always(mutated(valid.object), (object) =>
      onlyThrows(PackageError, () => {
        for (const section of sectionsOf(object)) expect(section.bytes.length).toBeLessThanOrEqual(object.length);
      }),
    );
  });
});

describe("checkTypes", () => {
  test("random bytes: accepts or throws a PackageError", () => {
    always(bytes(), (any) => onlyThrows(PackageError, () => checkTypes(new BtfTypes(any))));
  });

  test("mutated types: each accepted type has a size or throws a PackageError", () => {
    always(
      mutated(valid.btf, 4),
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

const json = fc.jsonValue({ maxDepth: 6 });

/** A valid description of an object, in which a test replaces one value. */
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
function replaced(path: Path, value: unknown): unknown {
  if (!path.length) return value;
  const root = structuredClone(meta) as any;
  const last = path.slice(0, -1).reduce((at: any, key) => at[key], root);
  last[path.at(-1)!] = value;
  return root;
}

describe("JSON of a package", () => {
  test("checkJsonLimits with random bytes: accepts or throws a PackageError", () => {
    always(bytes(), (any) => onlyThrows(PackageError, () => checkJsonLimits(any)));
    const brackets = fc.array(fc.constantFrom(...'[]{},:"\\ a1'.split("")), { maxLength: 300 });
    always(brackets, (text) => onlyThrows(PackageError, () => checkJsonLimits(Buffer.from(text.join("")))));
  });

  test("checkJsonLimits with JSON of unique member names: accepts it", () => {
    always(json, (value) => {
      const text = JSON.stringify(value);
      const hasProto = /"__proto__":/.test(text);
      if (!hasProto) checkJsonLimits(Buffer.from(text));
    });
  });

  test("checkJsonLimits with a duplicate member name, once escaped: throws a PackageError", () => {
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

  test("checkPackage and checkMeta with random JSON: accept or throw a PackageError", () => {
    always(json, (value) => {
      onlyThrows(PackageError, () => checkPackage(value));
      onlyThrows(PackageError, () => checkMeta(value));
    });
  });

  test("checkMeta with one value replaced: accepts or throws a PackageError", () => {
    checkMeta(meta);
    always(fc.tuple(fc.constantFrom(...pathsOf(meta)), json), ([path, value]) =>
      onlyThrows(PackageError, () => checkMeta(replaced(path, value))),
    );
  });
});
