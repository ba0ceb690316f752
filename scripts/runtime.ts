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

/** Puts a NUL at an offset in each place that holds the constant. @throws Error where there is none. */
function blind(runtime: Buffer, name: string, constant: string, offset: number): void {
  const bytes = Buffer.from(constant);
  let at = runtime.indexOf(bytes);
  if (at < 0) throw new Error(`this Bun does not hold ${name} as a constant of its own; it could not be closed`);
  for (; at >= 0; at = runtime.indexOf(bytes, at + 1)) runtime[at + offset] = 0;
}

/** Returns the path of the sealed runtime. @throws Error where a newer Bun keeps a name elsewhere: look again then. */
export async function sealRuntime(): Promise<string> {
  if (!(await isStale(sealed, [process.execPath, import.meta.path]))) return sealed;
  say("Sealing the runtime");
  const runtime = Buffer.from(await Bun.file(process.execPath).arrayBuffer());
  for (const name of doors) blind(runtime, name, `\0${name}\0`, 1);
  // the engine's own options, of which some write files: without this prefix none of them has a name
  blind(runtime, "BUN_JSC_*", "\0JSC_", "\0JSC_".length);
  await Bun.write(`${sealed}.new`, runtime);
  await chmod(`${sealed}.new`, 0o755);
  await rename(`${sealed}.new`, sealed);
  return sealed;
}
