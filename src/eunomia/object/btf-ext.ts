/**
 * What an object says of its instructions (struct btf_ext_header in libbpf's btf.c). libbpf ignores a section that it cannot read: the
 * programs would be loaded with this kernel's structs where the compiler's machine had them.
 */
import { type BtfTypes, MAGIC } from "./btf.ts";
import type { Section } from "./elf.ts";
import { PackageError } from "../errors.ts";

const SHF_EXECINSTR = 4;
const INSTRUCTION_BYTES = 8;
const HEADER_BYTES = 24;
/** libbpf looks for each among all types of the kernel and its modules, a millisecond or two a type. */
const MOST_RELOCATED = 1024;
/** Where the header tells of each part, and the least that its records take. */
const parts = [
  { name: "functions", at: 8, least: 8 },
  { name: "lines", at: 16, least: 16 },
  { name: "relocations", at: 24, least: 16 },
] as const;

function refuse(why: string): never {
  throw new PackageError(`bpf_object: what it says of its instructions (BTF.ext) is malformed: ${why}`);
}

/** @throws PackageError */
export function checkExt({ bytes }: Section, btf: BtfTypes, sections: readonly Section[]): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER_BYTES || view.getUint16(0, true) !== MAGIC || view.getUint8(2) !== 1) {
    refuse("no header of version 1");
  }
  const header = view.getUint32(4, true);
  if (header < HEADER_BYTES || header > bytes.length) refuse("it is truncated");
  const code = new Map(sections.filter(({ flags }) => flags & SHF_EXECINSTR).map(({ name, size }) => [name, size]));

  const relocated = new Set<number>();
  for (const { name, at, least } of parts) {
    // the first compilers had no relocations
    if (at + 8 > header) continue;
    const [offset, length] = [view.getUint32(at, true), view.getUint32(at + 4, true)];
    if (!length) continue;
    const start = header + offset;
    const end = start + length;
    if (offset % 4 || end > bytes.length) refuse(`the ${name} are beyond its end`);
    if (length < 4) refuse(`the ${name} are truncated`);
    const record = view.getUint32(start, true);
    if (record < least || record % 4) refuse(`the ${name} are records of ${record} bytes`);
    for (let place = start + 4; place < end;) {
      if (place + 8 > end) refuse(`the ${name} are truncated`);
      const section = btf.text(view.getUint32(place, true));
      const size = code.get(section) ?? refuse(`the ${name} are of a section ${section} that has no instructions`);
      const records = place + 8;
      place = records + record * view.getUint32(place + 4, true);
      if (place === records || place > end) refuse(`the ${name} of ${section} are truncated`);
      for (let i = records; i < place; i += record) {
        const instruction = view.getUint32(i, true);
        if (instruction % INSTRUCTION_BYTES || instruction >= size) {
          refuse(`the ${name} of ${section} are of byte ${instruction}, which is no instruction`);
        }
        if (name !== "relocations") continue;
        const id = view.getUint32(i + 4, true);
        btf.type(id);
        if (relocated.add(id).size > MOST_RELOCATED) refuse(`the ${name} are of more than ${MOST_RELOCATED} types`);
        btf.text(view.getUint32(i + 8, true));
      }
    }
  }
}
