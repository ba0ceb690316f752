/** `meta` of a package: what is in the object, in libbpf's order and by libbpf's names, and what the source says about it. */
import { Kind, readTypes, type Type } from "./btf.ts";
import { Comments, type Described } from "./comments.ts";
import { type Elf, isCode, readElf, type Section } from "./elf.ts";
import { ecliDefault, ecliType } from "./released-ecli.ts";
import { typeName } from "./type-name.ts";

/** The ecc whose packages these are like. */
const ECC_VERSION = "0.3.3";
const SHT_PROGBITS = 1;
const SHT_NOBITS = 8;
const STT_FUNC = 2;
const BTF_VAR_STATIC = 0;
/** BPF_OBJ_NAME_LEN, without the NUL. */
const MAP_NAME = 15;
const LEAST_SUFFIX = 7;

export interface Variable extends Described {
  name: string;
  type: string;
  size: number;
  offset: number;
}

export interface Meta {
  bpf_skel: {
    data_sections: { name: string; variables: Variable[] }[];
    doc?: Described;
    maps: Described[];
    obj_name: string;
    progs: Described[];
  };
  eunomia_version: string;
  export_types: { name: string; size: number; type_id: number; members: { name: string; type: string }[] }[];
}

/** @param exported the structs whose members are to be told. */
export function describeObject(object: Uint8Array, name: string, source: string, exported: readonly string[]): Meta {
  const elf = readElf(object);
  const types = readTypes(elf.sections.find((section) => section.name === ".BTF")!.bytes);
  const comments = new Comments(source);
  const objName = `${name.replace(/\W/g, "_")}_bpf`;
  const doc = comments.ofVariable("LICENSE");
  return {
    bpf_skel: {
      data_sections: dataSections(elf, types, comments),
      ...(Object.keys(doc).length ? { doc } : {}),
      maps: [...declaredMaps(elf, types, comments), ...sectionMaps(elf, types, objName), ...kconfigMap(types, objName)],
      obj_name: objName,
      progs: programs(elf, comments),
    },
    eunomia_version: ECC_VERSION,
    export_types: exportTypes(types, exported),
  };
}

/** As bpf_object__add_programs() in libbpf finds them; what is in .text is only called by them. */
function programs({ sections, symbols }: Elf, comments: Comments): Described[] {
  return sections
    .filter((section) => section.type === SHT_PROGBITS && isCode(section) && section.name !== ".text")
    .flatMap((section) =>
      symbols
        .filter((symbol) => symbol.section === section && symbol.type === STT_FUNC && !symbol.isLocal)
        .map(({ name }) => ({
          name,
          attach: section.name.replace(/^\?/, ""),
          link: true,
          ...comments.ofProgram(name),
        })),
    );
}

/** The variables of a section that other files can see, by their places. */
function variablesIn(elf: Elf, types: Type[], section: string) {
  const datasec = types.find(({ kind, name }) => kind === Kind.datasec && name === section);
  return (datasec?.parts ?? [])
    .map(({ type, size }) => ({ variable: types[type]!, size }))
    .filter(({ variable }) => variable.count !== BTF_VAR_STATIC)
    .map(({ variable, size }) => {
      // the BTF of an object that is not linked has no offsets
      const symbol = elf.symbols.find(({ name, section: at }) => name === variable.name && at?.name === section);
      return { name: variable.name, type: variable.type, size, offset: symbol?.value ?? 0 };
    })
    .toSorted((a, b) => a.offset - b.offset);
}

/** `.data` and `.kconfig` are left out: ecli refuses a package that describes them. */
function dataSections(elf: Elf, types: Type[], comments: Comments) {
  return types
    .filter(({ kind, name }) => kind === Kind.datasec && (name === ".rodata" || name === ".bss"))
    .map(({ name: section }) => ({
      name: section,
      variables: variablesIn(elf, types, section).map(({ name, type, size, offset }): Variable => {
        const said = comments.ofVariable(name);
        const initial = elf.sections.find((candidate) => candidate.name === section)?.bytes.subarray(offset);
        const cmdarg = ecliDefault(types, type, said, section === ".rodata" ? initial : undefined);
        return { name, type: ecliType(types, type), size, offset, ...said, ...cmdarg };
      }),
    }))
    .filter(({ variables }) => variables.length);
}

function declaredMaps(elf: Elf, types: Type[], comments: Comments): Described[] {
  return variablesIn(elf, types, ".maps").map(({ name }) => ({ name, ident: name, ...comments.ofMap(name) }));
}

/** The maps that libbpf makes of data sections; those that it names after a second dot have no ident, and are not told. */
function sectionMaps(elf: Elf, types: Type[], objName: string): Described[] {
  const isData = ({ name, type, bytes }: Section) =>
    (name === ".data" || name === ".rodata" || name === ".bss") && (type === SHT_NOBITS || bytes.length > 0);
  return elf.sections.filter(isData).map(({ name }) => ({
    name: internalMapName(objName, name),
    ident: name.slice(1),
    ...(variablesIn(elf, types, name).length ? { mmaped: true } : {}),
  }));
}

/** The kernel's settings and what libbpf knows of it are no section of the object, but `extern` in its BTF. */
function kconfigMap(types: Type[], objName: string): Described[] {
  const isThere = types.some(({ kind, name }) => kind === Kind.datasec && name === ".kconfig");
  return isThere ? [{ name: internalMapName(objName, ".kconfig"), ident: "kconfig", mmaped: true }] : [];
}

/** internal_map_name() in libbpf. */
function internalMapName(objName: string, section: string): string {
  const suffix = Math.max(LEAST_SUFFIX, section.length);
  return objName.slice(0, MAP_NAME - suffix) + section;
}

function exportTypes(types: Type[], exported: readonly string[]): Meta["export_types"] {
  return types
    .filter(({ kind, name }) => kind === Kind.struct && exported.includes(name))
    .map(({ id, name, size, parts }) => ({
      name,
      size,
      type_id: id,
      members: parts.map((part) => ({ name: part.name, type: typeName(types, part.type) })),
    }));
}
