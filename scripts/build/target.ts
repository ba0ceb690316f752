/** The machines that exitsnoop is built for. */
export interface Target {
  /** The last part of the released file's name: exitsnoop-linux-arm64. */
  name: string;
  arch: "x64" | "arm64";
  libc: "glibc" | "musl";
  /** clang's name of the target, and the prefix of its binutils. */
  triple: string;
  /** The path of the dynamic loader, which is in the header of the binary. */
  loader: string;
  /** The npm package that contains its runtime. */
  runtime: string;
}

const bun = (suffix: string) => `@oven/bun-linux-${suffix}`;
const x64 = { arch: "x64", triple: "x86_64-linux-gnu" } as const;
const arm64 = { arch: "arm64", triple: "aarch64-linux-gnu" } as const;

export const targets: readonly Target[] = [
  { name: "linux-x64", ...x64, libc: "glibc", loader: "/lib64/ld-linux-x86-64.so.2", runtime: bun("x64") },
  { name: "linux-arm64", ...arm64, libc: "glibc", loader: "/lib/ld-linux-aarch64.so.1", runtime: bun("aarch64") },
  { name: "linux-x64-musl", ...x64, libc: "musl", loader: "/lib/ld-musl-x86_64.so.1", runtime: bun("x64-musl") },
];

/** The machine that the build runs on. @throws Error if it is not one of the targets. */
export const host = find(`linux-${process.arch}`);

/** Returns the target of that name. @throws Error if there is none. */
export function find(name: string): Target {
  const target = targets.find((known) => known.name === name);
  if (!target) throw new Error(`unknown target ${name}: there are ${targets.map((known) => known.name).join(", ")}`);
  return target;
}

/** The folder for a target's compiled files, relative to the project's: build/ for the host. */
export function folderOf(target: Target): string {
  return target === host ? "build" : `build/${target.name}`;
}

/** The name of a tool of binutils that reads the target's files. */
export function toolOf(target: Target, tool: string): string {
  return target.arch === host.arch ? tool : `${target.triple}-${tool}`;
}
