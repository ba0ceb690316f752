/** Hostile ELF files, maps and symbol lists: read without an error, in limited time. */
import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import fc from "fast-check";
import { readFunctions } from "../../../src/symbols/functions.ts";
import { KernelSymbols } from "../../../src/symbols/kernel-symbols.ts";
import { parseFuseDevices } from "../../../src/symbols/mapped-file.ts";
import { parseMaps } from "../../../src/symbols/maps.ts";
import { temporaryFolder } from "../../support/tracer.ts";
import { cpuMilliseconds } from "../../support/cpu-time.ts";
import { fakeElf, readerOf } from "../../support/fake-elf.ts";
import { always, bytes, mutated } from "../../support/property.ts";

const symbols = Array.from({ length: 20 }, (_, i) => ({
  name: `function_${i}`,
  value: 0x40_1000 + 16 * i,
  size: 16,
  info: 2,
}));

/** Expects sorted addresses, and names within the table. */
function expectValid(table: ReturnType<typeof readFunctions>): void {
  if (!table) return;
  for (let i = 0; i < table.keys.length; i++) {
    if (i) expect(table.keys[i]!).toBeGreaterThanOrEqual(table.keys[i - 1]!);
    expect(table.nameEnd(i)).toBeLessThanOrEqual(table.names.length);
    table.find(table.keys[i]!);
  }
}

describe("readFunctions", () => {
  test("random bytes: a valid table or none", () => {
    always(bytes(), (any) => expectValid(readFunctions(readerOf(any))));
  });

  test.each([false, true])("a file with mutated headers: a valid table or none; 32 bits: %p", (is32) => {
    const valid = fakeElf({ symtab: symbols, dynsym: symbols.slice(0, 3), is32 });
    expect(readFunctions(readerOf(valid))!.keys.length).toBeGreaterThan(0);
    // the headers; the symbols come after them
    const header = valid.slice(0, 1024);
    always(
      mutated(header),
      (head) => {
        const bytes = Uint8Array.from(valid);
        bytes.set(head);
        expectValid(readFunctions(readerOf(bytes)));
      },
      300,
    );
  });
});

const hex = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }).map((value) => value.toString(16));
const malformed = fc.string({
  unit: fc.constantFrom("0", "f", "-", " ", "\n", ":", "x", "r", "é", "\t", "/", "["),
  maxLength: 60,
});

test("parseMaps with random fields: addresses are exact numbers, devices are numbers", () => {
  const line = fc
    .tuple(
      hex,
      hex,
      fc.constantFrom("r-xp", "rwxs", "r--p", "??x?"),
      hex,
      fc.nat(0xfff),
      fc.nat(0xfff),
      fc.nat(9),
      malformed,
    )
    .map(
      ([start, end, rights, offset, major, minor, inode, path]) =>
        `${start}-${end} ${rights} ${offset} ${major.toString(16)}:${minor.toString(16)} ${inode}    ${path.replaceAll("\n", "")}`,
    );
  always(fc.array(fc.oneof(line, malformed), { maxLength: 20 }), (lines) => {
    for (const { start, end, device } of parseMaps(lines.join("\n"))) {
      expect(end).toBeLessThanOrEqual(Number.MAX_SAFE_INTEGER);
      expect(Number.isNaN(start) || Number.isNaN(end)).toBe(false);
      if (device !== null) expect(device).toMatch(/^\d+:\d+$/);
    }
  });
  always(malformed, (text) => void parseFuseDevices(text));
});

test("parseMaps and parseFuseDevices: take less than a second for a million characters in a line", () => {
  for (const part of ["f", "0-", "f-f r-xp 0 0:0 1 ", " ", "x\t"]) {
    const text = part.repeat(1_000_000 / part.length);
    const time = cpuMilliseconds(() => {
      parseMaps(text);
      parseFuseDevices(text);
    });
    expect(time).toBeLessThan(1000);
  }
});

test("KernelSymbols with random text: names lie within the table", () => {
  using folder = temporaryFolder();
  const line = fc
    .tuple(hex, fc.constantFrom("t", "T", "?", ""), malformed)
    .map((words) => words.join(" ").replaceAll("\n", ""));
  always(
    fc.array(fc.oneof(line, malformed), { maxLength: 20 }),
    (lines) => {
      writeFileSync(`${folder.path}/kallsyms`, `${lines.join("\n")}\n`);
      const names = new KernelSymbols(`${folder.path}/kallsyms`);
      for (const high of [0, 0xffff_ffff, 0xffe0_0000]) {
        const { table, first, last } = names.find(high, 0x8100_0000);
        for (let i = first; i <= last; i++) expect(table.nameEnd(i)).toBeLessThanOrEqual(table.names.length);
      }
    },
    50,
  );
});
