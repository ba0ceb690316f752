/**
 * Builds eunomia packages: clang compiles a source, and the `meta` that the real ecc wrote for it
 * (scripts/build/package/describe.ts) describes the object. The ids of types depend on the
 * compiler, so they are looked up by name in the object.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { basename, dirname, relative } from "node:path";
import { deflateSync } from "node:zlib";
import { BtfTypes, Kind } from "../../src/eunomia/object/btf.ts";
import { functionsOf, sectionsOf } from "../../src/eunomia/object/elf.ts";
import { bpfFlags, bpfSources } from "./bpf.ts";
import { isStale, root, run, log } from "./run.ts";
import exitsnoopMeta from "./package/exitsnoop.meta.json" with { type: "json" };
import recorderMeta from "./package/recorder-package.meta.json" with { type: "json" };

interface Named extends Record<string, unknown> {
  name: string;
}

/** The part of a package's `meta` that is filled in or compared with the object. */
export interface Meta {
  bpf_skel: {
    data_sections: { name: string; variables: Named[] }[];
    maps: Named[];
    progs: (Named & { attach: string })[];
    obj_name: string;
  } & Record<string, unknown>;
  export_types: { name: string; size: number; type_id: number; members: { name: string }[] }[];
}

export interface Package {
  meta: Meta;
  /** The compiled object, stripped of all debug sections but BTF. */
  object: Uint8Array;
}

/** The machine's name in bpf_tracing.h, which reads the registers of kprobes. */
const arch = { x64: "x86", arm64: "arm64" }[process.arch as "x64" | "arm64"];
const DUMMY = /^__eunomia_dummy_(\w+)_ptr$/;

/**
 * Compiles `source` as ecc does and completes its description.
 * @param described the `meta` that ecc wrote for the source; it is completed in place.
 * @throws Error with clang's message, or with the name that the description lacks.
 */
export async function makePackage(source: string, described: object): Promise<Package> {
  const meta = described as Meta;
  const text = await Bun.file(source).text();
  const variables = meta.bpf_skel.data_sections.flatMap((section) => section.variables);
  // clang keeps a type in the BTF only if a global variable refers to it
  const pointers = variables
    .flatMap(({ name }) => DUMMY.exec(name)?.[1] ?? [])
    .map((name) => `const volatile struct ${name} *__eunomia_dummy_${name}_ptr __attribute__((unused));\n`);
  const folder = await mkdtemp(`${root}build/package-`);
  try {
    const object = `${folder}/package.bpf.o`;
    const flags = [...bpfFlags, `-D__TARGET_ARCH_${arch}`, `-I${relative(root, dirname(source)) || "."}`, "-Ibpf"];
    await run(
      ["clang", ...flags, "-x", "c", "-c", "-", "-o", object],
      `#line 1 "bpf/${basename(source)}"\n${text}\n${pointers.join("")}`,
    );
    await run(["llvm-strip", "-g", object]);
    const bytes = await Bun.file(object).bytes();
    complete(meta, bytes);
    return { meta, object: bytes };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/**
 * Sets the ids and sizes of the exported types and the sections of the programs. @throws Error if
 * the object has a variable, map, program or member that the description lacks.
 */
function complete({ bpf_skel, export_types }: Meta, object: Uint8Array): void {
  const sections = sectionsOf(object);
  const btf = new BtfTypes(sections.find(({ name }) => name === ".BTF")!.bytes);
  for (const type of export_types) {
    type.type_id = btf.find(type.name, Kind.struct) ?? outdated(`struct ${type.name}`);
    type.size = btf.sizeOf(type.type_id);
    const members = btf.members(type.type_id).map(({ name }) => name);
    if (members.join() !== type.members.map(({ name }) => name).join()) outdated(`struct ${type.name}`);
  }
  const known = [...bpf_skel.data_sections.flatMap(({ variables }) => variables), ...bpf_skel.maps];
  for (const section of [".rodata", ".bss", ".maps"]) {
    const id = btf.find(section, Kind.datasec);
    for (const { id: variable, name } of id === undefined ? [] : btf.variables(id)) {
      if (!btf.isStatic(variable) && !known.some((one) => one.name === name)) outdated(name);
    }
  }
  for (const { name, section, isGlobal } of functionsOf(sections)) {
    const attach = sections[section]!.name;
    if (attach === ".text" || !isGlobal) continue;
    const program = bpf_skel.progs.find((one) => one.name === name) ?? outdated(name);
    program.attach = attach.replace(/^\?/, "");
  }
}

function outdated(name: string): never {
  throw new Error(`${name} is not as in the package's description; write it again: scripts/build/package/describe.ts`);
}

/** Returns the text of package.json; equal packages give equal bytes. */
export function packText({ meta, object }: Package): string {
  const compressed = deflateSync(object, { level: 9 });
  return JSON.stringify({ bpf_object: compressed.toString("base64"), bpf_object_size: object.length, meta });
}

/** The packages that `exitsnoop package` writes: build/NAME.package. */
const embedded: [name: string, source: string, meta: object][] = [
  ["exitsnoop", "bpf/exitsnoop.bpf.c", exitsnoopMeta],
  ["recorder", "bpf/recorder-package.bpf.c", recorderMeta],
];

export async function buildPackages(): Promise<void> {
  const { all } = await bpfSources();
  const own = ["package.ts", "package/exitsnoop.meta.json", "package/recorder-package.meta.json"];
  const sources = [...all, ...own.map((file) => `scripts/build/${file}`)].map((file) => `${root}${file}`);
  for (const [name, source, meta] of embedded) {
    const target = `${root}build/${name}.package`;
    if (!(await isStale(target, sources))) continue;
    log(`Packing ${source}`);
    await Bun.write(target, packText(await makePackage(`${root}${source}`, meta)));
  }
}
