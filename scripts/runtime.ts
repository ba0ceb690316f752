/**
 * build/runtime: Bun, deaf to the environment variables by which anybody could make a compiled binary do something else: be the
 * bun command line, load a file first, open a debugger, write files. exitsnoop runs as root, and not everybody
 * calls it through sudo, which would drop them. Bun has no option for that, so their names in the runtime's constants are made
 * unmatchable: the first letter becomes NUL, which no variable's name can contain.
 */
import { chmod, rename } from "node:fs/promises";
import { isStale, root, say } from "./run.ts";

const sealed = `${root}build/runtime`;

const doors = [
  "BUN_BE_BUN",
  "BUN_OPTIONS",
  "BUN_INSPECT",
  "BUN_INSPECT_CONNECT_TO",
  "BUN_INSPECT_PRELOAD",
  "BUN_BYTECODE_DIGEST_OUT",
  "BUN_BYTECODE_ORDER_NAMES_OUT",
  "BUN_BYTECODE_ORDER_OUT",
  "BUN_TRACE",
  "BUN_WATCHER_TRACE",
];

/** Returns the path of the sealed runtime. @throws Error where a newer Bun keeps a name elsewhere: look again then. */
export async function sealRuntime(): Promise<string> {
  if (!(await isStale(sealed, [process.execPath, import.meta.path]))) return sealed;
  say("Sealing the runtime");
  const runtime = Buffer.from(await Bun.file(process.execPath).arrayBuffer());
  for (const name of doors) {
    const constant = Buffer.from(`\0${name}\0`);
    let at = runtime.indexOf(constant);
    if (at < 0) throw new Error(`this Bun does not hold ${name} as a constant of its own; it could not be closed`);
    for (; at >= 0; at = runtime.indexOf(constant, at + 1)) runtime[at + 1] = 0;
  }
  await Bun.write(`${sealed}.new`, runtime);
  await chmod(`${sealed}.new`, 0o755);
  await rename(`${sealed}.new`, sealed);
  return sealed;
}
