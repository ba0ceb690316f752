/** Packages of other suites and architectures of Debian than this machine's own: fetched and unpacked, never installed. */
import { mkdirSync } from "node:fs";
import { run } from "../../scripts/build/run.ts";

const suites = ["bullseye", "bookworm", "trixie", "trixie-backports"];
/** What a machine's own suite may be called, for its mirror to be known. */
const own = /^(bullseye|bookworm|trixie|forky|sid|oldoldstable|oldstable|stable|testing|unstable)$/;

/** apt with folders of its own, so that the machine's are left alone. */
export class Archive {
  private constructor(readonly folder: string) {}

  /** Reads the lists of packages, once. @throws Error where apt fails, or this machine knows no mirror of Debian. */
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
        // as whoever we are: apt's own user cannot write here
        'APT::Sandbox::User "";',
      ].join("\n"),
    );
    await archive.#apt("apt-get", "update");
    await Bun.write(`${folder}/is-read`, "");
    return archive;
  }

  /** What that package depends on, as far as the names fit. */
  async dependencies(name: string, architecture: string, suite: string, wanted: RegExp): Promise<string[]> {
    const text = await this.#apt("apt-cache", "depends", `--target-release=${suite}`, `${name}:${architecture}`);
    return Array.from(text.matchAll(/Depends: ([^\s:]+)/g), ([, found]) => found!).filter((found) =>
      wanted.test(found),
    );
  }

  /** Writes the one file of that package whose path fits the pattern. */
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

/** The mirror that this machine itself uses, for all that we need of it. */
async function sources(): Promise<string> {
  const format = "$(RELEASE) $(COMPONENT) $(REPO_URI) $(SIGNED_BY)";
  const targets = await run(["apt-get", "indextargets", "--format", format, "Created-By: Packages"]);
  const mine = targets.split("\n").map((line) => line.split(" "));
  const [, , uri, key] = mine.find(([release, component]) => own.test(release!) && component === "main") ?? [];
  if (!uri) throw new Error("apt-get names no mirror of Debian here: kernels come from there");
  const keyring = key?.startsWith("/") ? key : "/usr/share/keyrings/debian-archive-keyring.gpg";
  return [
    "Types: deb",
    `URIs: ${uri}`,
    `Suites: ${suites.join(" ")}`,
    "Components: main",
    "Targets: Packages",
    `Signed-By: ${keyring}\n`,
  ].join("\n");
}
