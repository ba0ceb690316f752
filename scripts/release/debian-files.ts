/** Files of Debian's packages, of the architecture of any target, without installing them. */
import { mkdir, readdir, rm } from "node:fs/promises";
import { root, run } from "../build/run.ts";
import { folderOf, type Target } from "../build/target.ts";

/** Debian's name of an architecture. */
export const ARCHITECTURES = { x64: "amd64", arm64: "arm64" } as const;

interface DebianFiles {
  /** The folder with the unpacked files, relative to the project's. */
  folder: string;
  version: string;
}

/**
 * Downloads the newest version of a package in the Debian release of this machine, and unpacks it.
 * apt reads the machine's sources and verifies their signatures, but keeps its lists in build/:
 * the machine need not know the architecture.
 * @throws Error if apt fails.
 */
export async function fetchDebianFiles(target: Target, name: string): Promise<DebianFiles> {
  const apt = `${folderOf(target)}/apt`;
  const folder = `${apt}/${name}`;
  const architecture = ARCHITECTURES[target.arch];
  await rm(`${root}${folder}`, { recursive: true, force: true });
  for (const path of ["lists/partial", "cache/archives/partial", name]) {
    await mkdir(`${root}${apt}/${path}`, { recursive: true });
  }
  const settings = [
    `APT::Architecture=${architecture}`,
    `APT::Architectures=${architecture}`,
    `Dir::State::lists=${root}${apt}/lists`,
    `Dir::Cache=${root}${apt}/cache`,
    // as root, apt downloads as a user who may not write to build/
    "APT::Sandbox::User=root",
  ];
  const aptGet = ["env", "-C", `${root}${folder}`, "apt-get", "-q", ...settings.flatMap((one) => ["-o", one])];
  await run([...aptGet, "update"]);
  await run([...aptGet, "download", `${name}:${architecture}`]);
  const [deb] = await readdir(`${root}${folder}`);
  if (!deb) throw new Error(`apt-get downloaded no package ${name} for ${architecture}`);
  const path = `${folder}/${deb}`;
  const version = (await run(["dpkg-deb", "--field", path, "Version"])).trim();
  await run(["dpkg-deb", "--extract", path, folder]);
  return { folder, version };
}
