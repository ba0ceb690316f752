/**
 * `npm run build`: dist/exitsnoop, one file with the runtime, the native core and the BPF objects.
 * `-- --target linux-arm64` builds dist/exitsnoop-linux-arm64 for another machine instead.
 * `-- --sandbox-escape` builds build/exitsnoop-sandbox-escape instead, whose decoder runs
 * test/sandbox-escape.
 */
import { mkdir } from "node:fs/promises";
import { parseArgs } from "node:util";
import { buildBpf } from "./bpf.ts";
import { compile } from "./compile.ts";
import { buildNative, linkHeaders, sources } from "./native.ts";
import { buildPackages } from "./package.ts";
import { log, root, run } from "./run.ts";
import { find, host } from "./target.ts";

const ESCAPE_ENTRYPOINTS = ["test/sandbox-escape/main.ts", "test/sandbox-escape/worker.ts"];

/** Builds what every target needs. Returns the folder of the crate with libbpf's sources. */
export async function prepare(): Promise<string> {
  await mkdir(`${root}build`, { recursive: true });
  await mkdir(`${root}dist`, { recursive: true });
  log("Fetching the sources of libbpf, libelf and zlib");
  const crate = await sources();
  await linkHeaders(crate);
  await buildNative(crate);
  await buildBpf();
  await buildPackages();
  // a process of its own, because it loads the native core that was just built
  await run([process.execPath, "scripts/build/layout.ts", "--check"]);
  return crate;
}

if (import.meta.main) {
  const options = { target: { type: "string" }, "sandbox-escape": { type: "boolean" } } as const;
  const { values } = parseArgs({ options });
  const target = values.target === undefined ? host : find(values.target);
  if (target !== host) await run(["sh", "scripts/setup.sh", target.name]);
  const crate = await prepare();
  if (values["sandbox-escape"]) {
    await compile(target, crate, "build/exitsnoop-sandbox-escape", ESCAPE_ENTRYPOINTS);
  } else {
    await compile(target, crate, values.target === undefined ? "dist/exitsnoop" : `dist/exitsnoop-${target.name}`);
  }
}
