/** Fetches and unpacks packages of other Debian suites and architectures; installs nothing. */
import { mkdirSync } from "node:fs";
import { run } from "../../scripts/build/run.ts";

const SUITES = ["bullseye", "bookworm", "trixie", "trixie-backports"];
/** The names of suites: the machine's sources with such a name point to a Debian mirror. */
const SUITE_NAME = /^(bullseye|bookworm|trixie|forky|sid|oldoldstable|oldstable|stable|testing|unstable)$/;

/** apt with private folders: the machine's lists and packages are not touched. */
export class Archive {
  private constructor(readonly folder: string) {}

  /** Reads the package lists once. @throws Error if apt fails or has no Debian mirror. */
  static async open(folder: string): Promise<Archive> {
    const archive = new Archive(folder);
    if (await Bun.file(`${folder}/is-read`).exists()) return archive;
    for (const name of ["lists/partial", "cache/archives/partial"]) mkdirSync(`${folder}/${name}`, { recursive: true });
    await Bun.write(`${folder}/debian.sources`, await sources());
    await Bun.write(
      `${folder}/apt.conf`,
      [
        `Dir::Etc::sourcelist "${folder}/debian.sources";`,
        'Dir::Etc::sourceparts "/dev/null";',
        'Dir::State::status "/dev/null";',
        `Dir::State::Lists "${folder}/lists";`,
        `Dir::Cache "${folder}/cache";`,
        'APT::Architectures {"amd64"; "arm64";};',
        // apt's sandbox user cannot write to this folder
        'APT::Sandbox::User "";',
      ].join("\n"),
    );
    await archive.#apt("apt-get", "update");
    await Bun.write(`${folder}/is-read`, "");
    return archive;
  }

  /** Returns the dependencies of a package whose names match. */
  async dependencies(name: string, architecture: string, suite: string, wanted: RegExp): Promise<string[]> {
    const text = await this.#apt("apt-cache", "depends", `--target-release=${suite}`, `${name}:${architecture}`);
    return Array.from(text.matchAll(/Depends: ([^\s:]+)/g), ([, found]) => found!).filter((found) =>
      wanted.test(found),
    );
  }

  /** Extracts the file of a package whose path matches the pattern. */
  async extract(name: string, architecture: string, suite: string, pattern: string, file: string): Promise<void> {
    await this.#apt("apt-get", "download", `--target-release=${suite}`, `${name}:${architecture}`);
    const script = `
      set -e
      dpkg-deb --fsys-tarfile "$1"/"$2"_*.deb | tar --extract --to-stdout --wildcards "$3" >"$4"
      rm "$1"/"$2"_*.deb
      chmod 755 "$4"
      test -s "$4"`;
    await run(["sh", "-c", script, "sh", this.folder, name, pattern, file]);
  }

  #apt(program: string, ...args: string[]): Promise<string> {
    return run(["sh", "-c", 'cd "$0" && APT_CONFIG="$0/apt.conf" exec "$@"', this.folder, program, "-q", ...args]);
  }
}

/** Returns apt's sources: the suites of SUITES from the mirror of this machine. */
async function sources(): Promise<string> {
  const format = "$(RELEASE) $(COMPONENT) $(REPO_URI) $(SIGNED_BY)";
  const targets = await run(["apt-get", "indextargets", "--format", format, "Created-By: Packages"]);
  const sets = targets.split("\n").map((line) => line.split(" "));
  const [, , uri, key] = sets.find(([release, component]) => SUITE_NAME.test(release!) && component === "main") ?? [];
  if (!uri) throw new Error("apt has no Debian mirror, which the kernels come from: run apt-get update");
  const keyring = key?.startsWith("/") ? key : "/usr/share/keyrings/debian-archive-keyring.gpg";
  return [
    "Types: deb",
    `URIs: ${uri}`,
    `Suites: ${SUITES.join(" ")}`,
    "Components: main",
    "Targets: Packages",
    `Signed-By: ${keyring}\n`,
  ].join("\n");
}
