/**
 * The npm packages: a launcher without dependencies and install scripts, and one package for each
 * target with its binary, of which npm installs the one that fits the machine.
 */
import { chmod, copyFile, mkdir, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { description, license } from "../../package.json" with { type: "json" };
import { manPage } from "../../src/cli/man.ts";
import { type Commit, dayOf } from "../build/commit.ts";
import { root } from "../build/run.ts";
import { folderOf, host, type Target, targets } from "../build/target.ts";
import { packAway } from "./tar.ts";

/** The oldest Node with all that the launcher uses. */
const NODE = ">=16";

/** The name of a target's package. */
const nameOf = (target: Target) => `@exitsnoop/${target.name}`;

/** Creates a folder with these files, of which those with a path are copies. */
async function stage(folder: string, contents: Record<string, string | { copyOf: string }>, executable: string) {
  await rm(`${root}${folder}`, { recursive: true, force: true });
  for (const [name, content] of Object.entries(contents)) {
    const path = `${root}${folder}/package/${name}`;
    await mkdir(dirname(path), { recursive: true });
    if (typeof content === "string") await Bun.write(path, content);
    else await copyFile(`${root}${content.copyOf}`, path);
  }
  await chmod(`${root}${folder}/package/${executable}`, 0o755);
}

/** Packs a folder of stage() as dist/NAME.tgz, and removes it. */
function pack(folder: string, name: string, commit: Commit): Promise<string> {
  return packAway(folder, `dist/${name}-${commit.version}.tgz`, commit.seconds);
}

const LICENCES = {
  LICENSE: { copyOf: "LICENSE" },
  "THIRD-PARTY-NOTICES": { copyOf: "dist/THIRD-PARTY-NOTICES" },
};

/**
 * Writes dist/exitsnoop-TARGET-VERSION.tgz, and returns its path.
 * @param binary the path relative to the project's folder.
 */
export async function packPlatform(target: Target, commit: Commit, binary: string): Promise<string> {
  const manifest = {
    name: nameOf(target),
    version: commit.version,
    description: `The binary of exitsnoop for ${target.name}`,
    license,
    os: ["linux"],
    cpu: [target.arch],
    libc: [target.libc],
    // Yarn would leave it in its archive, from which it cannot be started
    preferUnplugged: true,
  };
  const folder = `${folderOf(target)}/npm`;
  const contents = {
    "package.json": `${JSON.stringify(manifest, null, 2)}\n`,
    "README.md": `# ${manifest.name}\n\n${manifest.description}. Install the package exitsnoop, which selects it.\n`,
    exitsnoop: { copyOf: binary },
    ...LICENCES,
  };
  await stage(folder, contents, "exitsnoop");
  return pack(folder, `exitsnoop-${target.name}`, commit);
}

/** Writes dist/exitsnoop-VERSION.tgz, the launcher, and returns its path. */
export async function packLauncher(commit: Commit): Promise<string> {
  const manifest = {
    name: "exitsnoop",
    version: commit.version,
    description,
    license,
    keywords: ["exit", "process", "ebpf", "bpf", "oom", "signal", "exitsnoop", "observability", "opentelemetry"],
    bin: { exitsnoop: "exitsnoop.js" },
    man: ["./exitsnoop.8"],
    type: "commonjs",
    engines: { node: NODE },
    optionalDependencies: Object.fromEntries(targets.map((target) => [nameOf(target), commit.version])),
  };
  const builds = targets.map((target) => ({
    package: nameOf(target),
    cpu: target.arch,
    libc: target.libc,
    loader: target.loader,
  }));
  const folder = `${folderOf(host)}/npm-launcher`;
  const contents = {
    "package.json": `${JSON.stringify(manifest, null, 2)}\n`,
    "builds.json": `${JSON.stringify(builds, null, 2)}\n`,
    "exitsnoop.js": { copyOf: "scripts/release/npm/exitsnoop.js" },
    "exitsnoop.8": manPage({ ...commit, day: dayOf(commit) }),
    "README.md": { copyOf: "scripts/release/npm/README.md" },
    ...LICENCES,
  };
  await stage(folder, contents, "exitsnoop.js");
  return pack(folder, "exitsnoop", commit);
}
