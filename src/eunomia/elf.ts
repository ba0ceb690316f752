/** The sections of a relocatable BPF object (elf(5)), read before anybody trusts it. */
import { PackageError } from "./errors.ts";

export interface Section {
  name: string;
  type: number;
  flags: number;
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
const SHT_NOBITS = 8;

function refuse(why: string): never {
  throw new PackageError(`bpf_object: ${why}`);
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** The NUL-terminated text at an offset. */
export function textAt(bytes: Uint8Array, offset: number): string | undefined {
  const end = offset < bytes.length ? bytes.indexOf(0, offset) : -1;
  return end < 0 ? undefined : new TextDecoder().decode(bytes.subarray(offset, end));
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
  if (view.getUint16(58, true) !== SECTION_BYTES || count > MOST_SECTIONS) refuse("its section table is malformed");
  if (table > object.length - count * SECTION_BYTES) refuse("it is truncated: its section table is beyond its end");
  const sections = Array.from({ length: count }, (_, i) => {
    const at = table + i * SECTION_BYTES;
    const type = view.getUint32(at + 4, true);
    const offset = Number(view.getBigUint64(at + 24, true));
    const size = Number(view.getBigUint64(at + 32, true));
    if (type !== SHT_NOBITS && offset + size > object.length) refuse(`it is truncated: section ${i} is beyond its end`);
    const bytes = type === SHT_NOBITS ? new Uint8Array(0) : object.subarray(offset, offset + size);
    return { nameOffset: view.getUint32(at, true), type, flags: Number(view.getBigUint64(at + 8, true)), bytes };
  });
  const names = sections[view.getUint16(62, true)]?.bytes ?? refuse("it has no section names");
  return sections.map(({ nameOffset, ...section }, i) => {
    const name = textAt(names, nameOffset);
    if (name === undefined || name.length > LONGEST_NAME) refuse(`section ${i} has no proper name`);
    return { name, ...section };
  });
}
