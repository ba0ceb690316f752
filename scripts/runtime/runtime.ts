/**
 * Makes build/runtime (for another target build/NAME/runtime): Bun with preflight.c before its
 * entry point.
 */
import { chmod, mkdir, rename, rm } from "node:fs/promises";
import lock from "../../package-lock.json" with { type: "json" };
import { isStale, root, run, log } from "../build/run.ts";
import { folderOf, host, type Target } from "../build/target.ts";
import { installPreflight } from "./preflight.ts";

const sources = [
  import.meta.path,
  ...["preflight.ts", "preflight.c"].map((name) => `${root}scripts/runtime/${name}`),
  ...["inherited.h", "raw.h"].map((name) => `${root}src/native/core/${name}`),
];

/**
 * Fetches a target's runtime with npm and compares its checksum with package-lock.json. The host's
 * is fetched as well: npm skips an optional package with a wrong checksum without an error. Returns
 * the path of the executable.
 * @throws Error if npm cannot fetch it, or the checksum differs.
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
  await run(["tar", "-xzmf", archive, "-C", folder, "--strip-components=1", "package/bin/bun"]);
  // a rename, because an interrupted tar leaves a part of the file
  await rename(`${root}${folder}/bin/bun`, binary);
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
 * Installs preflight.c in a target's runtime, if it is out of date. Returns the path of the result.
 */
export async function hardenRuntime(target: Target = host): Promise<string> {
  const hardened = `${root}${folderOf(target)}/runtime`;
  const original = await fetchRuntime(target);
  if (!(await isStale(hardened, [original, ...sources]))) return hardened;
  if (target === host) await checkOwnRuntime();
  log(`Installing the preflight check in the runtime for ${target.name}`);
  const elf = Buffer.from(await Bun.file(original).arrayBuffer());
  await installPreflight(elf, original, target);
  await Bun.write(`${hardened}.new`, elf);
  await chmod(`${hardened}.new`, 0o755);
  await rename(`${hardened}.new`, hardened);
  return hardened;
}
