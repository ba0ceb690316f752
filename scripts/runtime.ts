/**
 * build/runtime (for another machine build/NAME/runtime): Bun with gate.c and entry-x64.S before its own first instruction. Among other
 * things they hide the environment variables by which anybody could make a compiled binary do something else: be the bun command line,
 * load a file first, open a debugger, write files. exitsnoop runs as root, and not everybody calls it through sudo, which would drop them.
 */
import { chmod, mkdir, rename, rm } from "node:fs/promises";
import lock from "../package-lock.json" with { type: "json" };
import { guardEntry } from "./entry.ts";
import { addGate } from "./gate.ts";
import { isStale, root, run, say } from "./run.ts";
import { folderOf, host, type Target } from "./target.ts";

const sources = [
  import.meta.path,
  ...["entry.ts", "entry-x64.S", "gate.ts", "gate.c"].map((name) => `${root}scripts/${name}`),
  ...["inherited.h", "raw.h"].map((name) => `${root}src/libbpf/native/${name}`),
];

/**
 * Fetches a machine's runtime as npm would install it there, and holds its checksum against package-lock.json. That includes this
 * machine's: where its checksum is wrong, npm leaves the optional package out without an error. Returns the path of the executable.
 * @throws Error where npm cannot bring it, or brings another one than package-lock.json names.
 */
async function fetchRuntime(target: Target): Promise<string> {
  const packages: Record<string, { version?: string; integrity?: string }> = lock.packages;
  const { version, integrity } = packages[`node_modules/${target.runtime}`]!;
  const folder = `${folderOf(target)}/bun-${version}`;
  const binary = `${root}${folder}/bun`;
  if (await Bun.file(binary).exists()) return binary;
  say(`Fetching ${target.runtime} ${version}`);
  await mkdir(`${root}${folder}`, { recursive: true });
  const pack = ["npm", "pack", "--json", "--prefer-offline", "--ignore-scripts", `--pack-destination=${folder}`];
  const packed = await run([...pack, `${target.runtime}@${version}`]);
  const archive = `${folder}/${(JSON.parse(packed) as { filename: string }[])[0]!.filename}`;
  const bytes = await Bun.file(`${root}${archive}`).bytes();
  const found = `sha512-${new Bun.CryptoHasher("sha512").update(bytes).digest("base64")}`;
  if (found !== integrity)
    throw new Error(`${target.runtime} ${version} is not what package-lock.json names: ${found}`);
  // -m: as old as this file, or nobody would see that it is newer than what was made of its predecessor
  await run(["tar", "-xzmf", archive, "-C", folder, "--strip-components=2", "package/bin/bun"]);
  await rm(`${root}${archive}`);
  return binary;
}

/** @throws Error where this script runs on another Bun than the one that package-lock.json names for this machine. */
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

/** Returns the path of the runtime with its gate. @throws Error where a newer Bun has no room for that: look again then. */
export async function sealRuntime(target: Target = host): Promise<string> {
  const sealed = `${root}${folderOf(target)}/runtime`;
  const original = await fetchRuntime(target);
  if (!(await isStale(sealed, [original, ...sources]))) return sealed;
  if (target === host) await checkOwnRuntime();
  say(`Sealing the runtime for ${target.name}`);
  const runtime = Buffer.from(await Bun.file(original).arrayBuffer());
  await addGate(runtime, original, target);
  await guardEntry(runtime, target);
  await Bun.write(`${sealed}.new`, runtime);
  await chmod(`${sealed}.new`, 0o755);
  await rename(`${sealed}.new`, sealed);
  return sealed;
}
