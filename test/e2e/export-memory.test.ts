/** `exitsnoop export` and hostile lines: its memory is bounded in bytes, not in events. */
import { readFileSync } from "node:fs";
import { expect, test } from "bun:test";
import { line, openFolder, start } from "../support/exporter.ts";

const MAX_MEGABYTES = 220;

/** Returns the largest resident memory of a process, in MB. */
function peakOf(pid: number): number {
  const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))!;
  return Number(kilobytes) / 1024;
}

const wide = () => "\u20ac".repeat(330_000);
const random = () => crypto.getRandomValues(Buffer.alloc(62_500)).toString("hex").repeat(8);

for (const [name, count, hasSpool, text] of [
  ["characters of three bytes, without a spool", 600, false, wide],
  ["characters of three bytes, with --spool", 600, true, wide],
  ["digits that gzip cannot make small, without a spool", 300, false, random],
] as const) {
  test(`lines of 1 MB, no server, ${name}: memory stays below ${MAX_MEGABYTES} MB, each event is counted`, async () => {
    using folder = openFolder();
    const spool = hasSpool ? ["--spool", `${folder.path}/spool`] : [];
    const { process, end } = start(["--otlp", "http://127.0.0.1:1", ...spool]);
    let peak = 0;
    for (let pid = 1; pid <= count; pid++) {
      process.stdin.write(line(pid, { cwd: text() }));
      await process.stdin.flush();
      peak = Math.max(peak, peakOf(process.pid));
    }
    await process.stdin.end();
    const { stderr } = await end();
    const [, dropped, queued = 0] = /otlp: 0 sent, (\d+) dropped(?:, (\d+) queued)?\n$/.exec(stderr)!;
    expect(Number(dropped) + Number(queued)).toBe(count);
    expect(peak).toBeLessThan(MAX_MEGABYTES);
  });
}
