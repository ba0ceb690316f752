/** What has to be downloaded, and what makes it up. */
import { root } from "../run.ts";
import type { Figures } from "./figures.ts";

const MIB = 1024 * 1024;

export async function sizes(figures: Figures): Promise<void> {
  const bytes = await Bun.file(`${root}dist/exitsnoop`).bytes();
  const size = (path: string) => Bun.file(`${root}build/${path}`).size / MIB;
  const parts: [string, number][] = [
    ["exitsnoop", bytes.length / MIB],
    ["exitsnoop, gzip", Bun.gzipSync(bytes, { level: 6 }).length / MIB],
    ["exitsnoop, zstd", Bun.zstdCompressSync(bytes, { level: 9 }).length / MIB],
    ["of it the runtime", size("runtime")],
    ["of it libbpf, libelf, zlib, our C", size("libexitsnoop.so")],
    ["of it the recorder", size("recorder.bpf.o")],
  ];
  for (const [name, value] of parts) figures.add("size", "MiB", name, value);
}
