import { expect, test } from "bun:test";
import { createFormat } from "../../src/output/formats.ts";
import { exited, fakeExit, type Fields, formatOptions, header, killedBy, line, written } from "../support/fake-exit.ts";

const colored = createFormat("table", formatOptions({ hasColor: true }));
const plain = createFormat("table", formatOptions());
const withoutColors = (text: string) => Bun.stripANSI(text);

const outcomes: [string, Partial<Fields>][] = [
  ["a success", {}],
  ["a failure", { status: exited(1) }],
  ["a death by signal", { status: killedBy(9) }],
  ["a core dump", { status: killedBy(11, true) }],
  ["an exit status wider than its column", { status: killedBy(26, true) }],
  ["a pushed row", { pid: 2_147_483_647, ppid: 2_147_483_647, status: exited(255), duration: 2n ** 64n - 1n }],
];

test("the table in color: a failure is yellow, a signal red, a success uncolored", () => {
  expect(line(colored, { status: exited(1) })).toContain(" \x1b[33m1\x1b[0m ");
  expect(line(colored, { status: exited(255) })).toContain(" \x1b[33m255\x1b[0m ");
  expect(line(colored, { status: killedBy(9) })).toContain(" \x1b[31mSIGKILL\x1b[0m ");
  expect(line(colored, { status: killedBy(11, true) })).toContain(" \x1b[31mSIGSEGV+core\x1b[0m ");
  expect(line(colored, { status: exited(0) })).toBe(line(plain, { status: exited(0) }));
});

test.each(outcomes)("the table in color: the columns of %s stay in place", (_, fields) => {
  expect(withoutColors(line(colored, fields))).toBe(line(plain, fields));
});

test("the table in color: colors EXIT_CODE only", () => {
  for (const [, fields] of outcomes) {
    const [before, painted, after] = line(colored, fields).split(/\x1b\[3\dm|\x1b\[0m/);
    if (painted === undefined) continue;
    expect(before).toMatch(/^\S+ +\d+ +\d+ +$/);
    expect(painted).toMatch(/^(\d+|SIG\S+)$/);
    expect(after).toMatch(/^ +\d+ which$/);
  }
});

test("the table in color: the header is bold and otherwise unchanged", () => {
  expect(header(colored)).toBe(`\x1b[1m${header(plain).trimEnd()}\x1b[0m\n`);
});

test("the table without color: no line has an escape character", () => {
  for (const [, fields] of outcomes) expect(line(plain, fields)).not.toContain("\x1b");
  expect(header(plain)).not.toContain("\x1b");
});

test("the table in color: escapes colors in a name", () => {
  expect(line(colored, { comm: "\x1b[32mok\x1b[0m" })).not.toContain("\x1b");
});

test("the table in color: every row of a batch has its columns in place", () => {
  const rows = written((out) => {
    for (const [, fields] of outcomes) colored.exit(out, fakeExit(fields));
  });
  const expected = outcomes.map(([, fields]) => `${line(plain, fields)}\n`);
  expect(withoutColors(rows)).toBe(expected.join(""));
});
