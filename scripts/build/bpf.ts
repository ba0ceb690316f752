/** build/*.bpf.o: compiles the BPF programs and strips all debug sections but BTF. */
import { readdir } from "node:fs/promises";
import { isStale, log, root, run } from "./run.ts";

/**
 * `-mcpu=v3`: 32-bit arithmetic and wide jumps, known to every kernel since 5.1. clang stores the
 * compilation folder for the verifier's log; `.` keeps the build reproducible.
 */
export const bpfFlags = [
  ...["-target", "bpf", "-mcpu=v3", "-O2", "-g"],
  ...["-Ibuild/include", "-fdebug-compilation-dir=."],
];

/** Lists the sources of bpf/: those that are programs, and all that a program may include. */
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
