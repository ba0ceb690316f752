import { describe, expect, test } from "bun:test";
import { readFunctions } from "../../src/symbols/functions.ts";
import { SymbolMatch } from "../../src/symbols/symbol-table.ts";
import { type FakeSymbol, FUNC, fakeElf, GLOBAL, readerOf, WEAK } from "../support/fake-elf.ts";
import { Random } from "../support/random.ts";
import { namesAt } from "../support/symbol-names.ts";

/** Names at an offset of the file. */
function nameAt(bytes: Uint8Array, offset: number): string[] | null {
  const table = readFunctions(readerOf(bytes));
  return table && namesAt({ find: (_, low) => new SymbolMatch().search(table, low) }, BigInt(offset));
}

const symbols = (...symtab: FakeSymbol[]) => fakeElf({ symtab });
const AT = 0x401000;

describe.each([false, true])("32 bits: %p", (is32) => {
  const bytes = fakeElf({
    is32,
    symtab: [
      { name: "second", value: AT + 0x200, size: 0x10 },
      { name: "first", value: AT + 0x100, size: 0x100 },
      { name: "sizeless", value: AT + 0xf00 },
    ],
    dynsym: [{ name: "exported", value: AT + 0x400, size: 8, info: FUNC | GLOBAL }],
  });

  test.each([
    [0x1000, []],
    [0x1100, ["first+0x0"]],
    [0x11ff, ["first+0xff"]],
    [0x1200, ["second+0x0"]],
    [0x1210, ["second+0x10"]],
    [0x1211, []],
    [0x1404, ["exported+0x4"]],
    [0x1f00, ["sizeless+0x0"]],
    [0x1fef, ["sizeless+0xef"]],
    [0x1ff1, []],
    [0x5000, []],
  ])("the function at offset 0x%x: %p", (offset, names) => expect(nameAt(bytes, offset)).toEqual(names));
});

test.each<[string, FakeSymbol[]]>([
  [
    "what others may call before what they may not",
    [
      { name: "local", value: AT, size: 16 },
      { name: "_best", value: AT, size: 16, info: FUNC | WEAK },
    ],
  ],
  [
    "fewer underscores",
    [
      { name: "__libc_best", value: AT, size: 16, info: FUNC | GLOBAL },
      { name: "_best", value: AT, size: 16, info: FUNC | WEAK },
    ],
  ],
  [
    "one with a size",
    [
      { name: "start", value: AT, info: FUNC | GLOBAL },
      { name: "_best", value: AT, size: 16 },
    ],
  ],
])("of several names for one address: %s", (_, list) => {
  expect(nameAt(symbols(...list), 0x1000)).toEqual(["_best+0x0"]);
  expect(nameAt(symbols(...list.toReversed()), 0x1000)).toEqual(["_best+0x0"]);
});

test("of several names for one address: the first, where they are alike", () => {
  const list = ["zz", "aa"].map((name) => ({ name, value: AT, size: 16 }));
  expect(nameAt(symbols(...list), 0x1000)).toEqual(["zz+0x0"]);
});

test("only functions that are there have names", () => {
  for (const change of [{ info: 1 }, { info: 0 }, { info: 3 }, { section: 0 }, { name: "" }] as Partial<FakeSymbol>[]) {
    expect(nameAt(symbols({ name: "f", value: AT, size: 16, ...change }), 0x1000)).toEqual([]);
  }
  expect(nameAt(symbols({ name: "indirect", value: AT, size: 16, info: 10 }), 0x1000)).toEqual(["indirect+0x0"]);
});

test("a stripped file has no names, and what is no ELF file neither", () => {
  expect(nameAt(fakeElf({}), 0x1000)).toEqual([]);
  for (const bytes of [
    new Uint8Array(0),
    new Uint8Array(4096),
    new TextEncoder().encode(`#!/bin/sh\n${" ".repeat(99)}`),
  ]) {
    expect(nameAt(bytes, 0)).toBeNull();
  }
});

