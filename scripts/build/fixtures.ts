/** build/fixtures/*: the small programs of test/fixtures that die in every way; for another machine build/NAME/fixtures/*. */
import { mkdir, readdir } from "node:fs/promises";
import { isStale, root, run, log } from "./run.ts";
import { folderOf, host, type Target } from "./target.ts";

/** Freestanding: no 32-bit C library is needed to build or run it. */
const freestanding = ["-m32", "-nostdlib", "-static", "-ffreestanding"];

/** @param wanted which of them, by name; all of them are not for every machine. */
export async function buildFixtures(target: Target = host, wanted?: readonly string[]): Promise<void> {
  const folder = `${folderOf(target)}/fixtures`;
  await mkdir(`${root}${folder}`, { recursive: true });
  const files = (await readdir(`${root}test/fixtures`)).filter((file) => file.endsWith(".c"));
  const headers = ["truth.h"].map((file) => `${root}test/fixtures/${file}`);
  for (const file of files) {
    if (wanted && !wanted.includes(file.replace(/\.c$/, ""))) continue;
    const is32 = file.endsWith("-32.c");
    if (is32 && target.arch !== "x64") continue;
    const program = `${folder}/${file.replace(/\.c$/, "")}`;
    if (!(await isStale(`${root}${program}`, [`${root}test/fixtures/${file}`, ...headers]))) continue;
    log(`Compiling test/fixtures/${file} for ${target.name}`);
    const flags = is32 ? freestanding : ["-pthread", "-D_GNU_SOURCE", "-fno-omit-frame-pointer"];
    const clang = ["clang", `--target=${target.triple}`, "-O1", "-g0", "-Wall", "-Wextra", "-Werror"];
    await run([...clang, ...flags, "-o", program, `test/fixtures/${file}`]);
  }
}
