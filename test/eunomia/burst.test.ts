/** 60,000 events at once: none is missing if Ctrl-C follows, and the CPU time per event. */
import { describe, expect, test } from "bun:test";
import { temporaryFolder } from "../support/tracer.ts";
import { cpuTime } from "./cpu-time.ts";
import { type Form, Runner } from "../support/eunomia/runner.ts";
import { makeCalls } from "../support/eunomia/side-by-side.ts";
import { compile } from "../support/eunomia/tools.ts";

const CALLS = 60_000;

describe("60,000 events at once", () => {
  test.each(["plain", "json"] as const)(
    "%s, then Ctrl-C: exitsnoop prints every event, ecli does not",
    async (form) => {
      using folder = temporaryFolder();
      const { path } = await compile(folder.path, "burst");
      for (const tool of ["ecli", "exitsnoop"] as const) {
        const runner = await Runner.start(tool, path, form);
        await makeCalls(CALLS);
        const { status, stdout } = await runner.end();
        const numbers = stdout
          .split("\n")
          .slice(headings(form), -1)
          .map((line) => numberOf(line, form));
        expect(status).toBe(0);
        expect(numbers).toEqual(numbers.map((_, index) => index));
        if (tool === "exitsnoop") expect(numbers).toHaveLength(CALLS);
        else expect(numbers.length).toBeLessThan(CALLS);
      }
    },
  );

  test("CPU time per event: less than ecli in the first burst, at most a fifth in the second", async () => {
    using folder = temporaryFolder();
    const { path } = await compile(folder.path, "burst");
    for (const form of ["plain", "json"] as const) {
      const runners = await Promise.all([Runner.start("ecli", path, form), Runner.start("exitsnoop", path, form)]);
      for (const [burst, maxRatio] of [
        // includes the compilation of exitsnoop's printing code
        ["first", 1],
        ["second", 1 / 5],
      ] as const) {
        const [theirs, own] = (await costs(runners, form)) as [number, number];
        const ratio = (theirs / own).toFixed(1);
        console.log(
          `${form}, ${burst} burst: ecli ${theirs.toFixed(0)} ns per event, exitsnoop ${own.toFixed(0)}: ${ratio} to 1`,
        );
        expect(own).toBeLessThan(theirs * maxRatio);
      }
      await Promise.all(runners.map((runner) => runner.end()));
    }
  });
});

/** Makes a burst, and returns the CPU time of each runner per event, ns, until its last line. */
async function costs(runners: Runner[], form: Form): Promise<number[]> {
  const before = runners.map((runner) => ({
    runner,
    time: cpuTime(runner.process.pid),
    lines: Math.max(runner.lines, headings(form)),
  }));
  await makeCalls(CALLS);
  return Promise.all(
    before.map(async ({ runner, time, lines }) => {
      expect(await runner.until(() => runner.lines >= lines + CALLS, 30_000)).toBe(true);
      return (cpuTime(runner.process.pid) - time) / CALLS;
    }),
  );
}

function headings(form: Form): number {
  return form === "plain" ? 1 : 0;
}

function numberOf(line: string, form: Form): number {
  if (form === "json") return (JSON.parse(line) as { number: number }).number;
  return Number(line.split(/ +/)[1]);
}
