/**
 * build/libexitsnoop.so (for another machine build/NAME/libexitsnoop.so): libbpf, libelf, zlib and our few lines of C in one shared object that needs nothing but a glibc
 * of 2.17 or newer. The sources come from the crate libbpf-sys, pinned by src/native/core/Cargo.lock.
 */
import { mkdir, readdir, rm, symlink } from "node:fs/promises";
import { basename } from "node:path";
import { libcFlags } from "./libc.ts";
import { inParallel, isStale, root, run, log } from "./run.ts";
import { folderOf, host, type Target, toolOf } from "./target.ts";

const own = "src/native/core";
/** RHEL 7's, and the oldest that Bun's own runtime takes. */
const newestGlibc = [2, 17];

const common = ["-c", "-O2", "-fPIC", "-fvisibility=hidden", "-ffunction-sections", "-fdata-sections"];
const hardening = ["-fstack-protector-strong", "-D_GNU_SOURCE"];

/** More flags, for our own sources or for others'. */
export type ExtraFlags = (isOwn: boolean) => readonly string[];

interface Unit {
  source: string;
  object: string;
  flags: string[];
}

/** Where the pinned sources lie; fetched where they do not. */
export async function sources(): Promise<string> {
  await run(["cargo", "fetch", "--locked", "--manifest-path", `${own}/Cargo.toml`]);
  const metadata = JSON.parse(
    await run([
      "cargo",
      "metadata",
      "--locked",
      "--offline",
      "--format-version=1",
      "--manifest-path",
      `${own}/Cargo.toml`,
    ]),
  ) as { packages: { name: string; manifest_path: string }[] };
  const crate = metadata.packages.find(({ name }) => name === "libbpf-sys");
  if (!crate) throw new Error("cargo fetched no libbpf-sys");
  return crate.manifest_path.replace(/\/Cargo\.toml$/, "");
}

/** Makes `#include <bpf/…>` work for the BPF programs and for our C, from the same pinned libbpf. */
export async function linkHeaders(crate: string): Promise<void> {
  await mkdir(`${root}build/include`, { recursive: true });
  await rm(`${root}build/include/bpf`, { force: true });
  await symlink(`${crate}/libbpf/src`, `${root}build/include/bpf`);
}

/**
 * The lines of libbpf that open a file whose name comes from a section's name, and the lines that
 * replace them. The replacement calls src/native/core/regular_file.c, which opens regular files only.
 */
const opens: Record<string, [line: string, mended: string]> = {
  "elf.c": ["fd = open(binary_path, O_RDONLY | O_CLOEXEC);", "fd = open_regular(binary_path);"],
  "zip.c": ["fd = open(path, O_RDONLY | O_CLOEXEC);", "fd = open_regular(path);"],
  "libbpf.c": [
    'static int parse_uint_from_file(const char *file, const char *fmt)\n{\n\tint err, ret;\n\tFILE *f;\n\n\tf = fopen(file, "re");',
    "static int parse_uint_from_file(const char *file, const char *fmt)\n{\n\tint err, ret;\n\tFILE *f;\n\n\tf = fopen_regular(file);",
  ],
};

/**
 * Writes a copy of each file in `opens` with its line replaced. Returns their paths by name.
 * @throws Error if a newer libbpf has other lines.
 */
async function mendOpens(crate: string, objects: string): Promise<Record<string, string>> {
  const mended = Object.entries(opens).map(async ([file, [line, other]]) => {
    const [source, copy] = [`${crate}/libbpf/src/${file}`, `${objects}/${file}`];
    if (!(await isStale(`${root}${copy}`, [source, import.meta.path]))) return [file, copy];
    const text = await Bun.file(source).text();
    if (text.split(line).length !== 2) throw new Error(`${source} does not hold once: ${line}`);
    const declarations =
      "#include <stdio.h>\nint open_regular(const char *path);\nFILE *fopen_regular(const char *path);\n";
    await Bun.write(`${root}${copy}`, declarations + text.replace(line, other));
    return [file, copy];
  });
  return Object.fromEntries(await Promise.all(mended));
}

