import { describe, expect, test } from "bun:test";
import { BtfTypes, Kind } from "../../src/eunomia/object/btf.ts";
import { checkTypes } from "../../src/eunomia/object/btf-checks.ts";
import { PackageError } from "../../src/eunomia/errors.ts";
import { FakeBtf } from "../support/fake-btf.ts";

/** Returns the message of the PackageError; undefined if the types are accepted. */
function refusal(make: (btf: FakeBtf) => void): string | undefined {
  const btf = new FakeBtf();
  make(btf);
  try {
    checkTypes(new BtfTypes(btf.bytes()));
    return undefined;
  } catch (error) {
    if (!(error instanceof PackageError)) throw error;
    return error.message;
  }
}

test("checkTypes() of every kind of type: accepted, with the sizes that C gives them", () => {
  const btf = new FakeBtf();
  const int = btf.int("int", 4, 1);
  const array = btf.array(int, 3);
  const pointer = btf.add(Kind.ptr, "", 0);
  const struct = btf.struct("s", 24, [
    ["a", array, 0],
    ["p", pointer, 128],
  ]);
  const bits = btf.struct("b", 4, [
    ["x", int, 0, 3],
    ["y", int, 3, 29],
  ]);
  const union = btf.struct(
    "u",
    8,
    [
      ["a", int, 0],
      ["p", pointer, 0],
    ],
    true,
  );
  const alias = btf.add(Kind.typedef, "alias", btf.add(Kind.const, "", struct));
  const proto = btf.add(Kind.funcProto, "", int, [0, int], 1);
  btf.add(Kind.func, "f", proto, [], 1);
  const variable = btf.add(Kind.var, "v", int, [1]);
  btf.add(Kind.datasec, ".data", 0, [variable, 0, 4], 1);
  btf.add(Kind.float, "double", 8);
  btf.enum("e", 4, [["A", 1]]);
  btf.enum64("f", [["B", 1n]]);
  btf.add(Kind.fwd, "later", 0);
  const types = new BtfTypes(btf.bytes());
  checkTypes(types);
  expect([array, pointer, struct, bits, union, alias].map((id) => types.sizeOf(id))).toEqual([12, 8, 24, 4, 8, 24]);
});

test("checkTypes() of a struct with a pointer to itself: accepted", () => {
  expect(refusal((btf) => void btf.struct("list", 8, [["next", btf.add(Kind.ptr, "", 2), 0]]))).toBeUndefined();
});

describe("checkTypes(): refuses a type that contains itself:", () => {
  test.each(["typedef", "const", "volatile", "restrict", "typeTag"] as const)("a cycle of types of kind %s", (name) => {
    const kind = Kind[name];
    expect(refusal((btf) => void btf.add(kind, "t", 1))).toMatch("type 1 contains itself");
    const two = (btf: FakeBtf) => {
      btf.add(kind, "t", 2);
      btf.add(kind, "u", 1);
    };
    expect(refusal(two)).toMatch("contains itself");
  });

  test("a cycle through members and elements", () => {
    expect(refusal((btf) => void btf.struct("s", 8, [["s", 1, 0]]))).toMatch("contains itself");
    expect(refusal((btf) => void btf.struct("s", 8, [["s", 1, 0]], true))).toMatch("contains itself");
    expect(refusal((btf) => void btf.array(1, 1))).toMatch("contains itself");
  });

  test("types nested 64 deep: accepted; 65 deep: refused", () => {
    const deep = (levels: number) => (btf: FakeBtf) => {
      let id = btf.int("int", 4);
      for (let i = 0; i < levels; i++) id = btf.add(Kind.typedef, "t", id);
    };
    expect(refusal(deep(63))).toBeUndefined();
    expect(refusal(deep(64))).toMatch("nested more than 64 deep");
    expect(refusal(deep(60_000))).toMatch("nested more than 64 deep");
  });
});

describe("checkTypes(): refuses types that libbpf would misuse:", () => {
  test.each<[string, string, (btf: FakeBtf) => void]>([
    [
      "a data section with an int instead of a variable",
      "not a variable",
      (btf) => btf.add(Kind.datasec, ".ksyms", 0, [btf.int("i", 4), 0, 4], 1),
    ],
    [
      "a kernel function outside of .ksyms",
      "not a variable",
      (btf) => {
        const func = btf.add(Kind.func, "f", btf.add(Kind.funcProto, "", 0));
        btf.add(Kind.datasec, ".kconfig", 0, [func, 0, 4], 1);
      },
    ],
    ["an unknown kind", "unknown kind 21", (btf) => btf.add(21, "", 0)],
    ["a typedef of a missing type", "there is no type 9", (btf) => btf.add(Kind.typedef, "t", 9)],
  ])("%s", (_, says, make) => expect(refusal(make)).toContain(says));
});

test("checkTypes() of a section .BTF that is truncated or has a flipped bit: accepted or refused with a PackageError", () => {
  const btf = new FakeBtf();
  const int = btf.int("int", 4, 1);
  btf.struct("s", 8, [
    ["a", int, 0],
    ["b", btf.array(int, 1), 32],
  ]);
  btf.enum("e", 4, [["A", 1]]);
  const sound = btf.bytes();
  const read = (bytes: Uint8Array) => {
    try {
      checkTypes(new BtfTypes(bytes));
    } catch (error) {
      expect(error).toBeInstanceOf(PackageError);
    }
  };
  for (let length = 0; length < sound.length; length++) read(sound.subarray(0, length));
  for (let bit = 0; bit < 8 * sound.length; bit++) {
    const copy = Uint8Array.from(sound);
    copy[bit >> 3]! ^= 1 << (bit & 7);
    read(copy);
  }
});
