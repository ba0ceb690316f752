/** The kernels of `npm run kernels`, as Debian builds them, with the machine that runs each. */
import { existsSync, mkdirSync, renameSync } from "node:fs";
import { find, host, type Target } from "../../scripts/build/target.ts";
import { root, log } from "../../scripts/build/run.ts";
import { Archive } from "./debian.ts";

export interface Machine {
  /** The argument of `npm run kernels`: `5.10`, `6.1-arm64`. */
  name: string;
  target: Target;
  /** The Debian suite that has the kernel. */
  suite: string;
}

const machine = (name: string, target: string, suite: string): Machine => ({ name, target: find(target), suite });

export const machines: readonly Machine[] = [
  machine("5.10", "linux-x64", "bullseye"),
  machine("6.1", "linux-x64", "bookworm"),
  machine("6.12", "linux-x64", "trixie"),
  machine("newest", "linux-x64", "trixie-backports"),
  machine("6.1-arm64", "linux-arm64", "bookworm"),
  machine("newest-arm64", "linux-arm64", "trixie-backports"),
];

/** Debian's names of architectures. */
const ARCHITECTURES = { x64: "amd64", arm64: "arm64" } as const;

const folder = `${root}build/vm`;

/**
 * Returns the path of a kernel image, extracted once from its package.
 * @throws Error if Debian has none.
 */
export async function kernelOf({ name, target, suite }: Machine): Promise<string> {
  const kernel = `${folder}/${name}/vmlinuz`;
  return stored(kernel, async () => {
    log(`Fetching Linux ${name} from Debian ${suite}`);
    const architecture = ARCHITECTURES[target.arch];
    const debian = await Archive.open(`${folder}/apt`);
    const [image] = await debian.dependencies(
      `linux-image-cloud-${architecture}`,
      architecture,
      suite,
      /^linux-image-\d/,
    );
    if (!image) throw new Error(`Debian ${suite} has no kernel linux-image-cloud-${architecture} here`);
    // newer kernels have the image in a package of its own
    const [binary] = await debian.dependencies(image, architecture, suite, /^linux-binary-\d/);
    await debian.extract(binary ?? image, architecture, suite, "*/vmlinuz*", `${kernel}.new`);
  });
}

/** Returns the path of a static busybox: the host's, or for another architecture Debian's. */
export async function busyboxOf(target: Target): Promise<string> {
  if (target === host) return Bun.which("busybox")!;
  return stored(`${folder}/${target.name}/busybox`, async () => {
    const architecture = ARCHITECTURES[target.arch];
    const debian = await Archive.open(`${folder}/apt`);
    await debian.extract(
      "busybox-static",
      architecture,
      "bookworm",
      "*/busybox",
      `${folder}/${target.name}/busybox.new`,
    );
  });
}

/** Returns the path, after make() has written PATH.new if the file does not exist. */
async function stored(path: string, make: () => Promise<void>): Promise<string> {
  if (existsSync(path)) return path;
  mkdirSync(path.replace(/\/[^/]*$/, ""), { recursive: true });
  await make();
  renameSync(`${path}.new`, path);
  return path;
}

/** Returns the C library of a target, as this machine has it. */
export function librariesOf(target: Target): { folder: string; names: string[]; loader: string } {
  return {
    folder: target === host ? `/lib/${target.triple}` : `/usr/${target.triple}/lib`,
    // pthread_exit(3) loads libgcc_s
    names: ["libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1", "libgcc_s.so.1"],
    loader: target.arch === "x64" ? "/lib64/ld-linux-x86-64.so.2" : "/lib/ld-linux-aarch64.so.1",
  };
}

/** Fetches all files before VMs start: apt cannot run twice at once. */
export async function prepare(wanted: readonly Machine[]): Promise<void> {
  for (const one of wanted) {
    await kernelOf(one);
    await busyboxOf(one.target);
  }
}
