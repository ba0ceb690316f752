/** Records of somebody's package that are shorter, longer or larger than anybody expects. */
import { describe, expect, test } from "bun:test";
import { pack } from "../support/packages.ts";
import { Runner } from "../eunomia/runner.ts";
import { makeCalls } from "../eunomia/side-by-side.ts";
import { temporaryFolder } from "../support/tracer.ts";
import { stackTrace } from "./stack-trace.ts";

/** As in programs/odd-lengths.bpf.c and odd-samples.bpf.c, again and again; 4 bytes are an event. */
const ring = [0, 1, 3, 4, 5, 8, 4095, 4096, 65535, 65536, 100_000, 7, 4, 0, 0, 0];
const perf = [0, 1, 3, 4, 5, 8, 4095, 4096, 32_768, 60_000, 65_000, 4, 0, 0, 0, 0];
/** A perf buffer's samples are whole multiples of 8 bytes with their own 4 bytes of length: what is shorter comes with zeros behind it. */
const padded = (length: number) => Math.ceil((length + 4) / 8) * 8 - 4;

async function run(name: string, rounds: number) {
  using folder = temporaryFolder();
  const runner = await Runner.start("ours", await pack(folder.path, name), "json");
  for (let i = 0; i < rounds; i++) {
    await makeCalls(16);
    await Bun.sleep(50);
  }
  const { status, stdout, stderr } = await runner.end();
  expect(stderr).not.toMatch(stackTrace);
  expect(status).toBe(0);
  const numbers = stdout
    .trimEnd()
    .split("\n")
    .map((line) => (JSON.parse(line) as { number: number }).number);
  return { numbers, stderr };
}

describe("records of every length", () => {
  test.each([
    ["odd-lengths", ring, (length: number) => length],
    ["odd-samples", perf, padded],
  ])("%s: what is long enough is shown, the rest is counted", async (name, lengths, asRead) => {
    const rounds = 5;
    // of the number that is sent, no more than the length says
    const whole = lengths.flatMap((length, number) => (asRead(length) >= 4 ? [length ? number : 0] : []));
    const { numbers, stderr } = await run(name, rounds);
    expect(numbers).toEqual(Array.from({ length: rounds }, () => whole).flat());
    const short = rounds * (lengths.length - whole.length);
    if (short)
      expect(stderr).toContain(`exitsnoop: ${short} events were shorter than their type says, and are not shown\n`);
    expect(stderr).toMatch(new RegExp(`\\n${rounds * whole.length} events(, 0 lost)?\\n$`));
  });
});
