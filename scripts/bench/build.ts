/** Compiles the workloads of the benchmark and of the soak test. */
import { mkdir } from "node:fs/promises";
import { bpfFlags } from "../build/bpf.ts";
import { root, run } from "../build/run.ts";

const SOURCE = "scripts/bench";

/** Compiles C programs to a folder, each under its name. */
async function compile(source: string, target: string, ...names: string[]): Promise<void> {
  await mkdir(`${root}${target}`, { recursive: true });
  const flags = ["-O2", "-Wall", "-Wextra", "-Werror", "-D_GNU_SOURCE"];
  for (const name of names) await run(["clang", ...flags, "-o", `${target}/${name}`, `${source}/${name}.c`]);
}

/** Also compiles the BPF program that decoder-loop.ts loads. */
export async function buildBench(): Promise<void> {
  await compile(SOURCE, "build/bench", "load");
  const object = "build/bench/decoder-throughput.bpf.o";
  const flags = [...bpfFlags, "-Ibpf", "-Wall", "-Werror"];
  await run(["clang", ...flags, "-c", `${SOURCE}/decoder-throughput.bpf.c`, "-o", object]);
  await run(["llvm-strip", "-g", object]);
}

export const buildSoak = () => compile(`${SOURCE}/soak`, "build/soak", "load", "reader");
