/** Files of processes that somebody else wrote: they have symbols or none, and reading them ends. */
import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import fc from "fast-check";
import { readFunctions } from "../../../src/symbols/functions.ts";
import { KernelSymbols } from "../../../src/symbols/kernel-symbols.ts";
import { parseFuseDevices } from "../../../src/symbols/mapped-file.ts";
import { parseMaps } from "../../../src/symbols/maps.ts";
import { temporaryFolder } from "../../support/tracer.ts";
import { fakeElf, readerOf } from "../../support/fake-elf.ts";
import { always, bytes, spoiled } from "../../support/property.ts";

const symbols = Array.from({ length: 20 }, (_, i) => ({
  name: `function_${i}`,
  value: 0x40_1000 + 16 * i,
  size: 16,
  info: 2,
}));

/** What is found is in order, and its names lie within the table. */
function expectSound(table: ReturnType<typeof readFunctions>): void {
  if (!table) return;
  for (let i = 0; i < table.keys.length; i++) {
    if (i) expect(table.keys[i]!).toBeGreaterThanOrEqual(table.keys[i - 1]!);
    expect(table.nameEnd(i)).toBeLessThanOrEqual(table.names.length);
    table.find(table.keys[i]!);
  }
}

describe("ELF files", () => {
  test("any bytes", () => always(bytes(), (any) => expectSound(readFunctions(readerOf(any)))));

  test.each([false, true])("sound ones with other bytes in them; 32 bits: %p", (is32) => {
    const sound = fakeElf({ symtab: symbols, dynsym: symbols.slice(0, 3), is32 });
    expect(readFunctions(readerOf(sound))!.keys.length).toBeGreaterThan(0);
    // its headers are at the beginning, its symbols far behind
    const header = sound.slice(0, 1024);
    always(
      spoiled(header),
      (head) => {
        const bytes = Uint8Array.from(sound);
        bytes.set(head);
        expectSound(readFunctions(readerOf(bytes)));
      },
      300,
    );
  });
});

/** As the kernel writes it, with anything in each place. */
const hex = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }).map((value) => value.toString(16));
const strange = fc.string({
  unit: fc.constantFrom("0", "f", "-", " ", "\n", ":", "x", "r", "é", "\t", "/", "["),
  maxLength: 60,
});

test("/proc/PID/maps: what is read is within what a number can say", () => {
  const line = fc
    .tuple(
      hex,
      hex,
      fc.constantFrom("r-xp", "rwxs", "r--p", "??x?"),
      hex,
      fc.nat(0xfff),
      fc.nat(0xfff),
      fc.nat(9),
      strange,
    )
    .map(
      ([start, end, rights, offset, major, minor, inode, path]) =>
        `${start}-${end} ${rights} ${offset} ${major.toString(16)}:${minor.toString(16)} ${inode}    ${path.replaceAll("\n", "")}`,
    );
  always(fc.array(fc.oneof(line, strange), { maxLength: 20 }), (lines) => {
    for (const { start, end, device } of parseMaps(lines.join("\n"))) {
      expect(end).toBeLessThanOrEqual(Number.MAX_SAFE_INTEGER);
      expect(Number.isNaN(start) || Number.isNaN(end)).toBe(false);
      if (device !== null) expect(device).toMatch(/^\d+:\d+$/);
    }
  });
  always(strange, (text) => void parseFuseDevices(text));
});

test("a million characters without a line's end take no time", () => {
  for (const part of ["f", "0-", "f-f r-xp 0 0:0 1 ", " ", "x\t"]) {
    const text = part.repeat(1_000_000 / part.length);
    const begun = performance.now();
    parseMaps(text);
    parseFuseDevices(text);
    expect(performance.now() - begun).toBeLessThan(1000);
  }
});

test("/proc/kallsyms: any text has symbols or none", () => {
  using folder = temporaryFolder();
  const line = fc
    .tuple(hex, fc.constantFrom("t", "T", "?", ""), strange)
    .map((words) => words.join(" ").replaceAll("\n", ""));
  always(
    fc.array(fc.oneof(line, strange), { maxLength: 20 }),
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
