/** build/bench/*: the loads and the floods. */
import { mkdir } from "node:fs/promises";
import { bpfFlags } from "../build/bpf.ts";
import { root, run } from "../build/run.ts";

const own = "scripts/bench";
const target = "build/bench";
const warnings = ["-Wall", "-Wextra", "-Werror", "-D_GNU_SOURCE"];
const includes = ["-Ibuild/include", "-Isrc/native/core", "-Ibpf"];

export async function buildBench(): Promise<void> {
  await mkdir(`${root}${target}`, { recursive: true });
  await run(["clang", "-O2", ...warnings, "-o", `${target}/load`, `${own}/load.c`]);
  const object = `${target}/flood.bpf.o`;
  await run(["clang", ...bpfFlags, "-Ibpf", "-Wall", "-Werror", "-c", `${own}/flood.bpf.c`, "-o", object]);
  await run(["llvm-strip", "-g", object]);
  // the collector of our native core, as it is
  const library = ["build/libexitsnoop.so", "-Wl,-rpath,$ORIGIN/.."];
  await run(["clang", "-O2", ...warnings, ...includes, "-o", `${target}/flood`, `${own}/flood.c`, ...library]);
}
