/** build/fixtures/*: compiles the C programs of test/fixtures for the host or another target. */
import { mkdir, readdir } from "node:fs/promises";
import { isStale, log, root, run } from "./run.ts";
import { folderOf, host, type Target } from "./target.ts";

/** 32-bit programs are freestanding, so that no 32-bit C library is needed to build or run them. */
const FLAGS_32 = ["-m32", "-nostdlib", "-static", "-ffreestanding"];
const FLAGS = ["-pthread", "-D_GNU_SOURCE", "-fno-omit-frame-pointer"];

/**
 * @param wanted the names of the programs; all by default, of which some compile on the host only.
 */
export async function buildFixtures(target: Target = host, wanted?: readonly string[]): Promise<void> {
  const folder = `${folderOf(target)}/fixtures`;
  await mkdir(`${root}${folder}`, { recursive: true });
  const files = await readdir(`${root}test/fixtures`);
  const headers = files.filter((file) => file.endsWith(".h")).map((file) => `${root}test/fixtures/${file}`);
  for (const file of files.filter((one) => one.endsWith(".c"))) {
    const name = file.replace(/\.c$/, "");
    const is32 = name.endsWith("-32");
    if ((wanted && !wanted.includes(name)) || (is32 && target.arch !== "x64")) continue;
    const program = `${folder}/${name}`;
    if (!(await isStale(`${root}${program}`, [`${root}test/fixtures/${file}`, ...headers]))) continue;
    log(`Compiling test/fixtures/${file} for ${target.name}`);
    const clang = ["clang", `--target=${target.triple}`, "-O1", "-g0", "-Wall", "-Wextra", "-Werror"];
    await run([...clang, ...(is32 ? FLAGS_32 : FLAGS), "-o", program, `test/fixtures/${file}`]);
  }
}
