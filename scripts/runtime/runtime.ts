/**
 * Makes build/runtime (for another machine build/NAME/runtime): Bun, with gate.c and entry-x64.S
 * before its own first instruction. They check what the runtime needs and hide environment
 * variables that make a compiled binary act as the bun command line, load a file first, open a
 * debugger or write files. exitsnoop runs as root, and sudo, which drops them, is not always there.
 */
import { chmod, mkdir, rename, rm } from "node:fs/promises";
import lock from "../../package-lock.json" with { type: "json" };
import { guardEntry } from "./entry.ts";
import { addGate } from "./preflight.ts";
import { isStale, root, run, log } from "../build/run.ts";
import { folderOf, host, type Target } from "../build/target.ts";

const sources = [
  import.meta.path,
  ...["entry.ts", "entry-x64.S", "gate.ts", "gate.c"].map((name) => `${root}scripts/runtime/${name}`),
  ...["inherited.h", "raw.h"].map((name) => `${root}src/native/core/${name}`),
];

/**
 * Fetches a machine's runtime as npm would install it there, and compares its checksum with
 * package-lock.json. It does so for this machine as well, because npm leaves out an optional
 * package with a wrong checksum without an error. Returns the path of the executable.
 * @throws Error if npm cannot fetch it, or fetches another one than package-lock.json names.
 */
async function fetchRuntime(target: Target): Promise<string> {
  const packages: Record<string, { version?: string; integrity?: string }> = lock.packages;
  const { version, integrity } = packages[`node_modules/${target.runtime}`]!;
  const folder = `${folderOf(target)}/bun-${version}`;
  const binary = `${root}${folder}/bun`;
  if (await Bun.file(binary).exists()) return binary;
  log(`Fetching ${target.runtime} ${version}`);
  await mkdir(`${root}${folder}`, { recursive: true });
  const pack = ["npm", "pack", "--json", "--prefer-offline", "--ignore-scripts", `--pack-destination=${folder}`];
  const packed = await run([...pack, `${target.runtime}@${version}`]);
  const archive = `${folder}/${(JSON.parse(packed) as { filename: string }[])[0]!.filename}`;
  const bytes = await Bun.file(`${root}${archive}`).bytes();
  const found = `sha512-${new Bun.CryptoHasher("sha512").update(bytes).digest("base64")}`;
  if (found !== integrity)
    throw new Error(`${target.runtime} ${version} is not what package-lock.json names: ${found}`);
  // -m: otherwise tar sets the archive's old time, and isStale() misses a new runtime
  await run(["tar", "-xzmf", archive, "-C", folder, "--strip-components=2", "package/bin/bun"]);
  await rm(`${root}${archive}`);
  return binary;
}

/**
 * Checks that this script runs on the Bun that package-lock.json names for this machine.
 * @throws Error if it does not.
 */
export async function checkOwnRuntime(): Promise<void> {
  const [own, named] = await Promise.all(
    [process.execPath, await fetchRuntime(host)].map((file) => Bun.file(file).bytes()),
  );
  if (own && named && Buffer.compare(own, named) === 0) return;
  throw new Error(
    `${process.execPath} is not the Bun that package-lock.json names: it was changed, or belongs to another version; ` +
      "remove node_modules and try again",
  );
}

/**
 * Adds the gate to a machine's runtime, unless that is done. Returns the path of the result.
 * @throws Error if a newer Bun has no room for the gate. Then addGate() and guardEntry() need a
 * change.
 */
export async function hardenRuntime(target: Target = host): Promise<string> {
  const sealed = `${root}${folderOf(target)}/runtime`;
  const original = await fetchRuntime(target);
  if (!(await isStale(sealed, [original, ...sources]))) return sealed;
  if (target === host) await checkOwnRuntime();
  log(`Sealing the runtime for ${target.name}`);
  const runtime = Buffer.from(await Bun.file(original).arrayBuffer());
  await addGate(runtime, original, target);
  await guardEntry(runtime, target);
  await Bun.write(`${sealed}.new`, runtime);
  await chmod(`${sealed}.new`, 0o755);
  await rename(`${sealed}.new`, sealed);
  return sealed;
}
