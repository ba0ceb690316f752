/**
 * Eunomia packages out of C sources, as `ecc NAME.bpf.c NAME.h` makes them: the object, and `meta`, which tells a runner what is in
 * it. clang compiles; everything else is read from its object and from the source's comments.
 */
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { basename, dirname, relative } from "node:path";
import { deflateSync } from "node:zlib";
import { bpfFlags, bpfSources } from "./bpf.ts";
import { describeObject, type Meta } from "./package/skeleton.ts";
import { isStale, root, run, say } from "./run.ts";

export interface Package {
  meta: Meta;
  /** Compiled, stripped of all debug sections but BTF. */
  object: Uint8Array;
}

/** The machine's name in bpf_tracing.h, for the registers of kprobes. */
const arch = { x64: "x86", arm64: "arm64" }[process.arch as "x64" | "arm64"];

/**
 * @param source the path of `NAME.bpf.c`
 * @param header the path of a header, all structs of which are exported; none: nothing is.
 * @throws Error with clang's own words where it does not compile.
 */
export async function makePackage(source: string, header?: string): Promise<Package> {
  const text = await Bun.file(source).text();
  const exported = header ? structsOf(await Bun.file(header).text()) : [];
  // clang keeps a type in the BTF only if something global refers to it
  const pointers = exported.map(
    (name) => `const volatile struct ${name} *__eunomia_dummy_${name}_ptr __attribute__((unused));\n`,
  );
  const file = basename(source);
  const folder = await mkdtemp(`${root}build/package-`);
  try {
    const object = `${folder}/package.bpf.o`;
    const flags = [...bpfFlags, `-D__TARGET_ARCH_${arch}`, `-I${relative(root, dirname(source)) || "."}`, "-Ibpf"];
    await run(
      ["clang", ...flags, "-x", "c", "-c", "-", "-o", object],
      `#line 1 "bpf/${file}"\n${text}\n${pointers.join("")}`,
    );
    await run(["llvm-strip", "-g", object]);
    const bytes = await Bun.file(object).bytes();
    return { meta: describeObject(bytes, file.replace(/(\.bpf)?\.c$/, ""), text, exported), object: bytes };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The text of package.json. The same package always gives the same text. */
export function packText({ meta, object }: Package): string {
  const compressed = deflateSync(object, { level: 9 });
  return JSON.stringify(sorted({ bpf_object: compressed.toString("base64"), bpf_object_size: object.length, meta }));
}

/** What `exitsnoop package` writes: build/NAME.package, of which source and header in bpf/. */
const embedded = { exitsnoop: "exitsnoop", recorder: "recorder-package" };

export async function buildPackages(): Promise<void> {
  const { all } = await bpfSources();
  const parts = (await readdir(`${root}scripts/build/package`)).map((file) => `scripts/build/package/${file}`);
  for (const [name, source] of Object.entries(embedded)) {
    const target = `${root}build/${name}.package`;
    const [program, header] = [`bpf/${source}.bpf.c`, `bpf/${source}.h`];
    const sources = [...all, "scripts/build/package.ts", ...parts].map((file) => `${root}${file}`);
    if (!(await isStale(target, sources))) continue;
    say(`Packing ${program}`);
    await Bun.write(target, packText(await makePackage(`${root}${program}`, `${root}${header}`)));
  }
}

/** Structs whose body is in that text. */
function structsOf(header: string): string[] {
  return Array.from(header.matchAll(/struct\s+(\w+)\s*\{/g), ([, name]) => name!);
}

/** Keys in the order of ecc's. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!value || typeof value !== "object" || JSON.isRawJSON(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => [key, sorted(member)]),
  );
}
