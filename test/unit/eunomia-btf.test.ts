/** Types of BPF objects: what cannot be is refused, whatever follows from it. */
import { describe, expect, test } from "bun:test";
import { BtfTypes, Kind } from "../../src/eunomia/object/btf.ts";
import { checkTypes } from "../../src/eunomia/object/btf-checks.ts";
import { checkExt } from "../../src/eunomia/object/btf-ext.ts";
import type { Section } from "../../src/eunomia/object/elf.ts";
import { PackageError } from "../../src/eunomia/errors.ts";
import { FakeBtf } from "../support/fake-btf.ts";

/** The message, or undefined where the types pass. */
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

test("a type of each kind passes, and sizes are what C says", () => {
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

test("a pointer to what holds it is no cycle", () => {
  expect(refusal((btf) => void btf.struct("list", 8, [["next", btf.add(Kind.ptr, "", 2), 0]]))).toBeUndefined();
});

describe("what holds itself", () => {
  test.each([Kind.typedef, Kind.const, Kind.volatile, Kind.restrict, Kind.typeTag])("through kind %d", (kind) => {
    expect(refusal((btf) => void btf.add(kind, "t", 1))).toMatch("type 1 holds itself");
    const two = (btf: FakeBtf) => {
      btf.add(kind, "t", 2);
      btf.add(kind, "u", 1);
    };
    expect(refusal(two)).toMatch("holds itself");
  });

  test("through members and elements", () => {
    expect(refusal((btf) => void btf.struct("s", 8, [["s", 1, 0]]))).toMatch("holds itself");
    expect(refusal((btf) => void btf.struct("s", 8, [["s", 1, 0]], true))).toMatch("holds itself");
    expect(refusal((btf) => void btf.array(1, 1))).toMatch("holds itself");
  });

  test("or is too deep", () => {
    const deep = (levels: number) => (btf: FakeBtf) => {
      let id = btf.int("int", 4);
      for (let i = 0; i < levels; i++) id = btf.add(Kind.typedef, "t", id);
    };
    expect(refusal(deep(63))).toBeUndefined();
    expect(refusal(deep(64))).toMatch("nested more than 64 deep");
    expect(refusal(deep(60_000))).toMatch("nested more than 64 deep");
  });
});

describe("what no compiler makes", () => {
  test.each<[string, string, (btf: FakeBtf) => void]>([
    ["bits", "255 bits", (btf) => btf.add(Kind.int, "i", 16, [255])],
    ["no bits", "0 bits", (btf) => btf.add(Kind.int, "i", 4, [0])],
    ["size", "of 3 bytes", (btf) => btf.int("i", 3)],
    ["enum", "of 3 bytes", (btf) => btf.enum("e", 3, [])],
    ["float", "of 5 bytes", (btf) => btf.add(Kind.float, "f", 5)],
    ["outside", "lies outside", (btf) => btf.struct("s", 3, [["a", btf.int("i", 4), 0]])],
    ["far outside", "lies outside", (btf) => btf.struct("s", 4, [["a", btf.int("i", 4), 0xffff_fff8]])],
    ["bitfield", "has 40 bits", (btf) => btf.struct("s", 8, [["a", btf.int("i", 4), 0, 40]])],
    [
      "order",
      "out of order",
      (btf) =>
        btf.struct("s", 8, [
          ["a", btf.int("i", 4), 32],
          ["b", 1, 0],
        ]),
    ],
    ["union", "out of order", (btf) => btf.struct("s", 8, [["a", btf.int("i", 4), 32]], true)],
    ["section", "no variable", (btf) => btf.add(Kind.datasec, ".x", 0, [btf.int("i", 4), 0, 4], 1)],
    ["function", "without a prototype", (btf) => btf.add(Kind.func, "f", btf.int("i", 4))],
    ["variable's name", "without a proper name", (btf) => btf.add(Kind.var, "a/b", btf.int("i", 4), [1])],
    ["name", "control or format characters", (btf) => btf.int("i\x1b[2J", 4)],
    ["kind", "there is no kind 21", (btf) => btf.add(21, "", 0)],
    ["id", "there is no type 9", (btf) => btf.add(Kind.ptr, "", 9)],
  ])("%s", (_, says, make) => expect(refusal(make)).toContain(says));
});

test("truncated and flipped sections are read or refused, never more", () => {
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

describe("what is said of instructions", () => {
  const btf = new FakeBtf();
  btf.struct("xdp", 0, []);
  btf.struct("0", 0, []);
  const types = new BtfTypes(btf.bytes());
  const code: Section = { name: "xdp", type: 1, flags: 4, link: 0, info: 0, size: 16, bytes: new Uint8Array(16) };
  /** One relocation, of type 1 at byte 8. Word 0 is the magic number, 8 the records' size, 11 and on the record. */
  const sound = [0x0001_eb9f, 32, 0, 0, 0, 0, 0, 28, 16, 1, 1, 8, 1, 5, 0];
  const check = (words: number[]) => {
    const bytes = new Uint8Array(Uint32Array.from(words).buffer);
    checkExt({ ...code, name: ".BTF.ext", bytes }, types, [code]);
  };

  test("passes where it is sound", () => check(sound));

  test.each<[number, number, string]>([
    [0, 0, "no header"],
    [1, 8, "truncated"],
    [1, 999, "truncated"],
    [6, 4, "beyond its end"],
    [6, 2, "beyond its end"],
    [7, 2, "truncated"],
    [8, 0, "records of 0 bytes"],
    [8, 18, "records of 18 bytes"],
    [9, 5, "no instructions"],
    [9, 999, "a name is beyond"],
    [10, 0, "truncated"],
    [10, 0xffff_ffff, "truncated"],
    [11, 4, "no instruction"],
    [11, 16, "no instruction"],
    [12, 77, "there is no type 77"],
    [13, 999, "a name is beyond"],
  ])("word %d is %d", (at, value, says) => expect(() => check(sound.with(at, value))).toThrow(says));
});
