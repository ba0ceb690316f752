/** Packages whose records are shorter or longer than their type, up to the maximum. */
import { describe, expect, test } from "bun:test";
import { pack } from "../support/packages.ts";
import { Runner } from "../support/eunomia/runner.ts";
import { makeCalls } from "../support/eunomia/side-by-side.ts";
import { temporaryFolder } from "../support/tracer.ts";
import { stackTrace } from "./stack-trace.ts";

/** The lengths in record-lengths.bpf.c and perf-record-lengths.bpf.c; an event has 4 bytes. */
const ring = [0, 1, 3, 4, 5, 8, 4095, 4096, 65535, 65536, 100_000, 7, 4, 0, 0, 0];
const perf = [0, 1, 3, 4, 5, 8, 4095, 4096, 32_768, 60_000, 65_000, 4, 0, 0, 0, 0];
/** Samples of perf buffers, with their 4 bytes of length, are padded to 8 bytes. */
const paddedLength = (length: number) => Math.ceil((length + 4) / 8) * 8 - 4;

async function run(name: string, rounds: number) {
  using folder = temporaryFolder();
  const runner = await Runner.start("exitsnoop", await pack(folder.path, name), "json");
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
    ["record-lengths", ring, (length: number) => length],
    ["perf-record-lengths", perf, paddedLength],
  ])("%s: prints the records that are long enough, and counts the others", async (name, lengths, asRead) => {
    const rounds = 5;
    const whole = lengths.flatMap((length, number) => (asRead(length) >= 4 ? [length ? number : 0] : []));
    const { numbers, stderr } = await run(name, rounds);
    expect(numbers).toEqual(Array.from({ length: rounds }, () => whole).flat());
    const short = rounds * (lengths.length - whole.length);
    if (short)
      expect(stderr).toContain(`exitsnoop: ${short} events were shorter than their type and are not printed\n`);
    expect(stderr).toMatch(new RegExp(`\\n${rounds * whole.length} events(, 0 lost)?\\n$`));
  });
});
