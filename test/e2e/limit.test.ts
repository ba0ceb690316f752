/** --limit: exits are printed, suppressed or lost, and a replay has them so, too. */
import { copyFileSync, readFileSync } from "node:fs";
import { describe, expect, test } from "bun:test";
import { binary, fixture, parseClosingLine, runToEnd, temporaryFolder, Tracer } from "../support/tracer.ts";

const COUNT = 3000;
/** The name of the processes, which no other test has at the same time. */
const NAME = `storm${process.pid}`;

/** Runs a process that starts `count` others, one after the other, all with this name. */
async function burst(folder: string, count: number): Promise<void> {
  copyFileSync(fixture("exit-statuses"), `${folder}/${NAME}`);
  expect((await runToEnd([`${folder}/${NAME}`, "burst", String(count)])).status).toBe(0);
}

interface Line {
  event: "exit" | "suppressed" | "lost";
  count: number;
  comm: string;
  time: string;
  from: string;
  exit_code: number | null;
}

/** Returns the numbers of exits in the lines of JSON, by the kind of the line. */
function sums(text: string) {
  const sum = { exit: 0, suppressed: 0, lost: 0 };
  for (const line of text
    .trim()
    .split("\n")
    .map((one) => JSON.parse(one) as Line))
    sum[line.event] += line.event === "exit" ? 1 : line.count;
  return sum;
}

/** Returns the number of exits that a table has, with those of its `+N` lines. */
function counts(table: string): number {
  const suppressed = [...table.matchAll(new RegExp(`^\\+([\\d,]+) like this: ${NAME}, `, "gm"))];
  const printed = table.split("\n").filter((line) => line.endsWith(` ${NAME}`));
  return suppressed.reduce((sum, [, count]) => sum + Number(count!.replaceAll(",", "")), printed.length);
}

describe("--limit:", () => {
  test("a storm of equal exits: each is printed, suppressed or lost, also in a replay", async () => {
    using folder = temporaryFolder();
    const file = `${folder.path}/storm.jsonl`;
    const tracer = await Tracer.start(["--limit", "2/s", "-j", "-n", NAME, "-o", file]);
    await burst(folder.path, COUNT);
    const { stderr } = await tracer.end();
    const text = readFileSync(file, "utf8");
    const { exit, suppressed, lost } = sums(text);
    // the children, and the process itself
    expect(exit + suppressed + lost).toBe(COUNT + 1);
    expect(suppressed).toBeGreaterThan(COUNT / 2);
    expect(parseClosingLine(stderr)).toEqual({ seen: exit + suppressed, lost });
    expect(stderr).toContain(`${suppressed} suppressed, ${lost} lost`);

    const replayed = await runToEnd([binary, "replay", "-j", file]);
    expect(replayed.stdout).toBe(text);
    expect(replayed.stderr).toContain(`${suppressed} suppressed, ${lost} lost`);

    const summary = await runToEnd([binary, "replay", "-S", "-j", file]);
    const rows = summary.stdout.trim().split("\n");
    expect(rows.map((row) => JSON.parse(row) as object)).toContainEqual(
      expect.objectContaining({ event: "summary", row: "total", exits: exit + suppressed }),
    );
  });

  test("the recording of a storm, replayed with --limit: has the same sums", async () => {
    using folder = temporaryFolder();
    const file = `${folder.path}/whole.jsonl`;
    const tracer = await Tracer.start(["-j", "-n", NAME, "-o", file]);
    await burst(folder.path, COUNT);
    await tracer.end();
    const before = sums(readFileSync(file, "utf8"));
    const { stdout } = await runToEnd([binary, "replay", "--limit", "7/s", "-j", file]);
    const { exit, suppressed, lost } = sums(stdout);
    expect(exit + suppressed).toBe(before.exit);
    expect(lost).toBe(before.lost);
    expect(suppressed).toBeGreaterThan(0);
  });

  test("a storm that is over: its line comes without another exit", async () => {
    using folder = temporaryFolder();
    const file = `${folder.path}/lines`;
    const tracer = await Tracer.start(["--limit", "1/s", "-n", NAME, "-o", file]);
    await burst(folder.path, COUNT);
    while (counts(readFileSync(file, "utf8")) < COUNT + 1) await Bun.sleep(50);
    expect(tracer.process.exitCode).toBeNull();
    await tracer.end();
    expect(counts(readFileSync(file, "utf8"))).toBe(COUNT + 1);
  });

  test("CSV: says on stderr what it did not print", async () => {
    using folder = temporaryFolder();
    const tracer = await Tracer.start(["--limit", "1/s", "--csv", "-n", NAME]);
    await burst(folder.path, 2000);
    const { stderr } = await tracer.end();
    expect(stderr).toMatch(new RegExp(`^exitsnoop: \\+\\d+ like this: ${NAME}, exit code \\d+, child of ${NAME}`, "m"));
  });
});