describe("hostile files", () => {
  const sound = () => symbols({ name: "f", value: AT, size: 16 }, { name: "g", value: AT + 32, size: 16 });
  const names = (change: (view: DataView) => void) => {
    const bytes = sound();
    change(new DataView(bytes.buffer));
    return nameAt(bytes, 0x1000) ?? [];
  };
  const SHDR = 0x200;
  const SYMTAB = SHDR + 2 * 64;
  const STRTAB = SHDR + 3 * 64;
  const wild = [0n, 1n, 0x3fffn, 0x7fff_ffffn, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n];

  test("the sound one has its names", () => expect(names(() => {})).toEqual(["f+0x0"]));

  test.each([
    ["offset of the sections", 40],
    ["offset of the segments", 32],
    ["offset of the symbols", SYMTAB + 24],
    ["segment's offset", 0x100 + 8],
    ["segment's address", 0x100 + 16],
  ])("a wild %s gives no names", (_, at) => {
    for (const value of wild)
      expect(
        names((view) => view.setBigUint64(at, value, true)),
        String(value),
      ).toEqual([]);
  });

  test("names that lie elsewhere in the file are wrong names; outside of it, none", () => {
    const at = (value: bigint) => names((view) => view.setBigUint64(STRTAB + 24, value, true));
    expect(at(0n)).toEqual(["ELF\x02+0x0"]);
    for (const value of wild.slice(2)) expect(at(value)).toEqual([]);
  });

  test.each([
    ["the symbols", SYMTAB + 32],
    ["the names", STRTAB + 32],
  ])("a claim of gigabytes for %s gives none", (_, at) => {
    for (const value of wild.slice(3)) expect(names((view) => view.setBigUint64(at, value, true))).toEqual([]);
  });

  test("sections without end, of another size, that link anywhere", () => {
    expect(names((view) => view.setUint16(60, 0xffff, true))).toEqual([]);
    expect(names((view) => view.setUint16(58, 63, true))).toEqual([]);
    for (const link of [0, 1, 2, 5, 6, 0xffff, 2 ** 32 - 1]) {
      expect(names((view) => view.setUint32(SYMTAB + 40, link, true))).toEqual([]);
    }
  });

  test("names that lie outside of their section, or have no end", () => {
    for (const nameAt of [100, 0x10000, 2 ** 32 - 1]) {
      expect(names((view) => view.setUint32(0x2000, nameAt, true))).toEqual([]);
    }
    // `g` is the last, its NUL is cut off, and what follows in the file is not the section's
    const bytes = symbols({ name: "g", value: AT, size: 16 });
    bytes.fill(0x41, 0x2802, 0x3000);
    new DataView(bytes.buffer).setBigUint64(STRTAB + 32, 2n, true);
    expect(nameAt(bytes, 0x1000)).toEqual(["g+0x0"]);
  });

  test("a name without end is cut", () => {
    const bytes = new Uint8Array(0x4000 + 100_000).fill(0x41);
    bytes.set(sound());
    const view = new DataView(bytes.buffer);
    view.setBigUint64(STRTAB + 24, 0x4000n, true);
    view.setBigUint64(STRTAB + 32, 100_000n, true);
    expect(nameAt(bytes, 0x1000)).toEqual([`${"A".repeat(4096)}+0x0`]);
  });

  test("values that wrap, sizes that reach everywhere", () => {
    const top = 2n ** 64n - 1n;
    expect(nameAt(symbols({ name: "f", value: top, size: top }, { name: "g", value: AT, size: top }), 0x1fff)).toEqual([
      "g+0xfff",
    ]);
    expect(nameAt(symbols({ name: "f", value: top, size: top }), 0x1fff)).toEqual([]);
  });

  test("cut off anywhere", () => {
    const bytes = sound();
    for (let length = 0; length < bytes.length; length += 3) {
      const found = nameAt(bytes.subarray(0, length), 0x1000);
      if (found?.length && found[0] !== "f+0x0") throw new Error(`${length}: ${found}`);
    }
  });

  test("ten thousand with random bytes changed: never more than a wrong name", () => {
    const random = new Random(5);
    const offsets = [random.below(0x3000), 0x1000, 0x1020];
    for (let i = 0; i < 10_000; i++) {
      const bytes = sound();
      for (let n = random.below(8); n >= 0; n--) {
        const at = random.oneOf([
          random.below(64),
          0x100 + random.below(56),
          SHDR + random.below(384),
          0x2000 + random.below(72),
        ]);
        bytes[at] = random.oneOf([0, 1, 0x7f, 0x80, 0xff, random.below(256)]);
      }
      for (const offset of offsets) nameAt(bytes, offset);
    }
  });

  test("the most symbols and the longest names that are read at all take a moment and no gigabytes", () => {
    const count = 2 ** 20;
    const size = 48 * 1024 * 1024 - 1;
    const [at, strings] = [0x4000, 0x4000 + count * 24];
    const bytes = new Uint8Array(strings + size + 1);
    bytes.set(sound());
    bytes.fill(0x41, strings);
    const view = new DataView(bytes.buffer);
    const random = new Random(6);
    for (let i = 0; i < count; i++) {
      view.setUint32(at + i * 24, random.below(size), true);
      view.setUint8(at + i * 24 + 4, FUNC);
      view.setUint16(at + i * 24 + 6, 1, true);
      view.setBigUint64(at + i * 24 + 8, BigInt(AT + random.below(0x1000)), true);
      view.setBigUint64(at + i * 24 + 16, 1n, true);
    }
    view.setBigUint64(SYMTAB + 24, BigInt(at), true);
    view.setBigUint64(SYMTAB + 32, BigInt(count * 24), true);
    view.setBigUint64(STRTAB + 24, BigInt(strings), true);
    view.setBigUint64(STRTAB + 32, BigInt(size), true);
    const start = performance.now();
    expect(nameAt(bytes, 0x1010)).toHaveLength(1);
    expect(performance.now() - start).toBeLessThan(2000);
    // one more of either is too many
    view.setBigUint64(STRTAB + 32, BigInt(size + 1), true);
    expect(nameAt(bytes, 0x1010)).toEqual([]);
  });
});
