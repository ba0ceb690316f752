/** build/*.bpf.o: the BPF programs, compiled with clang and stripped of all debug sections but BTF. */
import { readdir } from "node:fs/promises";
import { isStale, root, run, log } from "./run.ts";

/**
 * `-mcpu=v3`: 32-bit arithmetic and wide jumps, known to every kernel since 5.1. The folder, which clang would note for the
 * verifier's messages, is nobody's business.
 */
export const bpfFlags = [
  ...["-target", "bpf", "-mcpu=v3", "-O2", "-g"],
  ...["-Ibuild/include", "-fdebug-compilation-dir=."],
];

/** Sources that are programs by themselves, and all that they may include, in bpf/. */
export async function bpfSources(): Promise<{ programs: string[]; all: string[] }> {
  const all = (await readdir(`${root}bpf`)).map((file) => `bpf/${file}`);
  return { programs: all.filter((file) => file.endsWith(".bpf.c")), all };
}

export async function buildBpf(): Promise<void> {
  const { programs, all } = await bpfSources();
  const sources = all.map((file) => `${root}${file}`);
  for (const source of programs) {
    const object = source.replace(/^bpf(.*)c$/, "build$1o");
    if (!(await isStale(`${root}${object}`, sources))) continue;
    log(`Compiling ${source}`);
    await run(["clang", ...bpfFlags, "-Wall", "-Werror", "-c", source, "-o", object]);
    await run(["llvm-strip", "-g", object]);
  }
}
