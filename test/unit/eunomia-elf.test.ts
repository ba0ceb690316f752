/** Invalid BPF objects are refused before libbpf opens them. */
import { describe, expect, test } from "bun:test";
import { functionsOf, sectionsOf, textAt } from "../../src/eunomia/object/elf.ts";
import { PackageError } from "../../src/eunomia/errors.ts";
import { exits, type FakeSymbol, fakeObject, symbolTable } from "../support/fake-object.ts";

const CODE = 4;
const SYMTAB = 2;
const STRTAB = 3;

describe("sectionsOf():", () => {
  test("sound sections: read with their names, types and bytes", () => {
    const object = fakeObject([
      { name: "xdp", flags: CODE, bytes: exits(2) },
      { name: ".bss", type: 8, size: 4096 },
      { name: ".rel", type: 9, bytes: new Uint8Array(16), link: 7 },
    ]);
    const [none, code, bss, rel] = sectionsOf(object);
    expect(none).toMatchObject({ name: "", bytes: new Uint8Array(0) });
    expect(code).toMatchObject({ name: "xdp", type: 1, flags: CODE, bytes: exits(2) });
    expect(bss).toMatchObject({ name: ".bss", bytes: new Uint8Array(0) });
    expect(rel).toMatchObject({ type: 9, link: 7 });
  });

  test.each([
    [4, 1, "64-bit"],
    [5, 2, "byte order"],
    [16, 2, "relocatable"],
    [18, 62, "another machine"],
    [58, 40, "section table"],
    [62, 99, "no section names"],
  ])("an ELF header whose byte %d is %d: refused (%s)", (at, value, says) => {
    const object = fakeObject([{ name: "xdp", bytes: exits(1) }]);
    object[at] = value;
    expect(() => sectionsOf(object)).toThrow(says);
  });

  test("an object truncated after any byte: refused with a PackageError", () => {
    const object = fakeObject([{ name: "xdp", bytes: exits(100) }]);
    for (let length = 0; length < object.length; length++) {
      expect(() => sectionsOf(object.subarray(0, length))).toThrow(PackageError);
    }
  });

  test("sections beyond the end of the file, overlapping, or of gigabytes of zeros: refused", () => {
    const [code, zeros] = [exits(4), new Uint8Array(64)];
    expect(() => sectionsOf(fakeObject([{ name: "a", bytes: code, size: 1e9 }]))).toThrow("beyond its end");
    const overlapping = Array.from({ length: 9 }, () => ({ name: "a", bytes: zeros.subarray(0, 8), size: 500 }));
    expect(() => sectionsOf(fakeObject(overlapping))).toThrow("sections that overlap");
    expect(() => sectionsOf(fakeObject([{ name: ".bss", type: 8, size: 2 ** 31 }]))).toThrow("needs 2147483648 bytes");
    const halves = [1, 2].map((n) => ({ name: `.bss.${n}`, type: 8, size: 6 * 2 ** 27 }));
    expect(() => sectionsOf(fakeObject(halves))).toThrow("needs 1610612736 bytes of zeros");
  });
});

test("textAt(): returns the text before the NUL, or undefined without a NUL within the limit", () => {
  const bytes = new TextEncoder().encode("abc\0def");
  expect([textAt(bytes, 0), textAt(bytes, 3), textAt(bytes, 2)]).toEqual(["abc", "", "c"]);
  expect([textAt(bytes, 4), textAt(bytes, 99), textAt(bytes, 0, 2)]).toEqual([undefined, undefined, undefined]);
});

describe("functionsOf():", () => {
  const read = (symbols: FakeSymbol[], code = exits(4)) =>
    functionsOf(
      sectionsOf(
        fakeObject([
          { name: "xdp", flags: CODE, bytes: code },
          { name: "names", type: STRTAB, bytes: new Uint8Array(1) },
          { name: "symbols", type: SYMTAB, bytes: symbolTable(symbols), link: 2 },
        ]),
      ),
    );

  test("function symbols in sections with code: returned with their instructions", () => {
    const symbols = [{ size: 16 }, { value: 16, size: 8, info: 0x02 }, { section: 0xfff1 }, { info: 0x11 }];
    expect(read([...symbols, { section: 77 }, { section: 0, info: 0x10 }])).toEqual([
      { name: "", section: 1, isGlobal: true, code: exits(2) },
      { name: "", section: 1, isGlobal: false, code: exits(1) },
    ]);
  });

  test("a function that crosses the end of its section: read up to the end; libbpf refuses it", () => {
    expect(read([{ size: 33 }, { value: 2 ** 50 }]).map(({ code }) => code.length)).toEqual([32, 0]);
  });

  test("16 names of one function: accepted; 17, or functions that overlap as often: refused", () => {
    const named = (count: number) => Array.from({ length: count }, () => ({ size: 32 }));
    expect(read(named(16))).toHaveLength(16);
    expect(() => read(named(17))).toThrow("functions that overlap");
  });

  test("more symbols than the limits: refused", () => {
    const many = (count: number, symbol: FakeSymbol) => () => read(Array.from({ length: count }, () => symbol));
    expect(many(1025, { section: 0, info: 0x10 })).toThrow("more than 1024 undefined symbols");
    expect(many(65_536, { info: 0x10 })).toThrow("more than 65536 symbols");
  });

  test("an object without symbols: has no functions; libbpf refuses it", () => {
    expect(functionsOf(sectionsOf(fakeObject([{ name: "xdp", flags: CODE, bytes: exits(1) }])))).toEqual([]);
  });
});
