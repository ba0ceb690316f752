/** Builds the native core with sanitizers, and C programs that drive it, in build/faults/. */
import { host } from "../../scripts/build/target.ts";
import { compileNative, linkHeaders, sources } from "../../scripts/build/native.ts";
import { isStale, root, run, log } from "../../scripts/build/run.ts";

const folder = "build/faults/native";
const drivers = "test/faults/native";
const memory = "-fsanitize=address,fuzzer-no-link";
/** libbpf and libelf read unaligned words; the core's own code must not. */
const own = "-fsanitize=undefined";
const everywhere = [memory, "-g", "-O1", "-fno-omit-frame-pointer"];
const strict = [...everywhere, own, "-fno-sanitize-recover=undefined"];

/** The objects that programs replace: some include a source, fuzz-crash has another. */
const replacedObjects: Record<string, string[]> = {
  "fuzz-records": ["/own-reader_sources.o"],
  "fuzz-container-files": ["/own-container_files.o"],
  "fuzz-journal": ["/own-journal_writer.o"],
  "fuzz-crash": ["/own-unwind_files.o"],
  "fuzz-opener": ["/own-broker.o", "/own-elf_opener.o"],
};

/** Returns the command line that compiles a file of test/faults/native, without its result. */
export async function driverCompiler(): Promise<string[]> {
  const crate = await sources();
  await linkHeaders(crate);
  const flags = ["-std=gnu11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror"];
  return ["clang", ...flags, "-Ibuild/include", "-Isrc/native/core", `-I${crate}/libbpf/include/uapi`];
}

/** Compiles all programs. Returns a function from a program's name to its path. */
export async function buildDrivers(): Promise<(name: string) => string> {
  const compiler = await driverCompiler();
  const crate = await sources();
  const objects = await compileNative(crate, host, folder, (isOwn) => (isOwn ? strict : everywhere));
  // the wrappers for old C libraries are not needed
  const core = objects.filter((object) => !object.endsWith("/own-glibc_compat.o"));
  const names = ["driver", "fuzz-object", ...Object.keys(replacedObjects)];
  for (const name of names) {
    const target = `${folder}/${name}`;
    const source = `${drivers}/${name}.c`;
    if (
      !(await isStale(
        root + target,
        [source, ...core].map((path) => root + path),
      ))
    )
      continue;
    log(`Compiling ${source}`);
    const isFuzzer = name.startsWith("fuzz");
    const sanitizers = [`-fsanitize=address,undefined${isFuzzer ? ",fuzzer" : ""}`, "-fno-sanitize-recover=undefined"];
    const replaced = replacedObjects[name] ?? [];
    const linked = core.filter((object) => !replaced.some((end) => object.endsWith(end)));
    const flags = ["-g", "-O1", "-fno-omit-frame-pointer", ...sanitizers];
    await run([...compiler, ...flags, "-o", target, source, ...linked]);
  }
  return (name) => `${folder}/${name}`;
}
