/**
 * Checks an object before libbpf opens it as root.
 *
 * libbpf's own fuzzer (fuzz/bpf-object-fuzzer.c, run by OSS-Fuzz) covers bpf_object__open(), so
 * data that only open reads is not checked here. Opening the object in an unprivileged child first
 * would not replace these checks: libbpf applies relocations and resolves externs later, in
 * bpf_object__load(), which needs the privileges. `npm run faults` changes bytes of objects and
 * opens those that pass these checks, with AddressSanitizer.
 */
import { PackageError } from "../errors.ts";
import { checkTypes } from "./btf-checks.ts";
import { BtfTypes } from "./btf.ts";
import { type FunctionSymbol, functionsOf, sectionsOf } from "./elf.ts";
import { checkInstructions } from "./instructions.ts";

/** Returns the functions of the object and its types. @throws PackageError */
export function checkObject(object: Uint8Array): { functions: FunctionSymbol[]; btf: BtfTypes } {
  const sections = sectionsOf(object);
  const functions = functionsOf(sections);
  functions.forEach(checkInstructions);
  const [section, ...more] = sections.filter(({ name }) => name === ".BTF");
  if (!section || more.length) {
    throw new PackageError(
      section ? "bpf_object has two sections .BTF" : "bpf_object has no section .BTF; compile it with -g",
    );
  }
  const btf = new BtfTypes(section.bytes);
  checkTypes(btf);
  return { functions, btf };
}
