/** The flood without processes: what one core decodes and writes, and what the same loop in C does. */
import { rmSync } from "node:fs";
import { root, run } from "../build/run.ts";
import type { Figures } from "./figures.ts";

const folder = `${root}build/bench`;
const record = `${folder}/record`;
const figure = "flood: records decoded and written by one core";
const NS = 1e9;

const ours = (count: number, file: string, ...options: string[]) =>
  run([process.execPath, "scripts/bench/decoder-loop.ts", record, `${count}`, file, ...options]);
const inC = (count: number, file: string) =>
  run([`${folder}/flood`, `${folder}/flood.bpf.o`, record, `${count}`, file]);

/** The last line that such a flood writes, without its time, which depends on when a batch was taken. */
async function lineOf(write: (file: string) => Promise<string>): Promise<string> {
  const file = `${folder}/flood.out`;
  await write(file);
  const line = (await Bun.file(file).text()).trimEnd().split("\n").at(-1)!;
  rmSync(file);
  return line.replace(/"time":"[^"]*"/, "");
}

/** One round. @throws Error where C writes something else, and so is no measure. */
export async function flood(count: number, figures: Figures): Promise<void> {
  for (const options of [[], ["-w", "-j"]]) {
    rmSync(record, { force: true });
    const ns = Number(await ours(count, "/dev/null", "--no-header", ...options));
    figures.add(figure, "a second", ["exitsnoop", ...options].join(" "), NS / ns);
  }
  rmSync(record, { force: true });
  const json = Number(await ours(count, "/dev/null", "-j"));
  const c = Number(await inC(count, "/dev/null"));
  const lines = [await lineOf((file) => ours(1, file, "-j")), await lineOf((file) => inC(1, file))];
  if (lines[0] !== lines[1]) throw new Error(`the flood in C writes something else:\n${lines.join("\n")}`);
  figures.add(figure, "a second", "exitsnoop -j", NS / json);
  figures.add(figure, "a second", "the same JSON by a loop in C", NS / c);
  figures.add("flood: CPU, ours against C's", "times", "exitsnoop -j", json / c);
}
