import { expect, test } from "bun:test";
import { createFormat } from "../../src/output/index.ts";
import { exited, type Fields, header, killedBy, line, formatOptions } from "../support/fake-exit.ts";

const colored = createFormat("table", formatOptions({ hasColor: true }));
const bare = createFormat("table", formatOptions());
const withoutColors = (text: string) => Bun.stripANSI(text);

const ends: [string, Partial<Fields>][] = [
  ["a success", {}],
  ["a failure", { status: exited(1) }],
  ["a death by signal", { status: killedBy(9) }],
  ["a core dump", { status: killedBy(11, true) }],
  ["a verdict wider than its column", { status: killedBy(26, true) }],
  ["a pushed row", { pid: 2_147_483_647, ppid: 2_147_483_647, status: exited(255), lived: 2n ** 64n - 1n }],
];

test("what failed is yellow, what was killed is red, what succeeded has no color", () => {
  expect(line(colored, { status: exited(1) })).toContain(" \x1b[33m1\x1b[0m ");
  expect(line(colored, { status: exited(255) })).toContain(" \x1b[33m255\x1b[0m ");
  expect(line(colored, { status: killedBy(9) })).toContain(" \x1b[31mSIGKILL\x1b[0m ");
  expect(line(colored, { status: killedBy(11, true) })).toContain(" \x1b[31mSIGSEGV+core\x1b[0m ");
  expect(line(colored, { status: exited(0) })).toBe(line(bare, { status: exited(0) }));
});

test.each(ends)("colors do not move a column: %s", (_, fields) => {
  expect(withoutColors(line(colored, fields))).toBe(line(bare, fields));
});

test("only EXIT_CODE is colored", () => {
  for (const [, fields] of ends) {
    const [before, painted, after] = line(colored, fields).split(/\x1b\[3\dm|\x1b\[0m/);
    if (painted === undefined) continue;
    expect(before).toMatch(/^\S+ +\d+ +\d+ +$/);
    expect(painted).toMatch(/^(\d+|SIG\S+)$/);
    expect(after).toMatch(/^ +\d+ which$/);
  }
});

test("the header is bold and otherwise the same", () => {
  expect(header(colored)).toBe(`\x1b[1m${header(bare).trimEnd()}\x1b[0m\n`);
});

test("without color there is no escape character in any line", () => {
  for (const [, fields] of ends) expect(line(bare, fields)).not.toContain("\x1b");
  expect(header(bare)).not.toContain("\x1b");
});

test("a name cannot bring colors of its own", () => {
  expect(line(colored, { comm: "\x1b[32mok\x1b[0m" })).not.toContain("\x1b");
});

test("several rows in one batch are aligned each for itself", () => {
  const rows = ends.map(([, fields]) => line(colored, fields));
  expect(rows.map(withoutColors)).toEqual(ends.map(([, fields]) => line(bare, fields)));
});
