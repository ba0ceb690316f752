import { describe, expect, test } from "bun:test";
import { readFunctions } from "../../src/symbols/functions.ts";
import { SymbolMatch } from "../../src/symbols/symbol-table.ts";
import { cpuMilliseconds } from "../support/cpu-time.ts";
import { type FakeSymbol, FUNC, fakeElf, GLOBAL, readerOf, WEAK } from "../support/fake-elf.ts";
import { Random, repeated } from "../support/random.ts";
import { namesAt } from "../support/symbol-names.ts";

/** Returns the name at an offset of the file; null if it is not an ELF file. */
function nameAt(bytes: Uint8Array, offset: number): string[] | null {
  const table = readFunctions(readerOf(bytes));
  return table && namesAt({ find: (_, low) => new SymbolMatch().search(table, low) }, BigInt(offset));
}

const symbols = (...symtab: FakeSymbol[]) => fakeElf({ symtab });
const AT = 0x401000;

describe.each([64, 32])("readFunctions() of an ELF file of %d bits:", (bits) => {
  const bytes = fakeElf({
    is32: bits === 32,
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
  ])("the function at offset %d: %j", (offset, names) => expect(nameAt(bytes, offset)).toEqual(names));
});

test.each<[string, FakeSymbol[]]>([
  [
    "a global or weak one before a local one",
    [
      { name: "local", value: AT, size: 16 },
      { name: "_best", value: AT, size: 16, info: FUNC | WEAK },
    ],
  ],
  [
    "the one with fewer underscores",
    [
      { name: "__libc_best", value: AT, size: 16, info: FUNC | GLOBAL },
      { name: "_best", value: AT, size: 16, info: FUNC | WEAK },
    ],
  ],
  [
    "the one with a size",
    [
      { name: "start", value: AT, info: FUNC | GLOBAL },
      { name: "_best", value: AT, size: 16 },
    ],
  ],
])("readFunctions() of several names for one address: prefers %s", (_, list) => {
  expect(nameAt(symbols(...list), 0x1000)).toEqual(["_best+0x0"]);
  expect(nameAt(symbols(...list.toReversed()), 0x1000)).toEqual(["_best+0x0"]);
});

test("readFunctions() of several equal names for one address: prefers the first", () => {
  const list = ["zz", "aa"].map((name) => ({ name, value: AT, size: 16 }));
  expect(nameAt(symbols(...list), 0x1000)).toEqual(["zz+0x0"]);
});

test("readFunctions(): ignores symbols that are undefined, nameless or no functions", () => {
  for (const change of [{ info: 1 }, { info: 0 }, { info: 3 }, { section: 0 }, { name: "" }] as Partial<FakeSymbol>[]) {
    expect(nameAt(symbols({ name: "f", value: AT, size: 16, ...change }), 0x1000)).toEqual([]);
  }
  expect(nameAt(symbols({ name: "indirect", value: AT, size: 16, info: 10 }), 0x1000)).toEqual(["indirect+0x0"]);
});

test("readFunctions() of a stripped file: no names; of a file that is not ELF: null", () => {
  expect(nameAt(fakeElf({}), 0x1000)).toEqual([]);
  for (const bytes of [
    new Uint8Array(0),
    new Uint8Array(4096),
    new TextEncoder().encode(`#!/bin/sh\n${" ".repeat(99)}`),
  ]) {
    expect(nameAt(bytes, 0)).toBeNull();
  }
});

