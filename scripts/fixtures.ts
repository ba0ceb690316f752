/** build/fixtures/*: the small programs of test/fixtures that die in every way. */
import { mkdir, readdir } from "node:fs/promises";
import { isStale, root, run, say } from "./run.ts";

/** Freestanding: no 32-bit C library is needed to build or run it. */
const freestanding = ["-m32", "-nostdlib", "-static", "-ffreestanding"];

export async function buildFixtures(): Promise<void> {
  await mkdir(`${root}build/fixtures`, { recursive: true });
  const files = (await readdir(`${root}test/fixtures`)).filter((file) => file.endsWith(".c"));
  const headers = ["truth.h"].map((file) => `${root}test/fixtures/${file}`);
  for (const file of files) {
    const is32 = file.endsWith("-32.c");
    if (is32 && process.arch !== "x64") continue;
    const target = `build/fixtures/${file.replace(/\.c$/, "")}`;
    if (!(await isStale(`${root}${target}`, [`${root}test/fixtures/${file}`, ...headers]))) continue;
    say(`Compiling test/fixtures/${file}`);
    const flags = is32 ? freestanding : ["-pthread", "-D_GNU_SOURCE", "-fno-omit-frame-pointer"];
    await run(["clang", "-O1", "-g0", "-Wall", "-Wextra", "-Werror", ...flags, "-o", target, `test/fixtures/${file}`]);
  }
}
