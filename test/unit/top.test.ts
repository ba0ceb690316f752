import { describe, expect, test } from "bun:test";
import { ByteWriter } from "../../src/output/index.ts";
import { bytesOf } from "../../src/text/byte-writer.ts";
import { summaryKeyNames } from "../../src/views/keys.ts";
import type { TopOptions } from "../../src/views/top-data.ts";
import { Top } from "../../src/views/top.ts";
import { exited, fakeExit, type Fields, written } from "../support/fake-exit.ts";
import { PERIOD } from "../support/summaries.ts";

function topOf(given: Partial<TopOptions> = {}): Top {
  return new Top({
    by: ["comm"],
    sort: "cpu",
    interval: 2000,
    choices: summaryKeyNames,
    time: "utc",
    hasColor: false,
    hasHeader: true,
    label: undefined,
    width: () => 100,
    height: () => 24,
    ...given,
  });
}

/** Counts exits and ends the interval. */
function interval(top: Top, ...exits: Partial<Fields>[]): Top {
  for (const fields of exits) top.exit(new ByteWriter(), fakeExit(fields));
  top.next(PERIOD);
  return top;
}

/** Returns the lines of the screen. */
function linesOf(top: Top): string[] {
  const text = written((out) => top.draw(out));
  const [body, last] = text.split(/\x1b\[J\x1b\[\d+;1H/);
  const lines = `${body}${last}`.replace("\x1b[H", "").split(/(?:\r\n)?\x1b\[K/);
  expect(lines[0]).toBe("");
  return lines.slice(1).map((line) => line.replace("\r\n", ""));
}

/** Returns the values of the last column, from the first key to the total. */
function keysShown(top: Top): string[] {
  const [, , header, ...rows] = linesOf(top).slice(0, -1);
  const at = header!.lastIndexOf(" ") + 1;
  return rows.map((row) => row.slice(at));
}

const type = (top: Top, text: string) => top.type(bytesOf(text));

const cheap = { comm: "cheap" };
const dear = { comm: "dear", resources: { cpuUserNs: 2_000_000_000n }, status: exited(1) };

describe("the screen of exitsnoop top:", () => {
  test("before the first interval is over: says that it counts", () => {
    expect(linesOf(topOf())[0]).toBe("exitsnoop top: counting");
  });

  test("sums, their order, and what CPU time means", () => {
    const lines = linesOf(interval(topOf(), cheap, cheap, dear));
    expect(lines).toEqual([
      "13:44:51: 3 exits in 10.5s, 1 failed, CPU 50% of 4.0s busy",
      "by comm, sorted by cpu, every 2 s; CPU time counts when a process ends",
      "  EXITS FAILED KILLED  OOM     CPU  BUSY%  MEDIAN     P99     MAX MAX_RSS COMM",
      "      1      1      0    0   2.00s   50.0   1.2ms   1.2ms   1.2ms         dear",
      "      2      0      0    0       0    0.0   1.2ms   1.2ms   1.2ms         cheap",
      "      3      1      0    0   2.00s   50.0   1.2ms   1.2ms   1.2ms         (total)",
      "q quit  s sort  b group  / filter  p pause  + - interval  ? help",
    ]);
  });

  test("each interval has its own exits", () => {
    const top = interval(topOf(), cheap, dear);
    expect(keysShown(interval(top, { comm: "next" }))).toEqual(["next", "(total)"]);
    expect(keysShown(interval(top, cheap))).toEqual(["cheap", "(total)"]);
  });

  test.each([
    [200, 50],
    [120, 40],
    [80, 24],
    [40, 8],
    [10, 4],
  ])("%i columns and %i lines: no line is longer, and there are no more", (width, height) => {
    const names = Array.from({ length: 100 }, (_, i) => ({ comm: `a-long-name-${i}` }));
    for (const hasColor of [false, true]) {
      const top = interval(topOf({ width: () => width, height: () => height, hasColor }), ...names);
      for (const keys of ["", "?", "x/yz"]) {
        type(top, keys);
        const lines = linesOf(top).map((line) => line.replaceAll(/\x1b\[\d*m/g, ""));
        expect(lines.length).toBeLessThanOrEqual(height);
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
      }
    }
  });

  test("a terminal without a size: 80 columns, 24 lines", () => {
    const names = Array.from({ length: 100 }, (_, i) => ({ comm: `name${i}` }));
    const lines = linesOf(interval(topOf({ width: () => 0, height: () => 0 }), ...names));
    expect(lines.length).toBe(24);
    expect(lines.every((line) => line.length <= 80)).toBeTrue();
  });

  test("hostile names and filters: no control characters but those of the screen", () => {
    const top = topOf({ by: ["comm", "args"] });
    interval(
      top,
      ...Array.from({ length: 255 }, (_, i) => ({ comm: new Uint8Array([97, i + 1]), args: ["\x1b[2J\n"] })),
    );
    type(top, "/\x9b31m\u202e\ud800");
    const text = written((out) => top.draw(out)).replace(/\x1b\[(H|K|J|\d+;1H)|\r\n/g, "");
    expect(text).not.toMatch(/[\p{C}]/u);
  });
});

describe("keys of exitsnoop top:", () => {
  test.each([
    ["e", "exits", ["cheap", "dear", "(total)"]],
    ["c", "cpu", ["dear", "cheap", "(total)"]],
    ["f", "failed", ["dear", "cheap", "(total)"]],
    ["r", "rss", ["cheap", "dear", "(total)"]],
    ["s", "failed", ["dear", "cheap", "(total)"]],
    ["sssss", "exits", ["cheap", "dear", "(total)"]],
  ])("%s: sorted by %s", (keys, order, expected) => {
    const top = interval(topOf(), cheap, cheap, dear);
    type(top, keys);
    expect(top.state.sort as string).toBe(order);
    expect(keysShown(top)).toEqual(expected);
  });

  test("b: groups by the next key from now on, and after the last by the first", () => {
    const top = interval(topOf(), { ...cheap, exe: "/bin/cheap" });
    type(top, "b");
    expect(linesOf(top)[0]).toBe("exitsnoop top: counting");
    expect(keysShown(interval(top, { ...cheap, exe: "/bin/cheap" }))).toEqual(["/bin/cheap", "(total)"]);
    for (let i = 1; i < summaryKeyNames.length; i++) type(top, "b");
    expect(top.state.by).toEqual(["comm"]);
  });

  test("/: shows the keys with a text; the total stays", () => {
    const top = interval(topOf(), cheap, dear);
    type(top, "/ea");
    expect(linesOf(top).at(-1)).toBe("show keys with: ea_");
    expect(keysShown(top)).toEqual(["dear", "cheap", "(total)"]);
    type(top, "r\r");
    expect(keysShown(top)).toEqual(["dear", "(total)"]);
    expect(linesOf(top)[1]).toContain(', with "ear"');
    type(top, "q");
    expect(top.isDone).toBeTrue();
  });

  test("/ with q, erase and Escape: edits the text, and leaves nothing", () => {
    const top = interval(topOf(), cheap, dear);
    type(top, "/qé");
    type(top, "\x7f");
    expect([top.state.filter, top.isDone]).toEqual(["q", false]);
    type(top, "\x1b");
    expect(keysShown(top)).toEqual(["dear", "cheap", "(total)"]);
  });

  test("p and space: the screen stands still, and goes on with the present interval", () => {
    const top = interval(topOf(), cheap);
    type(top, "p");
    expect(keysShown(interval(top, dear))).toEqual(["cheap", "(total)"]);
    expect(linesOf(top)[0]).toStartWith("PAUSED  ");
    type(top, " ");
    expect(keysShown(interval(top, dear))).toEqual(["dear", "(total)"]);
  });

  test("+ and -: longer and shorter intervals, within limits", () => {
    const top = topOf();
    type(top, "+");
    expect(top.state.interval).toBe(5000);
    type(top, "+".repeat(20));
    expect(top.state.interval).toBe(60_000);
    type(top, "-".repeat(20));
    expect(top.state.interval).toBe(250);
  });

  test("?: the list of keys, until the next key", () => {
    const top = interval(topOf({ width: () => 80 }), cheap);
    type(top, "?");
    expect(linesOf(top).join("\n")).toContain("q       quit");
    expect(linesOf(top).join("\n")).not.toContain("\u2026");
    type(top, "e");
    expect(keysShown(top)).toEqual(["cheap", "(total)"]);
    expect(top.state.sort).toBe("cpu");
    type(top, "/heap\r");
    type(top, "?");
    type(top, "\x1b");
    expect([top.state.filter, top.state.showsHelp] as unknown[]).toEqual(["heap", false]);
  });

  test("q, and Ctrl-C where it is no signal: the end", () => {
    for (const key of ["q", "\x03"]) {
      const top = topOf();
      type(top, key);
      expect(top.isDone).toBeTrue();
    }
  });

  test("another key: a hint, until the next key", () => {
    const top = interval(topOf(), cheap);
    type(top, "Z");
    expect(linesOf(top).at(-1)).toBe("? lists the keys");
    type(top, "e");
    expect(linesOf(top).at(-1)).toStartWith("q quit");
  });
});
