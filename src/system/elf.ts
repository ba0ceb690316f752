/**
 * Reads the headers of little-endian ELF files: elf(5), include/uapi/linux/elf.h. The files are not
 * trusted. Offsets and sizes are checked against the file when they are read, counts are bounded.
 */

/** Returns bytes of the file; null if they are beyond its end or cannot be read. */
export type ReadAt = (offset: number, length: number) => Uint8Array | null;

const MAGIC = 0x464c457f;
const LITTLE_ENDIAN = 1;
const PT_LOAD = 1;
const PF_X = 1;
/** Linkers make one or two executable segments, and each symbol is compared with all of them. */
const MAX_SEGMENTS = 16;

/** The size of an address and the offsets of members, by EI_CLASS. */
const classes = {
  1: {
    word: 4,
    header: { size: 52, phoff: 28, shoff: 32, phentsize: 42, phnum: 44, shentsize: 46, shnum: 48 },
    segment: { size: 32, type: 0, flags: 24, offset: 4, address: 8, bytes: 16 },
    section: { size: 40, type: 4, address: 12, offset: 16, bytes: 20, link: 24 },
    symbol: { size: 16, name: 0, info: 12, section: 14, value: 4, bytes: 8 },
  },
  2: {
    word: 8,
    header: { size: 64, phoff: 32, shoff: 40, phentsize: 54, phnum: 56, shentsize: 58, shnum: 60 },
    segment: { size: 56, type: 0, flags: 4, offset: 8, address: 16, bytes: 32 },
    section: { size: 64, type: 4, address: 16, offset: 24, bytes: 32, link: 40 },
    symbol: { size: 24, name: 0, info: 4, section: 6, value: 8, bytes: 16 },
  },
} as const;

type ElfClass = (typeof classes)[1 | 2];

/** A part of the file, and the address at which it is in memory. */
export interface Extent {
  address: number;
  offset: number;
  bytes: number;
}

export interface Section extends Extent {
  /** SHT_* */
  type: number;
  /** The index of another section; for symbols, that of their names. */
  link: number;
}

export interface Elf {
  class: ElfClass;
  /** The executable segments. */
  code: Extent[];
  sections: Section[];
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Reads an address, offset or size. A value above 2^53 becomes Infinity, above every bound. */
export function readWord(view: DataView, at: number, { word }: ElfClass): number {
  if (word === 4) return view.getUint32(at, true);
  const high = view.getUint32(at + 4, true);
  return high < 2 ** 21 ? high * 2 ** 32 + view.getUint32(at, true) : Number.POSITIVE_INFINITY;
}

/** Reads a file's headers; null: not a little-endian ELF file. Unreadable tables are empty. */
export function readElf(read: ReadAt): Elf | null {
  const identity = read(0, 16);
  if (!identity || viewOf(identity).getUint32(0, true) !== MAGIC || identity[5] !== LITTLE_ENDIAN) return null;
  const elfClass = classes[identity[4] as 1 | 2] as ElfClass | undefined;
  const bytes = elfClass && read(0, elfClass.header.size);
  if (!bytes) return null;
  const { header, segment, section } = elfClass;
  const view = viewOf(bytes);
  /** Calls a function for each entry of a table, which must have the expected size. */
  const entries = <T>(
    [offset, size, count]: readonly [number, number, number],
    expected: number,
    parse: (table: DataView, at: number) => T,
  ): T[] => {
    const length = view.getUint16(count, true);
    const isReadable = view.getUint16(size, true) === expected;
    const table = isReadable ? read(readWord(view, offset, elfClass), length * expected) : null;
    return table ? Array.from({ length }, (_, i) => parse(viewOf(table), i * expected)) : [];
  };
  const extent = (table: DataView, at: number, member: Record<keyof Extent, number>): Extent => ({
    address: readWord(table, at + member.address, elfClass),
    offset: readWord(table, at + member.offset, elfClass),
    bytes: readWord(table, at + member.bytes, elfClass),
  });
  const segments = entries([header.phoff, header.phentsize, header.phnum], segment.size, (table, at) => ({
    ...extent(table, at, segment),
    isCode:
      table.getUint32(at + segment.type, true) === PT_LOAD && (table.getUint32(at + segment.flags, true) & PF_X) > 0,
  }));
  const sections = entries([header.shoff, header.shentsize, header.shnum], section.size, (table, at) => ({
    ...extent(table, at, section),
    type: table.getUint32(at + section.type, true),
    link: table.getUint32(at + section.link, true),
  }));
  return { class: elfClass, code: segments.filter(({ isCode }) => isCode).slice(0, MAX_SEGMENTS), sections };
}
