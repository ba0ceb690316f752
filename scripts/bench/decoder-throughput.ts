/** How many records one core decodes and writes, without the cost of processes. */
import { rmSync } from "node:fs";
import { root, run } from "../build/run.ts";
import type { Figures } from "./figures.ts";

const FIGURE = "decoder: records decoded and written by one core";
const NS = 1e9;

/** Measures one round. Each format runs in a process of its own, decoder-loop.ts. */
export async function decoderThroughput(count: number, figures: Figures): Promise<void> {
  const record = `${root}build/bench/record`;
  for (const options of [[], ["-j"], ["-w", "-j"]]) {
    rmSync(record, { force: true });
    const command = [process.execPath, "scripts/bench/decoder-loop.ts", record, `${count}`, "/dev/null"];
    const ns = Number(await run([...command, "--no-header", ...options]));
    figures.add(FIGURE, "a second", ["exitsnoop", ...options].join(" "), NS / ns);
  }
}
