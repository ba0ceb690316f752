/**
 * As much of an ELF file as its symbols need: include/uapi/linux/elf.h. The file is somebody else's: every offset and size in it is
 * checked against the file when it is read, every count is bounded, and what does not fit is as if it were not there.
 */

/** Bytes of the file; null where it has fewer, or they cannot be read. */
export type ReadAt = (offset: number, length: number) => Uint8Array | null;

const MAGIC = 0x464c457f;
const LITTLE_ENDIAN = 1;
const PT_LOAD = 1;
const PF_X = 1;
/** Linkers make one or two that are executable; each costs time for every symbol. */
const MOST_SEGMENTS = 16;

/** Offsets of the members, by EI_CLASS. `word` is the size of an address. */
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

export type ElfClass = (typeof classes)[1 | 2];

/** A part of the file: in memory its bytes follow `address`. */
export interface Part {
  address: number;
  offset: number;
  bytes: number;
}

export interface Section extends Part {
  type: number;
  /** Another section's index; for symbols, that of their names. */
  link: number;
}

export interface Elf {
  class: ElfClass;
  /** What is loaded and executable. */
  code: Part[];
  sections: Section[];
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** An address, offset or size; Infinity, which no bound lets pass, where it is no exact number. */
export function word(view: DataView, at: number, { word }: ElfClass): number {
  if (word === 4) return view.getUint32(at, true);
  const high = view.getUint32(at + 4, true);
  return high < 2 ** 21 ? high * 2 ** 32 + view.getUint32(at, true) : Number.POSITIVE_INFINITY;
}

/** What the file's headers say; null where it is no little-endian ELF file. A file without sections is one without symbols. */
export function readElf(read: ReadAt): Elf | null {
  const identity = read(0, 16);
  if (!identity || viewOf(identity).getUint32(0, true) !== MAGIC || identity[5] !== LITTLE_ENDIAN) return null;
  const elfClass = classes[identity[4] as 1 | 2] as ElfClass | undefined;
  if (!elfClass) return null;
  const { header, segment, section } = elfClass;
  const bytes = read(0, header.size);
  if (!bytes) return null;
  const view = viewOf(bytes);
  const half = (at: number) => view.getUint16(at, true);

  /** A table of such entries; where they have another size, we cannot read them. */
  const table = (offset: number, size: number, count: number, expected: number): DataView => {
    const entries = size === expected ? read(offset, count * expected) : null;
    return viewOf(entries ?? new Uint8Array(0));
  };
  const segments = table(word(view, header.phoff, elfClass), half(header.phentsize), half(header.phnum), segment.size);
  const sections = table(word(view, header.shoff, elfClass), half(header.shentsize), half(header.shnum), section.size);
  return { class: elfClass, code: codeOf(segments, elfClass), sections: sectionsOf(sections, elfClass) };
}

function codeOf(view: DataView, elfClass: ElfClass): Part[] {
  const { segment } = elfClass;
  const parts: Part[] = [];
  for (let at = 0; at < view.byteLength && parts.length < MOST_SEGMENTS; at += segment.size) {
    const isCode =
      view.getUint32(at + segment.type, true) === PT_LOAD && view.getUint32(at + segment.flags, true) & PF_X;
    if (isCode) parts.push(partOf(view, at, segment, elfClass));
  }
  return parts;
}

function sectionsOf(view: DataView, elfClass: ElfClass): Section[] {
  const { section } = elfClass;
  const sections: Section[] = [];
  for (let at = 0; at < view.byteLength; at += section.size) {
    sections.push({
      ...partOf(view, at, section, elfClass),
      type: view.getUint32(at + section.type, true),
      link: view.getUint32(at + section.link, true),
    });
  }
  return sections;
}

function partOf(view: DataView, at: number, member: Record<keyof Part, number>, elfClass: ElfClass): Part {
  return {
    address: word(view, at + member.address, elfClass),
    offset: word(view, at + member.offset, elfClass),
    bytes: word(view, at + member.bytes, elfClass),
  };
}
