/** build/*.bpf.o: the BPF programs, compiled with clang and stripped of all debug sections but BTF. */
import { readdir } from "node:fs/promises";
import { isStale, root, run, say } from "./run.ts";

/** `-mcpu=v3`: 32-bit arithmetic and wide jumps, known to every kernel since 5.1. */
const flags = ["-target", "bpf", "-mcpu=v3", "-O2", "-g", "-Wall", "-Werror", "-Ibuild/include"];

export async function buildBpf(): Promise<void> {
  const files = await readdir(`${root}bpf`);
  const headers = files.filter((file) => file.endsWith(".h")).map((file) => `${root}bpf/${file}`);
  for (const file of files.filter((file) => file.endsWith(".bpf.c"))) {
    const object = `build/${file.replace(/c$/, "o")}`;
    if (!(await isStale(`${root}${object}`, [`${root}bpf/${file}`, ...headers]))) continue;
    say(`Compiling bpf/${file}`);
    await run(["clang", ...flags, "-c", `bpf/${file}`, "-o", object]);
    await run(["llvm-strip", "-g", object]);
  }
}
