/** The README's picture and the figures of the documents. */
import { expect, test } from "bun:test";
import { correctFigures, median, performanceTable } from "../../scripts/docs/figures.ts";
import { drawSvg } from "../../scripts/docs/svg.ts";

const frames = [
  { at: 100, rows: ["$ run"] },
  { at: 1100, rows: ["$ run", "a <b> & \x1b[31mred\x1b[0m"] },
  { at: 2100, rows: ["$ run", "a <b> & \x1b[31mred\x1b[0m", "$"] },
];

test("drawSvg(): escapes text, keeps colours, and leaves the last prompt out", () => {
  const svg = drawSvg(frames, 20, "a & b");
  expect(svg).toContain("<title>a &amp; b</title>");
  expect(svg).toContain('a &lt;b&gt; &amp; <tspan fill="#ff7b72">red</tspan></text>');
  expect([...svg.matchAll(/<text /g)]).toHaveLength(2);
});

test("drawSvg(): a row appears when the terminal showed it", () => {
  // 10 s in all: 2 s of frames and 8 s of pause; the second row came after 1 s
  expect(drawSvg(frames, 20, "")).toContain("@keyframes r1{0%,10.00%{opacity:0}");
});

test("correctFigures(): replaces a measured figure in a sentence, and nothing else", () => {
  const mib = Math.round(median("size", "exitsnoop"));
  expect(correctFigures("a 1 MiB binary, 1 MiB of memory")).toBe(`a ${mib} MiB binary, 1 MiB of memory`);
});

test("performanceTable(): without numbers it has all rows, with numbers only these", () => {
  const rows = (text: string) => text.split("\n").length - 2;
  expect(rows(performanceTable([0, 2]))).toBe(2);
  expect(rows(performanceTable())).toBeGreaterThan(5);
});
