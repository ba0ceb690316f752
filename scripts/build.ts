/**
 * `npm run build`: dist/exitsnoop, one file with the runtime, the native core and the BPF objects inside. `-- --debug-hook`:
 * build/exitsnoop-hooked, the same with a decoder that does what test/hooked tells it.
 */
import { chmod, mkdir, rename } from "node:fs/promises";
import { buildBpf } from "./bpf.ts";
import { buildNative, linkHeaders, sources } from "./native.ts";
import { buildPackages } from "./package.ts";
import { root, run, say } from "./run.ts";
import { sealRuntime } from "./runtime.ts";

const isHooked = process.argv.includes("--debug-hook");
const target = isHooked ? "build/exitsnoop-hooked" : "dist/exitsnoop";
const entrypoints = isHooked ? ["test/hooked/main.ts", "test/hooked/worker.ts"] : ["src/main.ts"];

await mkdir(`${root}build`, { recursive: true });
await mkdir(`${root}dist`, { recursive: true });
say("Fetching the sources of libbpf, libelf and zlib");
const crate = await sources();
await linkHeaders(crate);
await buildNative(crate);
await buildBpf();
await buildPackages();
// in a process of its own: it loads what was just built
await run([process.execPath, "scripts/layout.ts", "--check"]);

say(`Compiling ${target}`);
const result = await Bun.build({
  entrypoints: entrypoints.map((path) => root + path),
  target: "bun",
  format: "esm",
  minify: true,
  bytecode: true,
  compile: {
    outfile: `${root}${target}.new`,
    executablePath: await sealRuntime(),
    // small heap; and no code that is not in the binary, whatever the environment asks for
    execArgv: ["--smol", "--disallow-code-generation-from-strings=strict"],
    autoloadBunfig: false,
    autoloadDotenv: false,
    autoloadTsconfig: false,
    autoloadPackageJson: false,
  },
});
if (!result.success) throw new Error(result.logs.join("\n"));
// a running tracer keeps its old file
await chmod(`${root}${target}.new`, 0o755);
await rename(`${root}${target}.new`, `${root}${target}`);
say(`Built ${target}`);
