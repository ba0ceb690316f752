/**
 * Builds build/libexitsnoop.so (for another target build/NAME/libexitsnoop.so): libbpf, libelf,
 * zlib and the C files of src/native/core in one shared object that needs glibc 2.17 only.
 * The libraries' sources come from the crate libbpf-sys, pinned by src/native/core/Cargo.lock.
 */
import { mkdir, readdir, rm, symlink } from "node:fs/promises";
import { basename } from "node:path";
import { checkSymbols, versionScript } from "./ffi.ts";
import { libcFlags } from "./libc.ts";
import { patchLibbpf } from "./libbpf-patches.ts";
import { inParallel, isStale, root, run, log } from "./run.ts";
import { folderOf, host, type Target, toolOf } from "./target.ts";

const core = "src/native/core";
/** RHEL 7's, and the oldest that Bun runs on. */
const MAX_GLIBC = [2, 17] as const;

const common = [
  ...["-c", "-O2", "-fPIC", "-fvisibility=hidden", "-ffunction-sections", "-fdata-sections"],
  ...["-fstack-protector-strong", "-D_GNU_SOURCE", "-include", `${core}/glibc_compat.h`],
];
const warnings = ["-Wall", "-Wextra", "-Werror", "-std=gnu11"];

/** Returns additional flags for the files of src/native/core, or for those of the libraries. */
type ExtraFlags = (isCore: boolean) => readonly string[];

/** A file to compile. */
interface Unit {
  source: string;
  object: string;
  flags: string[];
}

const absolute = (path: string) => (path.startsWith("/") ? path : `${root}${path}`);
const include = (...folders: string[]) => folders.map((folder) => `-I${folder}`);

/** Fetches the pinned sources, if they are not there yet. Returns their folder. */
export async function sources(): Promise<string> {
  const cargo = (command: string[]) => run(["cargo", ...command, "--locked", "--manifest-path", `${core}/Cargo.toml`]);
  await cargo(["fetch"]);
  const metadata = JSON.parse(await cargo(["metadata", "--offline", "--format-version=1"])) as {
    packages: { name: string; manifest_path: string }[];
  };
  const crate = metadata.packages.find(({ name }) => name === "libbpf-sys");
  if (!crate) throw new Error("cargo fetched no libbpf-sys");
  return crate.manifest_path.replace(/\/Cargo\.toml$/, "");
}

/** Makes `#include <bpf/…>` find the pinned libbpf, in the BPF programs and in src/native/core. */
export async function linkHeaders(crate: string): Promise<void> {
  await mkdir(`${root}build/include`, { recursive: true });
  await rm(`${root}build/include/bpf`, { force: true });
  await symlink(`${crate}/libbpf/src`, `${root}build/include/bpf`);
}

/** Returns clang's command line for a target. */
async function clangFor(target: Target): Promise<string[]> {
  return ["clang", `--target=${target.triple}`, ...(await libcFlags(target)).compile];
}

/** Compiles launcher.c, a program without a C library that the core embeds. Returns its path. */
async function buildLauncher(target: Target, headers: string[]): Promise<string> {
  const launcher = `${folderOf(target)}/launcher`;
  const source = `${core}/launcher.c`;
  if (!(await isStale(`${root}${launcher}`, [`${root}${source}`, ...headers]))) return launcher;
  const flags = ["-Os", "-ffreestanding", "-fno-stack-protector", "-fno-asynchronous-unwind-tables", "-fno-pic"];
  // few pages, since they count as memory of the command that it executes
  const linker = ["-z,noexecstack", "-z,noseparate-code", "-z,max-page-size=4096", "--build-id=none", "-s"];
  const link = ["-nostdlib", "-static", ...linker.map((flag) => `-Wl,${flag}`)];
  await run([...(await clangFor(target)), ...flags, ...warnings, "-D_GNU_SOURCE", ...link, "-o", launcher, source]);
  return launcher;
}

