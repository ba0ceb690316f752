/** What has to be downloaded, and what makes it up. */
import { root } from "../build/run.ts";
import type { Figures } from "./figures.ts";

const MIB = 1024 * 1024;

/** @param compresses takes ten seconds. */
export async function sizes(compresses: boolean, figures: Figures): Promise<void> {
  const bytes = await Bun.file(`${root}dist/exitsnoop`).bytes();
  const size = (path: string) => Bun.file(`${root}build/${path}`).size / MIB;
  const parts: [string, number][] = [
    ["exitsnoop", bytes.length / MIB],
    ["of it the runtime", size("runtime")],
    ["of it libbpf, libelf, zlib, our C", size("libexitsnoop.so")],
    ["of it the recorder", size("recorder.bpf.o")],
  ];
  if (compresses) {
    parts.push(["exitsnoop, gzip", Bun.gzipSync(bytes, { level: 6 }).length / MIB]);
    parts.push(["exitsnoop, zstd", Bun.zstdCompressSync(bytes, { level: 9 }).length / MIB]);
  }
  for (const [name, value] of parts) figures.add("size", "MiB", name, value);
}
