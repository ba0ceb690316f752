/** The symbols of an object that a compiler just made; its sections are read, and checked, as packages' own are. See elf(5). */
import { type Section, sectionsOf, textAt } from "../../../src/eunomia/object/elf.ts";

export type { Section };

export interface Symbol {
  name: string;
  /** STT_*. */
  type: number;
  isLocal: boolean;
  section: Section | undefined;
  /** From the beginning of its section, bytes. */
  value: number;
}

export interface Elf {
  /** In the file's order; the first is empty. */
  sections: Section[];
  symbols: Symbol[];
}

const SHT_SYMTAB = 2;
const SHF_EXECINSTR = 4;
const STB_LOCAL = 0;
const SYMBOL_BYTES = 24;

export const isCode = ({ flags }: Section) => (flags & SHF_EXECINSTR) !== 0;

/** @throws PackageError where the file is no BPF object. */
export function readElf(file: Uint8Array): Elf {
  const sections = sectionsOf(file);
  const table = sections.find(({ type }) => type === SHT_SYMTAB);
  if (!table) return { sections, symbols: [] };
  const names = sections[table.link]!.bytes;
  const entry = new DataView(table.bytes.buffer, table.bytes.byteOffset, table.bytes.byteLength);
  const symbols = Array.from({ length: table.bytes.length / SYMBOL_BYTES }, (_, index) => {
    const at = index * SYMBOL_BYTES;
    return {
      name: textAt(names, entry.getUint32(at, true)) ?? "",
      type: entry.getUint8(at + 4) & 0xf,
      isLocal: entry.getUint8(at + 4) >> 4 === STB_LOCAL,
      section: sections[entry.getUint16(at + 6, true)],
      value: Number(entry.getBigUint64(at + 8, true)),
    };
  });
  return { sections, symbols };
}
