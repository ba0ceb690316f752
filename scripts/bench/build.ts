/** build/bench/*: compiles the workload and the BPF program of the decoder benchmark. */
import { mkdir } from "node:fs/promises";
import { bpfFlags } from "../build/bpf.ts";
import { root, run } from "../build/run.ts";

const SOURCE = "scripts/bench";
const TARGET = "build/bench";
const WARNINGS = ["-Wall", "-Wextra", "-Werror", "-D_GNU_SOURCE"];

export async function buildBench(): Promise<void> {
  await mkdir(`${root}${TARGET}`, { recursive: true });
  await run(["clang", "-O2", ...WARNINGS, "-o", `${TARGET}/load`, `${SOURCE}/load.c`]);
  const [source, object] = [`${SOURCE}/decoder-throughput.bpf.c`, `${TARGET}/decoder-throughput.bpf.o`];
  await run(["clang", ...bpfFlags, "-Ibpf", "-Wall", "-Werror", "-c", source, "-o", object]);
  await run(["llvm-strip", "-g", object]);
}