describe("readFunctions() of a hostile file:", () => {
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

  test("the unchanged file: has its names", () => expect(names(() => {})).toEqual(["f+0x0"]));

  test.each([
    ["offset of the sections", 40],
    ["offset of the segments", 32],
    ["offset of the symbols", SYMTAB + 24],
    ["segment's offset", 0x100 + 8],
    ["segment's address", 0x100 + 16],
  ])("a wild %s: no names", (_, at) => {
    for (const value of wild)
      expect(
        names((view) => view.setBigUint64(at, value, true)),
        String(value),
      ).toEqual([]);
  });

  test("a string table at a wrong place in the file: wrong names; outside of the file: no names", () => {
    const at = (value: bigint) => names((view) => view.setBigUint64(STRTAB + 24, value, true));
    expect(at(0n)).toEqual(["ELF\x02+0x0"]);
    for (const value of wild.slice(2)) expect(at(value)).toEqual([]);
  });

  test.each([
    ["the symbols", SYMTAB + 32],
    ["the names", STRTAB + 32],
  ])("gigabytes of %s: no names", (_, at) => {
    for (const value of wild.slice(3)) expect(names((view) => view.setBigUint64(at, value, true))).toEqual([]);
  });

  test("a wrong number or size of sections, or a wrong link to the string table: no names", () => {
    expect(names((view) => view.setUint16(60, 0xffff, true))).toEqual([]);
    expect(names((view) => view.setUint16(58, 63, true))).toEqual([]);
    for (const link of [0, 1, 2, 5, 6, 0xffff, 2 ** 32 - 1]) {
      expect(names((view) => view.setUint32(SYMTAB + 40, link, true))).toEqual([]);
    }
  });

  test("a name outside of the string table: none; one that reaches its end: truncated there", () => {
    for (const nameAt of [100, 0x10000, 2 ** 32 - 1]) {
      expect(names((view) => view.setUint32(0x2000, nameAt, true))).toEqual([]);
    }
    // the section ends before the NUL of `g`, the last name; the bytes after it are not read
    const bytes = symbols({ name: "g", value: AT, size: 16 });
    bytes.fill(0x41, 0x2802, 0x3000);
    new DataView(bytes.buffer).setBigUint64(STRTAB + 32, 2n, true);
    expect(nameAt(bytes, 0x1000)).toEqual(["g+0x0"]);
  });

  test("a name of 100,000 bytes: truncated to 4,096", () => {
    const bytes = new Uint8Array(0x4000 + 100_000).fill(0x41);
    bytes.set(sound());
    const view = new DataView(bytes.buffer);
    view.setBigUint64(STRTAB + 24, 0x4000n, true);
    view.setBigUint64(STRTAB + 32, 100_000n, true);
    expect(nameAt(bytes, 0x1000)).toEqual([`${"A".repeat(4096)}+0x0`]);
  });

  test("addresses and sizes near 2^64: no overflow", () => {
    const top = 2n ** 64n - 1n;
    expect(nameAt(symbols({ name: "f", value: top, size: top }, { name: "g", value: AT, size: top }), 0x1fff)).toEqual([
      "g+0xfff",
    ]);
    expect(nameAt(symbols({ name: "f", value: top, size: top }), 0x1fff)).toEqual([]);
  });

  test("a file truncated after every third byte: its name or none", () => {
    const bytes = sound();
    for (let length = 0; length < bytes.length; length += 3) {
      const found = nameAt(bytes.subarray(0, length), 0x1000);
      if (found?.length && found[0] !== "f+0x0") throw new Error(`${length}: ${found}`);
    }
  });

  test("thousands of files with random changes: read without an exception", () => {
    const random = new Random(5);
    const offsets = [random.below(0x3000), 0x1000, 0x1020];
    const unchanged = sound();
    for (let i = 0; i < repeated(2_000); i++) {
      const bytes = unchanged.slice();
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

  test("2^20 symbols and 48 MiB of names, the limits: read in less than 2 s of CPU time", () => {
    const count = 2 ** 20;
    const size = 48 * 1024 * 1024 - 1;
    const [at, strings] = [0x4000, 0x4000 + count * 24];
    const bytes = new Uint8Array(strings + size + 1);
    bytes.set(sound());
    bytes.fill(0x41, strings);
    const view = new DataView(bytes.buffer);
    const words = new Uint32Array(bytes.buffer, at, count * 6);
    const random = new Random(6);
    for (let i = 0; i < words.length; i += 6) {
      words[i] = random.below(size);
      words[i + 1] = FUNC | (1 << 16); // in section 1
      words[i + 2] = AT + random.below(0x1000);
      words[i + 4] = 1;
    }
    view.setBigUint64(SYMTAB + 24, BigInt(at), true);
    view.setBigUint64(SYMTAB + 32, BigInt(count * 24), true);
    view.setBigUint64(STRTAB + 24, BigInt(strings), true);
    view.setBigUint64(STRTAB + 32, BigInt(size), true);
    const milliseconds = cpuMilliseconds(() => expect(nameAt(bytes, 0x1010)).toHaveLength(1));
    expect(milliseconds).toBeLessThan(2000);
    // one byte more exceeds the limit
    view.setBigUint64(STRTAB + 32, BigInt(size + 1), true);
    expect(nameAt(bytes, 0x1010)).toEqual([]);
  });
});
