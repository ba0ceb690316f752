import { LibbpfError } from "../native/errno.ts";
import type { KernelTypes } from "../bpf/min-core-btf.ts";
import type { BpfMap } from "../bpf/map.ts";
import { BpfObject } from "../bpf/object.ts";
import type { BtfTypes } from "./object/btf.ts";
import { checkObject } from "./object/object-checks.ts";
import { PackageError } from "./errors.ts";
import { checkMaps } from "./object/map-checks.ts";
import type { Package } from "./package.ts";
import type { Meta } from "./schema.ts";

/** A package whose object is opened, and holds what is said of it. Nothing has reached the kernel. */
export class OpenedPackage {
  readonly meta: Meta;
  readonly object: BpfObject;
  readonly btf: BtfTypes;
  /** The instructions of each function. */
  readonly functions: readonly Uint8Array[];
  readonly #maps: ReadonlyMap<string, BpfMap>;

  /** @param types where the kernel's are, if it does not describe them itself. @throws PackageError */
  constructor({ meta, object }: Package, types?: KernelTypes) {
    this.meta = meta;
    const { functions, btf } = checkObject(object);
    this.functions = functions;
    this.btf = btf;
    try {
      this.object = new BpfObject(object, meta.bpf_skel.obj_name, types);
    } catch (error) {
      if (!(error instanceof LibbpfError)) throw error;
      const said = error.warnings
        .trim()
        .split("\n")
        .at(-1)
        ?.replace(/^libbpf: /, "");
      throw new PackageError(`bpf_object: libbpf cannot open it${said ? ` (${said})` : ""}`);
    }
    const maps = this.object.maps();
    this.#maps = new Map(maps.map((map) => [map.name, map]));
    checkMaps(maps, this.btf);
    this.#checkNames();
  }

  /** @throws PackageError where the object has no map of that name. */
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
    refuseTwice("data_sections", data_sections);
    data_sections.forEach(({ variables }, i) => refuseTwice(`data_sections[${i}].variables`, variables));
    refuseTwice("maps", maps);
    refuseTwice("progs", progs);
    maps.forEach(({ name }, i) => {
      if (!this.#maps.has(name)) throw new PackageError(`meta.bpf_skel.maps[${i}].name: the object has no map ${name}`);
    });
    const programs = new Map(this.object.programs().map((program) => [program.name, program]));
    progs.forEach(({ name, attach }, i) => {
      const program = programs.get(name);
      const path = `meta.bpf_skel.progs[${i}]`;
      if (!program) throw new PackageError(`${path}.name: the object has no program ${name}`);
      if (program.section !== attach) {
        throw new PackageError(`${path}.attach: ${attach}, but ${name} stands in the section ${program.section}`);
      }
    });
  }
}

/** Two of one name would be attached, printed or set twice. */
function refuseTwice(list: string, items: readonly { name: string }[]): void {
  const names = new Set<string>();
  items.forEach(({ name }, i) => {
    if (names.has(name)) throw new PackageError(`meta.bpf_skel.${list}[${i}].name: ${name} stands there twice`);
    names.add(name);
  });
}
