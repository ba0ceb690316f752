/** The native core with sanitizers, and the programs in C that drive it: for `npm run faults` only, in build/faults/. */
import { host } from "../../scripts/build/target.ts";
import { compileNative, linkHeaders, sources } from "../../scripts/build/native.ts";
import { isStale, root, run, log } from "../../scripts/build/run.ts";

const folder = "build/faults/native";
const drivers = "test/faults/native";
const memory = "-fsanitize=address,fuzzer-no-link";
/** libbpf and libelf read words where they lie; our own lines must not. */
const own = "-fsanitize=undefined";
const everywhere = [memory, "-g", "-O1", "-fno-omit-frame-pointer"];
const strict = [...everywhere, own, "-fno-sanitize-recover=undefined"];

/** Compiles all; returns the path of a program by its name. */
export async function buildDrivers(): Promise<(name: string) => string> {
  const crate = await sources();
  await linkHeaders(crate);
  const objects = await compileNative(crate, host, folder, (isOwn) => (isOwn ? strict : everywhere));
  // this C library is the one that it is run with
  const core = objects.filter((object) => !object.endsWith("/own-shims.o"));
  const names = ["driver", "fuzz-object", "fuzz-records"];
  const includes = ["-Ibuild/include", "-Isrc/native/core", `-I${crate}/libbpf/include/uapi`];
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
    // it holds sources.c itself
    const linked = name === "fuzz-records" ? core.filter((object) => !object.endsWith("/own-sources.o")) : core;
    const flags = [
      "-g",
      "-O1",
      "-std=gnu11",
      "-D_GNU_SOURCE",
      "-fno-omit-frame-pointer",
      "-Wall",
      "-Wextra",
      "-Werror",
    ];
    await run(["clang", ...flags, ...sanitizers, ...includes, "-o", target, source, ...linked]);
  }
  return (name) => `${folder}/${name}`;
}
