/** All that is held against an object's bytes before libbpf sees them. */
import { PackageError } from "../errors.ts";
import { BtfTypes } from "./btf.ts";
import { checkTypes } from "./btf-checks.ts";
import { checkExt } from "./btf-ext.ts";
import { checkCode } from "./code-checks.ts";
import { functionsOf } from "./elf-symbols.ts";
import { sectionsOf } from "./elf.ts";

/**
 * Returns the instructions of each function, which are all that libbpf loads, and the BTF types.
 * @throws PackageError
 */
export function checkObject(object: Uint8Array): { functions: Uint8Array[]; btf: BtfTypes } {
  const sections = sectionsOf(object);
  const functions = functionsOf(sections);
  checkCode(sections, functions);
  const [section, ...more] = sections.filter(({ name }) => name === ".BTF");
  if (!section || more.length)
    throw new PackageError(`bpf_object: ${section ? "two sections .BTF" : "no section .BTF"}`);
  const btf = new BtfTypes(section.bytes);
  checkTypes(btf);
  for (const ext of sections.filter(({ name }) => name === ".BTF.ext")) checkExt(ext, btf, sections);
  return {
    functions: functions.map(({ section, start, end }) => sections[section]!.bytes.subarray(start, end)),
    btf,
  };
}
