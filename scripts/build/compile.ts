/** One binary: the runtime, the native core and the BPF objects in one file, for one target. */
import { chmod, rename } from "node:fs/promises";
import { buildNative } from "./native.ts";
import { root, log } from "./run.ts";
import { sealRuntime } from "../runtime/runtime.ts";
import { folderOf, type Target } from "./target.ts";

/**
 * @param crate where the native core's sources lie.
 * @param outfile relative to the project's folder; the BPF objects and packages, which are the same on every machine, are built.
 * @param entrypoints the program, and those of its workers.
 * @throws Error where something does not compile.
 */
export async function compile(
  target: Target,
  crate: string,
  outfile: string,
  entrypoints: readonly string[] = ["src/main.ts"],
): Promise<void> {
  const core = await buildNative(crate, target);
  const executablePath = await sealRuntime(target);
  // its name gets into the binary: always the same one, so that it says nothing of where it goes
  const compiled = `${root}${folderOf(target)}/exitsnoop`;
  log(`Compiling ${outfile}`);
  const result = await Bun.build({
    entrypoints: entrypoints.map((path) => root + path),
    target: "bun",
    format: "esm",
    minify: true,
    bytecode: true,
    plugins: [
      {
        name: "the target's native core",
        setup: (build) => {
          build.onResolve({ filter: /\/libexitsnoop\.so$/ }, () => ({ path: `${root}${core}` }));
        },
      },
    ],
    compile: {
      target: `bun-${target.name}` as Bun.Build.CompileTarget,
      outfile: compiled,
      executablePath,
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
  await chmod(compiled, 0o755);
  await rename(compiled, `${root}${outfile}`);
  log(`Built ${outfile}`);
}
