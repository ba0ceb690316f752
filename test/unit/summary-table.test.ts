import { describe, expect, test } from "bun:test";
import { exited, killedBy } from "../support/fake-exit.ts";
import { PERIOD, summaryOf, textOf } from "../support/summaries.ts";

const exits = [
  { comm: "cc1", resources: { cpuUserNs: 1_500_000_000n, maxRssBytes: 52_428_800n }, duration: 1_600_000_000n },
  { comm: "sh", duration: 2_500_000n },
  { comm: "sh", status: exited(2), duration: 3_500_000n },
  { comm: "sh", status: killedBy(9), duration: 90_000_000_000n },
];
const lines = (text: string) => text.trimEnd().split("\n");
const names = (count: number) => Array.from({ length: count }, (_, i) => ({ comm: `name${i}` }));

test("summary as a table: the period, a header, the keys with the most exits first, and the total", () => {
  expect(textOf(summaryOf("table", {}, exits))).toBe(
    [
      "13:44:51: the last 10.5s, CPUs busy for 4.0s",
      "  EXITS FAILED KILLED  OOM     CPU  BUSY%  MEDIAN     P99     MAX MAX_RSS COMM",
      "      3      1      1    0       0    0.0   3.5ms   1m30s   1m30s         sh",
      "      1      0      0    0   1.50s   37.5    1.6s    1.6s    1.6s     50M cc1",
      "      4      1      1    0   1.50s   37.5   3.5ms   1m30s   1m30s     50M (total)",
      "",
    ].join("\n"),
  );
});

describe("the period:", () => {
  test.each([
    ["iso", "2026-11-23T13:44:51.500000000Z: the last 10.5s, CPUs busy for 4.0s"],
    ["unix", "1795441491.500000000: the last 10.5s, CPUs busy for 4.0s"],
    ["none", "the last 10.5s, CPUs busy for 4.0s"],
    ["delta", "the last 10.5s, CPUs busy for 4.0s"],
  ] as const)("--time %s: %p", (time, expected) => {
    expect(lines(textOf(summaryOf("table", { time }, exits)))[0]).toBe(expected);
  });

  test("unknown busy time: no share of it", () => {
    const [period, , row] = lines(textOf(summaryOf("table", {}, exits), { ...PERIOD, busyNs: undefined }));
    expect(period).toBe("13:44:51: the last 10.5s");
    expect(row).toContain("    0       0          3.5ms ");
  });

  test("--no-header: rows alone", () => {
    const summary = summaryOf("table", { hasHeader: false }, exits);
    expect(lines(textOf(summary) + textOf(summary)).length).toBe(6);
  });

  test("a second summary: after an empty line", () => {
    const summary = summaryOf("table", {}, exits);
    expect([textOf(summary), textOf(summary)].map((text) => text.startsWith("\n"))).toEqual([false, true]);
  });
});

test("--label: at the start of each line", () => {
  expect(
    lines(textOf(summaryOf("table", { label: "w\x1b" }, exits))).every((line) => line.startsWith("$'w\\x1b' ")),
  ).toBe(true);
});

test("color: the header is bold", () => {
  const [, header] = lines(textOf(summaryOf("table", { hasColor: true }, exits)));
  expect(header).toMatch(/^\x1b\[1m  EXITS.* COMM\x1b\[0m$/);
});

describe("summary on a terminal:", () => {
  const at = (width: number, by: "comm" | "args" = "comm", more: object[] = []) =>
    lines(textOf(summaryOf("table", { by: [by], width: () => width, height: () => 24 }, [...exits, ...more])));

  test.each([200, 120, 100, 80, 60, 40])(
    "%i columns: no line is longer, and exits, failures and kills are there",
    (width) => {
      const long = [{ comm: "0123456789abcde", args: ["x".repeat(300)] }];
      for (const by of ["comm", "args"] as const) {
        const all = at(width, by, long);
        expect(all.slice(1).filter((line) => line.length > Math.max(width, 47))).toEqual([]);
        expect(all[1]).toMatch(/^ {2}EXITS FAILED KILLED .*CPU/);
      }
    },
  );

  test("narrow: the column OOM goes first, unless there were OOM kills", () => {
    expect(at(80)[1]).not.toContain("OOM");
    expect(at(80)[1]).toContain("P99");
    const killed = [{ status: killedBy(9), killer: { kind: "oom" } }];
    expect(at(80, "comm", killed)[1]).toContain("OOM");
    expect(at(80, "comm", killed)[1]).not.toContain("P99");
  });

  test("more keys than lines: the sum of the others, with their number", () => {
    const rows = lines(textOf(summaryOf("table", { width: () => 100, height: () => 20 }, names(50)))).slice(2);
    expect(rows.length).toBe(16);
    expect(rows.at(-2)).toMatch(/^ {5}36 .* \(36 others\)$/);
    expect(rows.at(-1)).toMatch(/^ {5}50 .* \(total\)$/);
  });
});

test("one key more than lines: is shown, since its sum would need a line as well", () => {
  const rows = lines(textOf(summaryOf("table", { width: () => 100, height: () => 20 }, names(15)))).slice(2);
  expect(rows.length).toBe(16);
  expect(rows.join("\n")).not.toContain("others");
});

test("summary without a terminal: all keys, and no value is cut", () => {
  const long = { args: ["x".repeat(300)] };
  const rows = lines(textOf(summaryOf("table", { by: ["args", "comm"] }, [...names(50), long])));
  expect(rows.length).toBe(2 + 51 + 1);
  expect(rows.some((row) => row.includes("x".repeat(300)))).toBeTrue();
});

test("more keys than room: (other) has those without, and + marks numbers that may be too small", () => {
  const all = [...names(40), { comm: "late" }, { comm: "late" }];
  const rows = lines(textOf(summaryOf("table", {}, all, 4))).slice(2);
  expect(rows[0]).toMatch(/^ {5}2\+ .* late$/);
  expect(rows.at(-2)).toMatch(/\(other\)$/);
  expect(rows.at(-1)).toMatch(/^ {5}42 .* \(total\)$/);
});

test("--wide: the lifetimes of all exits, in BCC's form", () => {
  const text = textOf(summaryOf("table", { isWide: true }, exits));
  const [title, heading, ...histogram] = text
    .slice(text.indexOf("\n\n") + 2)
    .trimEnd()
    .split("\n");
  expect(title).toBe("Lifetimes of all processes:");
  expect(heading).toBe("     usecs               : count    distribution");
  expect(histogram.filter((line) => line.includes("*"))).toEqual([
    "      2048 -> 4095       : 2        |****************************************|",
    "   1048576 -> 2097151    : 1        |********************                    |",
    "  67108864 -> 134217727  : 1        |********************                    |",
  ]);
});
