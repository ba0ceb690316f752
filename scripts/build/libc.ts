/** The clang flags for a target's C library. */
import { mkdir, rm, symlink } from "node:fs/promises";
import { root } from "./run.ts";
import { folderOf, host, type Target } from "./target.ts";

/**
 * Returns no flags for glibc, which clang finds by itself. For musl they name the files of Debian's
 * musl-dev, which lacks the kernel's headers.
 * @throws Error for musl of another architecture: Debian has no cross package of it.
 */
export async function libcFlags(target: Target): Promise<Record<"compile" | "link", string[]>> {
  if (target.libc === "glibc") return { compile: [], link: [] };
  if (target.arch !== host.arch) throw new Error(`${target.name} can be built on a machine of that architecture only`);
  const headers = `${folderOf(target)}/kernel-headers`;
  await mkdir(`${root}${headers}`, { recursive: true });
  for (const [name, path] of [
    ["linux", "/usr/include/linux"],
    ["asm-generic", "/usr/include/asm-generic"],
    ["asm", `/usr/include/${target.triple}/asm`],
  ] as const) {
    await rm(`${root}${headers}/${name}`, { force: true });
    await symlink(path, `${root}${headers}/${name}`);
  }
  const musl = target.triple.replace(/gnu$/, "musl");
  return {
    compile: ["-nostdlibinc", "-isystem", `/usr/include/${musl}`, "-isystem", headers],
    // the compiler's start-up files belong to glibc; a library for musl needs none
    link: ["-nostdlib", `-L/usr/lib/${musl}`, "-lc"],
  };
}
