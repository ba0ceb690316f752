/**
 * Reads the sections and the functions of a relocatable BPF object (elf(5)). libelf and libbpf
 * check the object again when they open it: here are the checks that this reader needs, and limits
 * on the memory and the time that an object can make libbpf spend.
 */
import { viewOf } from "../../system/elf.ts";
import { PackageError } from "../errors.ts";

export interface Section {
  name: string;
  type: number;
  flags: number;
  /** The index of a related section; for symbols, the section with their names. */
  link: number;
  /** Empty if the section occupies no space in the file, such as .bss. */
  bytes: Uint8Array;
}

/** The instructions that one function symbol covers: libbpf loads no others. */
export interface FunctionSymbol {
  name: string;
  /** The index of the function's section. */
  section: number;
  isGlobal: boolean;
  code: Uint8Array;
}

const HEADER_BYTES = 64;
const SECTION_BYTES = 64;
const SYMBOL_BYTES = 24;

const MAGIC = 0x464c457f;
const CLASS_64 = 2;
const LITTLE_ENDIAN = 1;
const RELOCATABLE = 1;
const EM_BPF = 247;
const SHT_NULL = 0;
const SHT_SYMTAB = 2;
const SHT_NOBITS = 8;
const SHF_EXECINSTR = 4;
const STT_FUNC = 2;
const STB_LOCAL = 0;

const MAX_NAME_BYTES = 256;
const MAX_SECTIONS = 4096;
/** For each section with code libbpf walks all symbols. */
const MAX_SYMBOLS = 65_536;
/** libbpf looks for each undefined symbol among all types. */
const MAX_UNDEFINED_SYMBOLS = 1024;
/** libbpf reserves memory for .bss and other sections of zeros. */
const MAX_ZERO_BYTES = 1024 ** 3;
/** libbpf copies a function once for each of its names (attribute alias). */
const MAX_NAMES_PER_FUNCTION = 16;

function refuse(why: string): never {
  throw new PackageError(`bpf_object ${why}`);
}

const decoder = new TextDecoder();

/** Returns the NUL-terminated text at an offset; undefined if it is longer than `max` bytes. */
export function textAt(bytes: Uint8Array, offset: number, max = MAX_NAME_BYTES): string | undefined {
  const end = bytes.subarray(offset, offset + max + 1).indexOf(0);
  return end < 0 ? undefined : decoder.decode(bytes.subarray(offset, offset + end));
}

/** @throws PackageError if the bytes are no BPF object for this machine. */
export function sectionsOf(object: Uint8Array): Section[] {
  const view = viewOf(object);
  if (object.length < HEADER_BYTES || view.getUint32(0, true) !== MAGIC) refuse("is not an ELF file");
  if (object[4] !== CLASS_64) refuse("is not a 64-bit ELF file");
  if (object[5] !== LITTLE_ENDIAN) refuse("is for machines with another byte order; compile it for this one");
  const machine = view.getUint16(18, true);
  if (machine !== EM_BPF) refuse(`is for another machine (ELF machine ${machine}), not for BPF`);
  if (view.getUint16(16, true) !== RELOCATABLE) refuse("is not a relocatable object, which clang -c makes");

  const count = view.getUint16(60, true);
  const table = Number(view.getBigUint64(40, true));
  if (view.getUint16(58, true) !== SECTION_BYTES || !count || count > MAX_SECTIONS) {
    refuse("has a malformed section table");
  }
  if (table > object.length - count * SECTION_BYTES) refuse("is truncated: the section table is beyond its end");
  let [fileBytes, zeroBytes] = [0, 0];
  const headers = Array.from({ length: count }, (_, index) => {
    const at = table + index * SECTION_BYTES;
    const type = view.getUint32(at + 4, true);
    const [flags, start, size] = [8, 24, 32].map((offset) => Number(view.getBigUint64(at + offset, true))) as [
      number,
      number,
      number,
    ];
    const isInFile = type !== SHT_NOBITS && type !== SHT_NULL;
    if (isInFile && start + size > object.length) refuse(`is truncated: section ${index} is beyond its end`);
    if (isInFile) fileBytes += size;
    if (type === SHT_NOBITS) zeroBytes += size;
    const bytes = isInFile ? object.subarray(start, start + size) : new Uint8Array(0);
    return { nameOffset: view.getUint32(at, true), type, flags, link: view.getUint32(at + 40, true), bytes };
  });
  if (fileBytes > object.length) refuse("has sections that overlap");
  if (zeroBytes > MAX_ZERO_BYTES) refuse(`needs ${zeroBytes} bytes of zeros`);
  const names = headers[view.getUint16(62, true)]?.bytes ?? refuse("has no section names");
  return headers.map(({ nameOffset, ...section }, i) => ({
    name: textAt(names, nameOffset) ?? refuse(`has no valid name for section ${i}`),
    ...section,
  }));
}

/**
 * Returns the functions in the order of the symbol table. libbpf refuses those that cross the end
 * of their section or begin within an instruction (bpf_object__init_prog()). @throws PackageError
 */
export function functionsOf(sections: readonly Section[]): FunctionSymbol[] {
  const table = sections.find(({ type }) => type === SHT_SYMTAB);
  // without a symbol table libbpf does not open the object
  if (!table) return [];
  const names = sections[table.link]?.bytes ?? new Uint8Array(0);
  const view = viewOf(table.bytes);
  const count = Math.floor(table.bytes.length / SYMBOL_BYTES);
  if (count > MAX_SYMBOLS) refuse(`has more than ${MAX_SYMBOLS} symbols`);
  let [undefinedSymbols, covered] = [0, 0];
  const functions: FunctionSymbol[] = [];
  for (let i = 1; i < count; i++) {
    const at = i * SYMBOL_BYTES;
    const info = view.getUint8(at + 4);
    const index = view.getUint16(at + 6, true);
    if (index === 0 && ++undefinedSymbols > MAX_UNDEFINED_SYMBOLS) {
      refuse(`has more than ${MAX_UNDEFINED_SYMBOLS} undefined symbols`);
    }
    const section = sections[index];
    if (!section || (info & 15) !== STT_FUNC || !(section.flags & SHF_EXECINSTR)) continue;
    const [start, size] = [8, 16].map((word) => Number(view.getBigUint64(at + word, true))) as [number, number];
    const code = section.bytes.subarray(start, start + size);
    covered += code.length;
    functions.push({
      name: textAt(names, view.getUint32(at, true)) ?? "",
      section: index,
      isGlobal: info >> 4 !== STB_LOCAL,
      code,
    });
  }
  const codeBytes = sections.reduce((sum, { flags, bytes }) => sum + (flags & SHF_EXECINSTR ? bytes.length : 0), 0);
  if (covered > MAX_NAMES_PER_FUNCTION * codeBytes) refuse("has functions that overlap");
  return functions;
}
