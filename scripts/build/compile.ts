/** Compiles one target's binary: the runtime, the native core and the BPF objects in a file. */
import { chmod, rename } from "node:fs/promises";
import { hardenRuntime } from "../runtime/runtime.ts";
import { dayOf, findCommit } from "./commit.ts";
import { buildNative } from "./native.ts";
import { log, root } from "./run.ts";
import { folderOf, type Target } from "./target.ts";

/**
 * Needs the BPF objects and packages, which are the same for every target.
 * @param crate the folder of the native core's sources.
 * @param outfile the path of the result, relative to the project's folder.
 * @param entrypoints the program and its workers.
 * @throws Error if something does not compile.
 */
export async function compile(
  target: Target,
  crate: string,
  outfile: string,
  entrypoints: readonly string[] = ["src/main.ts"],
): Promise<void> {
  const core = await buildNative(crate, target);
  const executablePath = await hardenRuntime(target);
  // Bun writes this path into the binary, so it must not depend on outfile
  const compiled = `${root}${folderOf(target)}/exitsnoop`;
  const commit = await findCommit();
  log(`Compiling ${outfile}`);
  const result = await Bun.build({
    entrypoints: entrypoints.map((path) => root + path),
    target: "bun",
    format: "esm",
    minify: true,
    bytecode: true,
    // a subcommand loads its own modules only
    splitting: true,
    // declared in src/embedded.d.ts
    define: {
      BUILD_COMMIT: JSON.stringify(commit ? `${commit.hash}${commit.isChanged ? "-dirty" : ""}` : ""),
      BUILD_DAY: JSON.stringify(commit ? dayOf(commit) : ""),
      BUILD_TARGET: JSON.stringify(target.name),
    },
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
      // no code from outside the binary, whatever the environment asks for
      execArgv: ["--disallow-code-generation-from-strings=strict"],
      autoloadBunfig: false,
      autoloadDotenv: false,
      autoloadTsconfig: false,
      autoloadPackageJson: false,
    },
  });
  if (!result.success) throw new Error(result.logs.join("\n"));
  await chmod(compiled, 0o755);
  // a rename, because a running tracer keeps its old file open
  await rename(compiled, `${root}${outfile}`);
  log(`Built ${outfile}`);
}
