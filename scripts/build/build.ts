/**
 * `npm run build`: dist/exitsnoop, one file with the runtime, the native core and the BPF objects inside.
 * `npm run build -- --target linux-arm64`: dist/exitsnoop-linux-arm64, for another machine. `npm run build -- --sandbox-escape`:
 * build/exitsnoop-sandbox-escape, the same with a decoder that does what test/sandbox-escape tells it.
 */
import { mkdir } from "node:fs/promises";
import { parseArgs } from "node:util";
import { buildBpf } from "./bpf.ts";
import { compile } from "./compile.ts";
import { buildNative, linkHeaders, sources } from "./native.ts";
import { buildPackages } from "./package.ts";
import { root, run, log } from "./run.ts";
import { find, host } from "./target.ts";

/** Makes what every target's binary needs. Returns where the native core's sources lie. @throws Error where a tool fails. */
export async function prepare(): Promise<string> {
  await mkdir(`${root}build`, { recursive: true });
  await mkdir(`${root}dist`, { recursive: true });
  log("Fetching the sources of libbpf, libelf and zlib");
  const crate = await sources();
  await linkHeaders(crate);
  await buildNative(crate);
  await buildBpf();
  await buildPackages();
  // in a process of its own: it loads what was just built
  await run([process.execPath, "scripts/build/layout.ts", "--check"]);
  return crate;
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { target: { type: "string" }, "sandbox-escape": { type: "boolean" } } });
  const target = values.target === undefined ? undefined : find(values.target);
  if (target && target !== host) await run(["sh", "scripts/setup.sh", target.name]);
  const crate = await prepare();
  if (values["sandbox-escape"]) {
    await compile(target ?? host, crate, "build/exitsnoop-sandbox-escape", [
      "test/sandbox-escape/main.ts",
      "test/sandbox-escape/worker.ts",
    ]);
  } else {
    await compile(target ?? host, crate, target ? `dist/exitsnoop-${target.name}` : "dist/exitsnoop");
  }
}
