/** build/fixtures/*: compiles the C programs of test/fixtures for the host or another target. */
import { mkdir, readdir } from "node:fs/promises";
import { isStale, log, root, run } from "./run.ts";
import { folderOf, host, type Target } from "./target.ts";

const FIXTURES = "test/fixtures";

/** 32-bit programs are freestanding, so that no 32-bit C library is needed to build or run them. */
const FLAGS_32 = ["-m32", "-nostdlib", "-static", "-ffreestanding", "-fasynchronous-unwind-tables"];
const FLAGS = ["-pthread", "-D_GNU_SOURCE", "-fno-omit-frame-pointer"];

/**
 * @param wanted the names of the programs; all by default, of which some compile on the host only.
 */
export async function buildFixtures(target: Target = host, wanted?: readonly string[]): Promise<void> {
  const folder = `${folderOf(target)}/fixtures`;
  await mkdir(`${root}${folder}`, { recursive: true });
  for (const [name, sources] of await fixtureSources()) {
    const is32 = name.endsWith("-32");
    if ((wanted && !wanted.includes(name)) || (is32 && target.arch !== "x64")) continue;
    const program = `${folder}/${name}`;
    const inputs = [...sources, ...(await headersFor(name))].map((file) => `${root}${file}`);
    if (!(await isStale(`${root}${program}`, inputs))) continue;
    log(`Compiling ${FIXTURES}/${name} for ${target.name}`);
    const clang = ["clang", `--target=${target.triple}`, "-O1", "-g0", "-Wall", "-Wextra", "-Werror"];
    await run([...clang, ...(is32 ? FLAGS_32 : FLAGS), "-o", program, ...sources]);
  }
}

/** The sources of each program, by its name: NAME.c, or all .c files of a folder with a main.c. */
async function fixtureSources(): Promise<Map<string, string[]>> {
  const sources = new Map<string, string[]>();
  for (const entry of await readdir(`${root}${FIXTURES}`, { withFileTypes: true })) {
    const path = `${FIXTURES}/${entry.name}`;
    if (entry.name.endsWith(".c")) sources.set(entry.name.replace(/\.c$/, ""), [path]);
    if (!entry.isDirectory()) continue;
    const files = await withExtension(path, ".c");
    if (files.includes(`${path}/main.c`)) sources.set(entry.name, files);
  }
  return sources;
}

/** The headers that a program may include: those of test/fixtures and of its own folder. */
async function headersFor(name: string): Promise<string[]> {
  const own = await withExtension(`${FIXTURES}/${name}`, ".h").catch(() => []);
  return [...(await withExtension(FIXTURES, ".h")), ...own];
}

async function withExtension(folder: string, extension: string): Promise<string[]> {
  const files = (await readdir(`${root}${folder}`)).filter((file) => file.endsWith(extension));
  return files.map((file) => `${folder}/${file}`);
}
