/** Sixty thousand events at once: what is printed when Ctrl-C follows at their end, and what each costs when it does not. */
import { describe, expect, test } from "bun:test";
import { temporaryFolder } from "../e2e/tracer.ts";
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
        const numbers = stdout.split("\n").slice(form === "plain" ? 1 : 0, -1).map((line) => numberOf(line, form));
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
      const [theirs, own] = [await costOf("ecli", path, form), await costOf("ours", path, form)];
      console.log(`${form}: ecli ${theirs.toFixed(0)} ns an event, ours ${own.toFixed(0)}: ${(theirs / own).toFixed(1)} to 1`);
      expect(own).toBeLessThan(theirs / 5);
    }
  });
});

/** CPU time for an event, ns, from the attached programs to the last line. */
async function costOf(name: "ecli" | "ours", path: string, form: Form): Promise<number> {
  const runner = await Runner.start(name, path, form);
  const before = cpuTime(runner.process.pid);
  await makeCalls(CALLS);
  const everything = await runner.until(() => runner.lines >= CALLS + (form === "plain" ? 1 : 0), 30_000);
  const cost = (cpuTime(runner.process.pid) - before) / CALLS;
  await runner.end();
  expect(everything).toBe(true);
  return cost;
}

function numberOf(line: string, form: Form): number {
  if (form === "json") return (JSON.parse(line) as { number: number }).number;
  return Number(line.split(/ +/)[1]);
}