/**
 * libbpf 1.7.0's usdt.c, with what describes an argument as long as it was until then, and as its own comment says that it still is: between
 * bytes of other bitfields twelve bits of a __u16 make it 24 bytes long instead of 16, and programs that were compiled with older headers,
 * as ecc's are, find no arguments. @throws Error where a newer libbpf reads otherwise: look again then.
 */
async function mendUsdt(crate: string, objects: string): Promise<string> {
  const mended = `${objects}/usdt.c`;
  const source = `${crate}/libbpf/src/usdt.c`;
  if (!(await isStale(`${root}${mended}`, [source, import.meta.path]))) return mended;
  const text = await Bun.file(source).text();
  const right = text.replaceAll(/__u16(\s+(?:idx_reg_off|scale_bitshift): )/g, "__u32$1");
  if (right === text) throw new Error(`${source} does not hold the bitfields that were to be mended`);
  await Bun.write(`${root}${mended}`, right);
  return mended;
}

/**
 * Compiles src/native/core/launcher.c, a program without a C library. Returns its path, relative
 * to the project's folder.
 */
async function buildLauncher(target: Target, sources: string[]): Promise<string> {
  const launcher = `${folderOf(target)}/launcher`;
  if (!(await isStale(`${root}${launcher}`, [`${root}${own}/launcher.c`, ...sources]))) return launcher;
  const flags = ["-Os", "-ffreestanding", "-fno-stack-protector", "-fno-asynchronous-unwind-tables", "-fno-pic"];
  const warnings = ["-Wall", "-Wextra", "-Werror", "-std=gnu11", "-D_GNU_SOURCE"];
  // keeps the number of pages small: they count as COMMAND's own memory
  const linker = ["-z,noexecstack", "-z,noseparate-code", "-z,max-page-size=4096", "--build-id=none", "-s"];
  const link = ["-nostdlib", "-static", ...linker.map((flag) => `-Wl,${flag}`)];
  const libc = await libcFlags(target);
  const clang = ["clang", `--target=${target.triple}`];
  await run([...clang, ...libc.compile, ...flags, ...warnings, ...link, "-o", launcher, `${own}/launcher.c`]);
  return launcher;
}

async function units(crate: string, objects: string, launcher: string, extra: ExtraFlags): Promise<Unit[]> {
  const makefile = await Bun.file(`${crate}/elfutils/libelf/Makefile.am`).text();
  const libelf = /^libelf_a_SOURCES =((?:.*\\\n)*.*)/m.exec(makefile)?.[1]?.match(/\w+\.c/g) ?? [];
  const libbpf = (await readdir(`${crate}/libbpf/src`)).filter((file) => file.endsWith(".c"));
  const zlib =
    "adler32 compress crc32 deflate gzclose gzlib gzread gzwrite inffast inflate inftrees trees uncompr zutil";
  // launcher.c is a program of its own, which launch.c embeds
  const ours = (await readdir(`${root}${own}`)).filter((file) => file.endsWith(".c") && file !== "launcher.c");
  const include = (...folders: string[]) => folders.map((folder) => `-I${folder}`);
  const foreign = ["-w", `-ffile-prefix-map=${crate}=.`, ...hardening];

  const elf = [
    ...foreign,
    "-DHAVE_CONFIG_H",
    ...include(own, `${crate}/elfutils/libelf`, `${crate}/elfutils/lib`, `${crate}/zlib`),
  ];
  const elfHeaders = [`${crate}/elfutils/libelf`, `${crate}/zlib`];
  const z = [...foreign, "-DHAVE_UNISTD_H", ...include(`${crate}/zlib`)];
  const bpf = [
    ...foreign,
    "-D_FILE_OFFSET_BITS=64",
    ...include(`${crate}/libbpf/src`, `${crate}/libbpf/include`, `${crate}/libbpf/include/uapi`),
    ...include(...elfHeaders),
  ];
  // what programs in C take our functions for is held against what they are
  const mine = ["-Wall", "-Wextra", "-Werror", "-std=gnu11", "-include", `${own}/core.h`, ...hardening];
  // libbpf's linux/filter.h is another than the kernel's
  const internal = `-idirafter${crate}/libbpf/include`;
  const mineIncludes = [...include("build/include", `${crate}/libbpf/include/uapi`, ...elfHeaders), internal];

  const mended: Record<string, string> = {
    ...(await mendOpens(crate, objects)),
    "usdt.c": await mendUsdt(crate, objects),
  };
  const unit = (part: string, source: string, flags: string[]): Unit => ({
    source,
    object: `${objects}/${part}-${basename(source, ".c")}.o`,
    flags: [...flags, ...extra(part === "own")],
  });
  return [
    ...libelf.map((file) => unit("libelf", `${crate}/elfutils/libelf/${file}`, elf)),
    ...zlib.split(" ").map((name) => unit("zlib", `${crate}/zlib/${name}.c`, z)),
    ...libbpf.map((file) => unit("libbpf", mended[file] ?? `${crate}/libbpf/src/${file}`, bpf)),
    ...ours.map((file) => unit("own", `${own}/${file}`, [...mine, `-DLAUNCHER="${launcher}"`, ...mineIncludes])),
  ];
}

