/** Sections and symbols of BPF objects: what is sound is read, what is not is refused before libbpf sees it. */
import { describe, expect, test } from "bun:test";
import { sectionsOf, textAt } from "../../src/eunomia/object/elf.ts";
import { functionsOf } from "../../src/eunomia/object/elf-symbols.ts";
import { PackageError } from "../../src/eunomia/errors.ts";
import { exits, type FakeSymbol, fakeObject, symbolTable } from "../support/fake-object.ts";

const CODE = 4;
const SYMTAB = 2;
const STRTAB = 3;

describe("sections", () => {
  test("are read with their names, kinds and bytes", () => {
    const object = fakeObject([
      { name: "xdp", flags: CODE, bytes: exits(2) },
      { name: ".bss", type: 8, size: 4096 },
      { name: ".rel", type: 9, bytes: new Uint8Array(16), link: 7 },
    ]);
    const [none, code, bss, rel] = sectionsOf(object);
    expect(none).toMatchObject({ name: "", size: 0 });
    expect(code).toMatchObject({ name: "xdp", type: 1, flags: CODE, bytes: exits(2), size: 16 });
    expect(bss).toMatchObject({ name: ".bss", bytes: new Uint8Array(0), size: 4096 });
    expect(rel).toMatchObject({ type: 9, link: 7 });
  });

  test.each([
    [4, 1, "64-bit"],
    [5, 2, "byte order"],
    [16, 2, "relocatable"],
    [18, 62, "another machine"],
    [58, 40, "section table"],
    [62, 99, "no section names"],
  ])("byte %d of the head is %d", (at, value, says) => {
    const object = fakeObject([{ name: "xdp", bytes: exits(1) }]);
    object[at] = value;
    expect(() => sectionsOf(object)).toThrow(says);
  });

  test("every truncation is refused, and none throws anything else", () => {
    const object = fakeObject([{ name: "xdp", bytes: exits(100) }]);
    for (let length = 0; length < object.length; length++) {
      expect(() => sectionsOf(object.subarray(0, length))).toThrow(PackageError);
    }
  });

  test("beyond the end, over each other, of gigabytes of zeroes", () => {
    const [code, zeroes] = [exits(4), new Uint8Array(64)];
    expect(() => sectionsOf(fakeObject([{ name: "a", bytes: code, size: 1e9 }]))).toThrow("beyond its end");
    expect(() =>
      sectionsOf(
        fakeObject([
          { name: "a", bytes: code, size: 40 },
          { name: "b", bytes: zeroes },
        ]),
      ),
    ).toThrow("section 2 lies over");
    expect(() => sectionsOf(fakeObject([{ name: ".bss", type: 8, size: 2 ** 31 }]))).toThrow("claims 2147483648 bytes");
  });
});

test("a text ends at its NUL, within what is allowed", () => {
  const bytes = new TextEncoder().encode("abc\0def");
  expect([textAt(bytes, 0), textAt(bytes, 3), textAt(bytes, 2)]).toEqual(["abc", "", "c"]);
  expect([textAt(bytes, 4), textAt(bytes, 99), textAt(bytes, 0, 2)]).toEqual([undefined, undefined, undefined]);
});

describe("symbols", () => {
  const check = (symbols: FakeSymbol[], code = exits(4)) =>
    functionsOf(
      sectionsOf(
        fakeObject([
          { name: "xdp", flags: CODE, bytes: code },
          { name: "names", type: STRTAB, bytes: new Uint8Array(1) },
          { name: "symbols", type: SYMTAB, bytes: symbolTable(symbols), link: 2 },
        ]),
      ),
    );

  test("sound ones pass", () => {
    check([{ size: 16 }, { value: 16, size: 16 }, { section: 0xfff1, value: 2 ** 40 }, { section: 0, info: 0x10 }]);
  });

  test("functions that do not lie in their section, or lie over each other", () => {
    expect(() => check([{ size: 33 }])).toThrow("symbol 1 lies outside");
    expect(() => check([{ value: 2 ** 50 }])).toThrow("symbol 1 lies outside");
    expect(() => check([{ section: 77 }])).toThrow("section 77, which there is not");
    expect(() => check([{ size: 32 }, { size: 8 }])).toThrow("lie over each other");
    expect(() => check(Array.from({ length: 17 }, () => ({ size: 8 })))).toThrow("lie over each other");
  });

  test("several symbols of one function: no overlap", () => {
    expect(check([{ size: 8 }, { size: 8 }, { value: 8, size: 8 }])).toHaveLength(3);
  });

  test("a function symbol that begins or ends within an instruction: refused", () => {
    expect(() => check([{ size: 12 }])).toThrow("symbol 1 begins or ends within an instruction");
    expect(() => check([{ value: 4, size: 8 }])).toThrow("symbol 1 begins or ends within an instruction");
  });

  test("too many of a kind", () => {
    const many = (count: number, symbol: FakeSymbol) => () => check(Array.from({ length: count }, () => symbol));
    expect(many(1025, { section: 0, info: 0x10 })).toThrow("1024 names");
    expect(many(4097, { size: 0 })).toThrow("4096 functions");
    expect(many(65_536, { info: 0x10 })).toThrow("65536 symbols");
  });

  test("no table, or two", () => {
    const table = { name: "symbols", type: SYMTAB, bytes: symbolTable([]), link: 2 };
    const names = { name: "names", type: STRTAB, bytes: new Uint8Array(1) };
    expect(() => functionsOf(sectionsOf(fakeObject([names])))).toThrow("no symbols");
    expect(() => functionsOf(sectionsOf(fakeObject([table, names, table])))).toThrow("two symbol tables");
    expect(() => functionsOf(sectionsOf(fakeObject([names, { ...table, link: 9 }])))).toThrow("no names");
  });
});
