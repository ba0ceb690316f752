/** As much of an ELF file as a BPF object has: sections and symbols, 64 bits, little-endian. See elf(5). */

export interface Section {
  name: string;
  /** SHT_*. */
  type: number;
  isCode: boolean;
  bytes: Uint8Array;
}

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
const SHF_EXECINSTR = 4n;
const STB_LOCAL = 0;
const SYMBOL_BYTES = 24;

/** The name that begins there in a string table. */
export function cStringAt(bytes: Uint8Array, offset: number): string {
  return new TextDecoder().decode(bytes.subarray(offset, bytes.indexOf(0, offset)));
}

/** For objects that a compiler just made: what is not one throws RangeError. */
export function readElf(file: Uint8Array): Elf {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const header = (index: number) => Number(view.getBigUint64(0x28, true)) + index * view.getUint16(0x3a, true);
  const count = view.getUint16(0x3c, true);
  const raw = Array.from({ length: count }, (_, index) => {
    const at = header(index);
    const start = Number(view.getBigUint64(at + 0x18, true));
    return {
      nameOffset: view.getUint32(at, true),
      type: view.getUint32(at + 4, true),
      isCode: (view.getBigUint64(at + 8, true) & SHF_EXECINSTR) !== 0n,
      link: view.getUint32(at + 0x28, true),
      bytes: file.subarray(start, start + Number(view.getBigUint64(at + 0x20, true))),
    };
  });
  const names = raw[view.getUint16(0x3e, true)]!.bytes;
  const sections = raw.map(({ nameOffset, type, isCode, bytes }) => ({
    name: cStringAt(names, nameOffset),
    type,
    isCode,
    bytes,
  }));

  const table = raw.find(({ type }) => type === SHT_SYMTAB);
  if (!table) return { sections, symbols: [] };
  const symbolNames = raw[table.link]!.bytes;
  const entry = new DataView(table.bytes.buffer, table.bytes.byteOffset, table.bytes.byteLength);
  const symbols = Array.from({ length: table.bytes.length / SYMBOL_BYTES }, (_, index) => {
    const at = index * SYMBOL_BYTES;
    return {
      name: cStringAt(symbolNames, entry.getUint32(at, true)),
      type: entry.getUint8(at + 4) & 0xf,
      isLocal: entry.getUint8(at + 4) >> 4 === STB_LOCAL,
      section: sections[entry.getUint16(at + 6, true)],
      value: Number(entry.getBigUint64(at + 8, true)),
    };
  });
  return { sections, symbols };
}
