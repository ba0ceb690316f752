/** Sixty thousand events at once: what is printed when Ctrl-C follows at their end, and what each costs when it does not. */
import { describe, expect, test } from "bun:test";
import { temporaryFolder } from "../support/tracer.ts";
import { cpuTime } from "./cpu-time.ts";
import { type Form, Runner } from "./runner.ts";
import { makeCalls } from "./side-by-side.ts";
import { compile } from "./tools.ts";

const CALLS = 60_000;

describe("a burst", () => {
  for (const form of ["plain", "json"] as const) {
    test(`that Ctrl-C ends, ${form}: every event`, async () => {
      using folder = temporaryFolder();
      const { path } = await compile(folder.path, "burst");
      for (const name of ["ecli", "ours"] as const) {
        const runner = await Runner.start(name, path, form);
        await makeCalls(CALLS);
        const { status, stdout } = await runner.end();
        const numbers = stdout
          .split("\n")
          .slice(heading(form), -1)
          .map((line) => numberOf(line, form));
        expect(status).toBe(0);
        expect(numbers).toEqual(numbers.map((_, index) => index));
        if (name === "ours") expect(numbers).toHaveLength(CALLS);
        else expect(numbers.length).toBeLessThan(CALLS);
      }
    });
  }

  test("that is read at leisure: at most a fifth of ecli's CPU for an event", async () => {
    using folder = temporaryFolder();
    const { path } = await compile(folder.path, "burst");
    for (const form of ["plain", "json"] as const) {
      const runners = await Promise.all([Runner.start("ecli", path, form), Runner.start("ours", path, form)]);
      for (const [round, most] of [
        // our first events pay for the compilation of what prints them
        ["first", 1],
        ["then", 1 / 5],
      ] as const) {
        const [theirs, own] = await costs(runners, form);
        const ratio = (theirs! / own!).toFixed(1);
        console.log(
          `${form}, ${round}: ecli ${theirs!.toFixed(0)} ns an event, ours ${own!.toFixed(0)}: ${ratio} to 1`,
        );
        expect(own!).toBeLessThan(theirs! * most);
      }
      await Promise.all(runners.map((runner) => runner.end()));
    }
  });
});

/** What the same burst costs each, in CPU time for an event, ns, until its last line. */
async function costs(runners: Runner[], form: Form): Promise<number[]> {
  const before = runners.map((runner) => ({
    runner,
    time: cpuTime(runner.process.pid),
    lines: Math.max(runner.lines, heading(form)),
  }));
  await makeCalls(CALLS);
  return Promise.all(
    before.map(async ({ runner, time, lines }) => {
      expect(await runner.until(() => runner.lines >= lines + CALLS, 30_000)).toBe(true);
      return (cpuTime(runner.process.pid) - time) / CALLS;
    }),
  );
}

function heading(form: Form): number {
  return form === "plain" ? 1 : 0;
}

function numberOf(line: string, form: Form): number {
  if (form === "json") return (JSON.parse(line) as { number: number }).number;
  return Number(line.split(/ +/)[1]);
}