const at = (path: string) => (path.startsWith("/") ? path : `${root}${path}`);

/**
 * Compiles what is out of date. Returns all object files.
 * @param folder where they are kept. @param extra flags, for builds that nobody ships: npm run faults.
 */
export async function compileNative(
  crate: string,
  target: Target = host,
  folder = `${folderOf(target)}/native`,
  extra: ExtraFlags = () => [],
): Promise<string[]> {
  const clang = ["clang", `--target=${target.triple}`];
  const libc = await libcFlags(target);
  await mkdir(`${root}${folder}`, { recursive: true });
  const always = [
    `${root}scripts/build/native.ts`,
    ...(await readdir(`${root}${own}`)).filter((file) => file.endsWith(".h")).map((file) => `${root}${own}/${file}`),
  ];
  const launcher = await buildLauncher(target, always);
  always.push(`${root}${launcher}`);
  const all = await units(crate, folder, launcher, extra);
  const stale: Unit[] = [];
  for (const unit of all) if (await isStale(at(unit.object), [at(unit.source), ...always])) stale.push(unit);

  if (stale.length) log(`Compiling the native core (libbpf, libelf, zlib) for ${target.name}: ${stale.length} files`);
  await inParallel("compiled", stale, ({ source, object, flags }) =>
    run([...clang, ...common, ...libc.compile, ...flags, "-o", object, source]),
  );
  return all.map(({ object }) => object);
}

/**
 * Compiles what is out of date and links it. Returns the path of the result, relative to the project's folder. @throws Error where a tool
 * fails or the result needs a newer glibc.
 */
export async function buildNative(crate: string, target: Target = host): Promise<string> {
  const library = `${folderOf(target)}/libexitsnoop.so`;
  await linkNative(await compileNative(crate, target), library, target);
  return library;
}

/** @param inputs object files. */
export async function linkNative(inputs: string[], library: string, target: Target = host): Promise<void> {
  const map = `${own}/native.map`;
  if (!(await isStale(at(library), [map, ...inputs].map(at)))) return;
  const linker = [
    `--version-script=${map}`,
    "--gc-sections",
    // calls of our own functions are calls, and not looked up: libbpf makes millions of them to find its types in the kernel's
    "-Bsymbolic-functions",
    "-z,defs",
    "-z,relro",
    "-z,now",
    "-z,noexecstack",
    "--build-id=none",
    "-s",
  ];
  const libc = await libcFlags(target);
  const clang = ["clang", `--target=${target.triple}`];
  await run([...clang, "-shared", "-o", library, ...inputs, ...libc.link, ...linker.map((flag) => `-Wl,${flag}`)]);
  await checkGlibc(at(library), toolOf(target, "objdump"));
}

/** A symbol version that is too new would show only on an old server, when it is too late. */
async function checkGlibc(library: string, objdump: string): Promise<void> {
  const [major, minor] = newestGlibc as [number, number];
  for (const line of (await run([objdump, "-T", library])).split("\n")) {
    const version = /GLIBC_(\d+)\.(\d+)/.exec(line);
    if (!version) continue;
    if (Number(version[1]) > major || (Number(version[1]) === major && Number(version[2]) > minor)) {
      await rm(library);
      throw new Error(
        `the native core would need a glibc newer than ${major}.${minor}: ${line.trim()} (see native/shims.c)`,
      );
    }
  }
}
