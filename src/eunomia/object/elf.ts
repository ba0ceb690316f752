/** The sections of a relocatable BPF object (elf(5)), read before anybody trusts it. */
import { PackageError } from "../errors.ts";
import { DECEPTIVE, isDeceptive } from "../names.ts";

export interface Section {
  name: string;
  type: number;
  flags: number;
  /** Of relocations and symbols: the section with their symbols, or with their names. */
  link: number;
  /** Of relocations: the section that they are for. */
  info: number;
  /** Bytes, also where it takes no room in the file. */
  size: number;
  /** Empty where it takes no room in the file, as .bss. */
  bytes: Uint8Array;
}

const HEADER_BYTES = 64;
const SECTION_BYTES = 64;
const LONGEST_NAME = 256;
const MOST_SECTIONS = 4096;

const CLASS_64 = 2;
const LITTLE_ENDIAN = 1;
const RELOCATABLE = 1;
const EM_BPF = 247;
const SHT_NULL = 0;
const SHT_NOBITS = 8;
/** Of one section that takes no room in the file: libbpf reserves its memory. */
const LARGEST_ZEROES = 1024 ** 3;

function refuse(why: string): never {
  throw new PackageError(`bpf_object: ${why}`);
}

const decoder = new TextDecoder();
const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** The NUL-terminated text at an offset; undefined where there is none of at most so many bytes. */
export function textAt(bytes: Uint8Array, offset: number, longest = LONGEST_NAME): string | undefined {
  const end = bytes.subarray(offset, offset + longest + 1).indexOf(0);
  return end < 0 ? undefined : decoder.decode(bytes.subarray(offset, offset + end));
}

/** @throws PackageError where it is no object that this machine's kernel could take. */
export function sectionsOf(object: Uint8Array): Section[] {
  if (object.length < HEADER_BYTES || textAt(Uint8Array.of(...object.subarray(0, 4), 0), 0) !== "\x7fELF") {
    refuse("it is not an ELF file");
  }
  const view = viewOf(object);
  if (object[4] !== CLASS_64) refuse("it is not a 64-bit ELF file");
  if (object[5] !== LITTLE_ENDIAN) refuse("it is of a machine with the other byte order; compile it for this one");
  const machine = view.getUint16(18, true);
  if (machine !== EM_BPF) refuse(`it is for another machine (ELF machine ${machine}), not for BPF`);
  if (view.getUint16(16, true) !== RELOCATABLE) refuse("it is not a relocatable object, as clang -c makes it");

  const count = view.getUint16(60, true);
  const table = Number(view.getBigUint64(40, true));
  if (view.getUint16(58, true) !== SECTION_BYTES || !count || count > MOST_SECTIONS) {
    refuse("its section table is malformed");
  }
  if (table > object.length - count * SECTION_BYTES) refuse("it is truncated: its section table is beyond its end");
  const sections = Array.from({ length: count }, (_, i) => sectionAt(object, view, table + i * SECTION_BYTES, i));
  refuseOverlaps(sections);
  const names = sections[view.getUint16(62, true)]?.bytes ?? refuse("it has no section names");
  return sections.map(({ nameOffset, start: _, ...section }, i) => {
    const name = textAt(names, nameOffset) ?? refuse(`section ${i} has no proper name`);
    if (isDeceptive(name)) refuse(`section ${i} has ${DECEPTIVE}: ${name}`);
    return { name, ...section };
  });
}

/** Elf64_Shdr */
function sectionAt(object: Uint8Array, view: DataView, at: number, index: number) {
  const word = (offset: number) => Number(view.getBigUint64(at + offset, true));
  const type = view.getUint32(at + 4, true);
  const [start, size] = [word(24), word(32)];
  if (type === SHT_NOBITS && size > LARGEST_ZEROES) refuse(`section ${index} claims ${size} bytes of zeroes`);
  const isInFile = type !== SHT_NOBITS && type !== SHT_NULL;
  if (isInFile && start + size > object.length) refuse(`it is truncated: section ${index} is beyond its end`);
  return {
    nameOffset: view.getUint32(at, true),
    type,
    flags: word(8),
    link: view.getUint32(at + 40, true),
    info: view.getUint32(at + 44, true),
    size,
    start,
    bytes: isInFile ? object.subarray(start, start + size) : new Uint8Array(0),
  };
}

/** libbpf copies each: a few bytes could be asked for a thousand times. */
function refuseOverlaps(sections: readonly { start: number; bytes: Uint8Array }[]): void {
  let end = 0;
  const inOrder = sections
    .map(({ start, bytes }, index) => ({ start, size: bytes.length, index }))
    .filter(({ size }) => size > 0)
    .sort((a, b) => a.start - b.start);
  for (const { start, size, index } of inOrder) {
    if (start < end) refuse(`section ${index} lies over another one`);
    end = start + size;
  }
}
