/** The valid package with its second program, on_raw, in a section of another name. */
import { packText } from "../../../scripts/build/package.ts";
import { ElfEditor } from "./elf-editor.ts";
import { validPackage } from "./valid-package.ts";

export const SECTION = "raw_tp/sched_process_exit";

/** Renames the section in the object. */
export function renameSection(object: Buffer, to: string): Buffer {
  const elf = new ElfEditor(object);
  const index = elf.find(SECTION);
  const names = elf.content(".strtab");
  elf.replace(elf.find(".strtab"), Buffer.concat([names, Buffer.from(`${to}\0`, "latin1")]));
  elf.setSection(index, { name: names.length });
  // .BTF.ext refers to the section by its name
  return elf.setSection(elf.find(".BTF.ext"), { type: 1, name: names.indexOf(".strtab\0") + 7 }).bytes;
}

/** Returns the text of the package. */
export function packageInSection(to: string): string {
  const meta = structuredClone(validPackage.package.meta);
  meta.bpf_skel.progs[1]!.attach = to;
  return packText({ meta, object: renameSection(Buffer.from(validPackage.package.object), to) });
}
