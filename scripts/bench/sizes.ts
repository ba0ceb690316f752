/** The size of the download and of its parts. */
import { root } from "../build/run.ts";
import type { Figures } from "./figures.ts";

const MIB = 1024 * 1024;

/**
 * Measures the binary and its parts.
 * @param isCompressed true: also compresses the binary, which takes ten seconds.
 */
export async function sizes(isCompressed: boolean, figures: Figures): Promise<void> {
  const bytes = await Bun.file(`${root}dist/exitsnoop`).bytes();
  const size = (path: string) => Bun.file(`${root}build/${path}`).size / MIB;
  const parts: [string, number][] = [
    ["exitsnoop", bytes.length / MIB],
    ["its runtime", size("runtime")],
    ["its native core: libbpf, libelf, zlib, C", size("libexitsnoop.so")],
    ["its recorder", size("recorder.bpf.o")],
  ];
  if (isCompressed) {
    parts.push(["exitsnoop, gzip", Bun.gzipSync(bytes, { level: 6 }).length / MIB]);
    parts.push(["exitsnoop, zstd", Bun.zstdCompressSync(bytes, { level: 9 }).length / MIB]);
  }
  for (const [name, value] of parts) figures.add("size", "MiB", name, value);
}
