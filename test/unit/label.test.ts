import { describe, expect, test } from "bun:test";
import { parse } from "../../src/cli/parse.ts";
import { Timespec } from "../../src/exit/timespec.ts";
import { createFormat } from "../../src/output/formats.ts";
import type { FormatOptions } from "../../src/output/index.ts";
import { defaultKeys, formatOptions, header, line, written } from "../support/fake-exit.ts";

const of = (layout: "table" | "json" | "csv", label: string, given: Partial<FormatOptions> = {}) =>
  createFormat(layout, formatOptions({ label, ...given }));
const HOSTILE = 'a,"b"\n\x1b[2J\u202e';

describe("--label:", () => {
  test("the table: a first column as wide as the label", () => {
    expect(header(of("table", "web-1 α"))).toStartWith("LABEL   TIME     PID ");
    expect(line(of("table", "web-1 α"))).toStartWith("web-1 α 21:40:09 42050 ");
    expect(line(of("table", "漢字漢字"))).toStartWith("漢字漢字 21:40:09 42050 ");
    expect(line(of("table", HOSTILE))).toStartWith(`$'a,"b"\\n\\x1b[2J\\xe2\\x80\\xae' 21:40:09 `);
  });

  test("JSON: the last key, also of a line about lost exits", () => {
    const json = of("json", HOSTILE, { columns: defaultKeys });
    expect(Object.entries(JSON.parse(line(json))).at(-1)).toEqual(["label", HOSTILE]);
    const lost = written((out) => json.lost!(out, 3, new Timespec()));
    expect(lost).toBe(
      '{"event":"lost","time":"1970-01-01T00:00:00.000000000Z","count":3,"label":"a,\\"b\\"\\n\\u001b[2J\\u202e"}\n',
    );
  });

  test("CSV: the last column", () => {
    expect(header(of("csv", "x", { columns: ["pid"] }))).toBe("pid,label\n");
    expect(line(of("csv", "=x,y", { columns: ["pid"] }))).toBe(`42050,"'=x,y"`);
  });

  test("an empty label, as in BCC's example: an empty column", () => {
    expect(parse(["-t", "--utc", "-x", "--label="]).parsed.label).toBe("");
    expect(line(of("json", "", { columns: ["pid"] }))).toBe('{"event":"exit","pid":42050,"label":""}');
    expect(line(of("csv", "", { columns: ["pid"] }))).toBe("42050,");
  });

  test("a label that is too long: refused", () => {
    expect(() => parse(["--label", "x".repeat(201)])).toThrow("the longest label has 200 characters");
  });
});
