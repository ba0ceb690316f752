/** How clang is told of a target's C library. */
import { mkdir, rm, symlink } from "node:fs/promises";
import { root } from "./run.ts";
import { folderOf, host, type Target } from "./target.ts";

export interface LibcFlags {
  compile: string[];
  link: string[];
}

/**
 * For glibc clang knows what it needs. musl's files are Debian's (package musl-dev), which leave out the kernel's headers.
 * @throws Error for another architecture's musl, of which Debian has no cross package.
 */
export async function libcFlags(target: Target): Promise<LibcFlags> {
  if (target.libc === "glibc") return { compile: [], link: [] };
  if (target.arch !== host.arch) throw new Error(`${target.name} can be built on a machine of that architecture only`);
  const kernel = `${folderOf(target)}/kernel-headers`;
  await mkdir(`${root}${kernel}`, { recursive: true });
  for (const [name, path] of [
    ["linux", "/usr/include/linux"],
    ["asm-generic", "/usr/include/asm-generic"],
    ["asm", `/usr/include/${target.triple}/asm`],
  ] as const) {
    await rm(`${root}${kernel}/${name}`, { force: true });
    await symlink(path, `${root}${kernel}/${name}`);
  }
  const musl = target.triple.replace(/gnu$/, "musl");
  return {
    compile: ["-nostdlibinc", "-isystem", `/usr/include/${musl}`, "-isystem", kernel],
    // the compiler's own start-up files are glibc's, and musl needs none in a library
    link: ["-nostdlib", `-L/usr/lib/${musl}`, "-lc"],
  };
}
