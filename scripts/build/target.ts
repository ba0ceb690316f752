/** The machines that a binary can be built for, by what a person calls them. */
export interface Target {
  /** As in the name of what is released: exitsnoop-linux-arm64. */
  name: string;
  arch: "x64" | "arm64";
  libc: "glibc" | "musl";
  /** clang's name for it, and what the names of the tools for it begin with. */
  triple: string;
  /** The npm package that brings its runtime. */
  runtime: string;
}

export const targets: readonly Target[] = [
  { name: "linux-x64", arch: "x64", libc: "glibc", triple: "x86_64-linux-gnu", runtime: "@oven/bun-linux-x64" },
  {
    name: "linux-arm64",
    arch: "arm64",
    libc: "glibc",
    triple: "aarch64-linux-gnu",
    runtime: "@oven/bun-linux-aarch64",
  },
  {
    name: "linux-x64-musl",
    arch: "x64",
    libc: "musl",
    triple: "x86_64-linux-gnu",
    runtime: "@oven/bun-linux-x64-musl",
  },
];

/** What we build on. @throws Error where that is nothing that we build for. */
export const host = find(`linux-${process.arch}`);

/** @throws Error where there is none of that name. */
export function find(name: string): Target {
  const target = targets.find((known) => known.name === name);
  if (!target) throw new Error(`unknown target ${name}: there are ${targets.map((known) => known.name).join(", ")}`);
  return target;
}

/** Where what is compiled for it lies, relative to the project's folder: the machine's own directly in build/. */
export function folderOf(target: Target): string {
  return target === host ? "build" : `build/${target.name}`;
}

/** The name of a tool of binutils that reads that machine's files. */
export function toolOf(target: Target, tool: string): string {
  return target.arch === host.arch ? tool : `${target.triple}-${tool}`;
}
