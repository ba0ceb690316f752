import { libbpfError } from "../bpf/log.ts";
import type { BpfMap } from "../bpf/map.ts";
import type { MinCoreBtf } from "../bpf/min-core-btf.ts";
import { BpfObject } from "../bpf/object.ts";
import { LibbpfError } from "../native/errno.ts";
import { PackageError } from "./errors.ts";
import type { BtfTypes } from "./object/btf.ts";
import type { FunctionSymbol } from "./object/elf.ts";
import { checkMaps } from "./object/maps.ts";
import { checkObject } from "./object/object-checks.ts";
import type { Package } from "./read-package.ts";
import type { Meta } from "./schema.ts";

/** A package whose object libbpf has opened, and whose description agrees with the object. */
export class OpenedPackage {
  readonly meta: Meta;
  readonly object: BpfObject;
  readonly btf: BtfTypes;
  readonly functions: readonly FunctionSymbol[];
  readonly #maps: ReadonlyMap<string, BpfMap>;

  /** @param types the kernel's types, for a kernel without BTF of its own. @throws PackageError */
  constructor({ meta, object }: Package, types?: MinCoreBtf) {
    this.meta = meta;
    const { functions, btf } = checkObject(object);
    this.functions = functions;
    this.btf = btf;
    try {
      this.object = new BpfObject(object, meta.bpf_skel.obj_name, types);
    } catch (error) {
      throw error instanceof LibbpfError ? openRefusal(error.warnings) : error;
    }
    // libbpf may go on without a .BTF.ext that it cannot read, and so load programs unrelocated
    const { warnings } = libbpfError("", 0);
    if (warnings.includes(NO_BTF_EXT)) {
      this.object.close();
      throw openRefusal(warnings);
    }
    const maps = this.object.maps();
    this.#maps = new Map(maps.map((map) => [map.name, map]));
    checkMaps(maps, this.btf);
    this.#checkNames();
  }

  /** @throws PackageError if the object has no map of that name. */
  map(name: string): BpfMap {
    const map = this.#maps.get(name);
    if (!map) throw new PackageError(`the object has no map ${name}`);
    return map;
  }

  close(): void {
    this.object.close();
  }

  #checkNames(): void {
    const { data_sections, maps, progs } = this.meta.bpf_skel;
    refuseDuplicates("data_sections", data_sections);
    data_sections.forEach(({ variables }, i) => refuseDuplicates(`data_sections[${i}].variables`, variables));
    refuseDuplicates("maps", maps);
    refuseDuplicates("progs", progs);
    maps.forEach(({ name }, i) => {
      if (!this.#maps.has(name)) throw new PackageError(`meta.bpf_skel.maps[${i}].name: the object has no map ${name}`);
    });
    const programs = new Map(this.object.programs().map((program) => [program.name, program]));
    progs.forEach(({ name, attach }, i) => {
      const program = programs.get(name);
      const path = `meta.bpf_skel.progs[${i}]`;
      if (!program) throw new PackageError(`${path}.name: the object has no program ${name}`);
      if (program.section !== attach) {
        throw new PackageError(`${path}.attach is ${attach}, but the section of ${name} is ${program.section}`);
      }
    });
  }
}

/** libbpf's warning about a section that it then ignores. */
const NO_BTF_EXT = "Error loading ELF section .BTF.ext";

function openRefusal(warnings: string): PackageError {
  // the last warning may only repeat that BTF could not be read
  const lines = warnings.trim().split("\n");
  const reason = lines.findLast((line) => !line.includes("BTF is required"))?.replace(/^libbpf: /, "");
  return new PackageError(`libbpf cannot open bpf_object${reason && ` (${reason})`}`);
}

/** Refuses lists with equal names: both entries would be attached, printed or set. */
function refuseDuplicates(list: string, items: readonly { name: string }[]): void {
  const names = new Set<string>();
  items.forEach(({ name }, i) => {
    if (names.has(name)) throw new PackageError(`meta.bpf_skel.${list}[${i}].name: ${name} is listed twice`);
    names.add(name);
  });
}
