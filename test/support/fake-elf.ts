/** Builds ELF files with symbol tables in memory, valid or not. */
import type { ReadAt } from "../../src/system/elf.ts";

export const FUNC = 2;
export const GLOBAL = 1 << 4;
export const WEAK = 2 << 4;

export interface FakeSymbol {
  name?: string;
  value: number | bigint;
  size?: number | bigint;
  /** Type and binding; by default a local function. */
  info?: number;
  section?: number;
  /** The offset of the name in the string table; by default the offset of `name`. */
  nameAt?: number;
}

interface Options {
  is32?: boolean;
  symtab?: FakeSymbol[];
  dynsym?: FakeSymbol[];
}

/**
 * Returns an ELF file whose only segment maps 0x1000 bytes from offset 0x1000 to 0x401000. Section
 * 1 covers the segment except its last 16 bytes.
 */
export function fakeElf({ is32 = false, symtab, dynsym }: Options): Uint8Array {
  const bytes = new Uint8Array(0x4000);
  const view = new DataView(bytes.buffer);
  const word = (at: number, value: number | bigint) =>
    is32 ? view.setUint32(at, Number(value), true) : view.setBigUint64(at, BigInt(value), true);
  const half = (at: number, value: number) => view.setUint16(at, value, true);
  const long = (at: number, value: number) => view.setUint32(at, value, true);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, is32 ? 1 : 2, 1, 1]);
  const [phdr, shdr] = [0x100, 0x200];
  const sectionSize = is32 ? 40 : 64;
  word(is32 ? 28 : 32, phdr);
  word(is32 ? 32 : 40, shdr);
  for (const [i, value] of [is32 ? 32 : 56, 1, sectionSize, 6].entries()) half((is32 ? 42 : 54) + 2 * i, value);

  long(phdr, 1);
  long(phdr + (is32 ? 24 : 4), 5);
  const [offset, address, size] = is32 ? [4, 8, 16] : [8, 16, 32];
  word(phdr + offset, 0x1000);
  word(phdr + address, 0x401000);
  word(phdr + size, 0x1000);

  const section = (index: number, type: number, place: [address: number, offset: number, size: number], link = 0) => {
    const at = shdr + index * sectionSize;
    long(at + 4, type);
    for (const [i, value] of place.entries()) word(at + (is32 ? 12 + 4 * i : 16 + 8 * i), value);
    long(at + (is32 ? 24 : 40), link);
  };
  section(1, 1, [0x401000, 0x1000, 0xff0]);
  const table = (index: number, type: number, symbols: FakeSymbol[], at: number, names: number) => {
    const symbolSize = is32 ? 16 : 24;
    let used = 1;
    for (const [i, { name = "", value, size = 0, info = FUNC, section = 1, nameAt }] of symbols.entries()) {
      const to = at + i * symbolSize;
      long(to, nameAt ?? used);
      view.setUint8(to + (is32 ? 12 : 4), info);
      half(to + (is32 ? 14 : 6), section);
      word(to + (is32 ? 4 : 8), value);
      word(to + (is32 ? 8 : 16), size);
      if (nameAt === undefined) {
        bytes.set(new TextEncoder().encode(name), names + used);
        used += name.length + 1;
      }
    }
    section(index, type, [0, at, symbols.length * symbolSize], index + 1);
    section(index + 1, 3, [0, names, used]);
  };
  if (symtab) table(2, 2, symtab, 0x2000, 0x2800);
  if (dynsym) table(4, 11, dynsym, 0x3000, 0x3800);
  return bytes;
}

export function readerOf(bytes: Uint8Array): ReadAt {
  return (offset, length) =>
    length <= bytes.length && offset <= bytes.length - length ? bytes.slice(offset, offset + length) : null;
}