/** Lists the files to compile, with their flags. */
async function units(crate: string, folder: string, launcher: string, extra: ExtraFlags): Promise<Unit[]> {
  const filesOf = async (path: string) => (await readdir(path)).filter((file) => file.endsWith(".c"));
  const makefile = await Bun.file(`${crate}/elfutils/libelf/Makefile.am`).text();
  const libelf = /^libelf_a_SOURCES =((?:.*\\\n)*.*)/m.exec(makefile)?.[1]?.match(/\w+\.c/g) ?? [];
  const zlib =
    "adler32 compress crc32 deflate gzclose gzlib gzread gzwrite inffast inflate inftrees trees uncompr zutil";
  const patched = await patchLibbpf(crate, folder);

  const library = ["-w", `-ffile-prefix-map=${crate}=.`];
  const elfHeaders = include(`${crate}/elfutils/libelf`, `${crate}/zlib`);
  const uapi = `${crate}/libbpf/include/uapi`;
  const flags = {
    libelf: [...library, "-DHAVE_CONFIG_H", ...include(core, `${crate}/elfutils/lib`), ...elfHeaders],
    zlib: [...library, "-DHAVE_UNISTD_H", ...include(`${crate}/zlib`)],
    // no _FILE_OFFSET_BITS, which needs glibc 2.28 for fcntl64() and is the default on 64 bits
    libbpf: [...library, ...include(`${crate}/libbpf/src`, `${crate}/libbpf/include`, uapi), ...elfHeaders],
    own: [
      // core.h everywhere: the compiler compares its prototypes with the definitions
      ...[...warnings, "-include", `${core}/core.h`, `-DLAUNCHER="${launcher}"`],
      // last, since libbpf's linux/filter.h replaces the kernel's
      ...[...include("build/include", uapi), ...elfHeaders, `-idirafter${crate}/libbpf/include`],
    ],
  };
  const unit = (part: keyof typeof flags, source: string): Unit => ({
    source,
    object: `${folder}/${part}-${basename(source, ".c")}.o`,
    flags: [...flags[part], ...extra(part === "own")],
  });
  return [
    ...libelf.map((file) => unit("libelf", `${crate}/elfutils/libelf/${file}`)),
    ...zlib.split(" ").map((name) => unit("zlib", `${crate}/zlib/${name}.c`)),
    ...(await filesOf(`${crate}/libbpf/src`)).map((file) =>
      unit("libbpf", patched[file] ?? `${crate}/libbpf/src/${file}`),
    ),
    ...(await filesOf(`${root}${core}`))
      .filter((file) => file !== "launcher.c")
      .map((file) => unit("own", `${core}/${file}`)),
  ];
}

/**
 * Compiles what is out of date. Returns the paths of all object files.
 * @param folder for the object files, from the root.
 * @param extra flags, for the builds of `npm run faults`.
 */
export async function compileNative(
  crate: string,
  target: Target = host,
  folder = `${folderOf(target)}/native`,
  extra: ExtraFlags = () => [],
): Promise<string[]> {
  await mkdir(`${root}${folder}`, { recursive: true });
  const headers = (await readdir(`${root}${core}`)).filter((file) => file.endsWith(".h"));
  const shared = [import.meta.path, ...headers.map((file) => `${root}${core}/${file}`)];
  for (const header of ["crash.h", "recorder.h"]) shared.push(`${root}bpf/${header}`);
  const launcher = await buildLauncher(target, shared);
  shared.push(`${root}${launcher}`);
  const all = await units(crate, folder, launcher, extra);
  const clang = await clangFor(target);
  const stale: Unit[] = [];
  for (const unit of all) {
    if (await isStale(absolute(unit.object), [absolute(unit.source), ...shared])) stale.push(unit);
  }
  if (stale.length) log(`Compiling the native core (libbpf, libelf, zlib) for ${target.name}: ${stale.length} files`);
  await inParallel("compiled", stale, ({ source, object, flags }) =>
    run([...clang, ...common, ...flags, "-o", object, source]),
  );
  return all.map(({ object }) => object);
}

/**
 * Compiles what is out of date and links it. Returns the library's path from the root.
 * @throws Error if a tool fails, symbols.ts differs from core.h, or a newer glibc would be needed.
 */
export async function buildNative(crate: string, target: Target = host): Promise<string> {
  const library = `${folderOf(target)}/libexitsnoop.so`;
  await checkSymbols();
  await linkNative(await compileNative(crate, target), library, target);
  return library;
}

/** Links object files into a library that exports the functions of core.h. */
export async function linkNative(objects: string[], library: string, target: Target = host): Promise<void> {
  if (!(await isStale(absolute(library), [`${core}/core.h`, ...objects].map(absolute)))) return;
  const script = library.replace(/so$/, "map");
  await Bun.write(absolute(script), await versionScript());
  const linker = [
    `--version-script=${script}`,
    // binds calls between exported functions here: libbpf makes millions of them to search types
    "-Bsymbolic-functions",
    ...["--gc-sections", "--build-id=none", "-s", "-z,defs", "-z,relro", "-z,now", "-z,noexecstack"],
  ];
  const { link } = await libcFlags(target);
  const flags = linker.map((flag) => `-Wl,${flag}`);
  await run(["clang", `--target=${target.triple}`, "-shared", "-o", library, ...objects, ...link, ...flags]);
  await checkGlibc(absolute(library), toolOf(target, "objdump"));
}

/** Fails the build on a symbol version newer than MAX_GLIBC. */
async function checkGlibc(library: string, objdump: string): Promise<void> {
  const [major, minor] = MAX_GLIBC;
  for (const [line, x, y] of (await run([objdump, "-T", library])).matchAll(/^.*GLIBC_(\d+)\.(\d+).*$/gm)) {
    if (Number(x) < major || (Number(x) === major && Number(y) <= minor)) continue;
    await rm(library);
    throw new Error(
      `the native core would need a glibc newer than ${major}.${minor}: ${line.trim()} (see ${core}/glibc_compat.c)`,
    );
  }
}
