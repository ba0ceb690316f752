import { binary, runToEnd } from "./tracer.ts";

/** Returns the paths of the shared libraries that the dynamic loader loads for the binary. */
export async function binaryLibraries(): Promise<string[]> {
  const { stdout } = await runToEnd(["ldd", binary]);
  return [...stdout.matchAll(/(?:=> |^\s+)(\/\S+)/gm)].map(([, path]) => path!);
}
