/** All that is held against an object's bytes before libbpf sees them. */
import { PackageError } from "../errors.ts";
import { BtfTypes } from "./btf.ts";
import { checkTypes } from "./btf-checks.ts";
import { checkExt } from "./btf-ext.ts";
import { checkSymbols } from "./elf-symbols.ts";
import { type Section, sectionsOf } from "./elf.ts";

/** @throws PackageError */
export function checkObject(object: Uint8Array): { sections: Section[]; btf: BtfTypes } {
  const sections = sectionsOf(object);
  checkSymbols(sections);
  const [section, ...more] = sections.filter(({ name }) => name === ".BTF");
  if (!section || more.length)
    throw new PackageError(`bpf_object: ${section ? "two sections .BTF" : "no section .BTF"}`);
  const btf = new BtfTypes(section.bytes);
  checkTypes(btf);
  for (const ext of sections.filter(({ name }) => name === ".BTF.ext")) checkExt(ext, btf, sections);
  return { sections, btf };
}
