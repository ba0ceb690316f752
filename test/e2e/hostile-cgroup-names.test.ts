/** Cgroup names with characters that could act on a terminal or break a format. */
import { describe, expect, test } from "bun:test";
import { v1Memory } from "../support/cgroup-versions.ts";
import { Cgroup, freshPath, only, ownChildren, runIn, v2, watch } from "../support/cgroups.ts";
import { parseCsv } from "../support/csv-parser.ts";
import { nameOracle, plainOracle } from "../support/hostile-text.ts";
import { Tracer } from "../support/tracer.ts";

/** A description of a name, the name, and the name in JSON. */
const hostileNames: [what: string, name: string | Buffer, json: string][] = [
  ["spaces", "two  words ", "two  words "],
  ["a tab", "tab\there", "tab\there"],
  ["a carriage return", "back\rover", "back\rover"],
  ["escape sequences", "\x1b[31mred\x1b[0m", "\x1b[31mred\x1b[0m"],
  ["a terminal title sequence", "\x1b]0;pwned\x07", "\x1b]0;pwned\x07"],
  ["quotes", `"double" 'single' , ;`, `"double" 'single' , ;`],
  ["UTF-8", "käse-ナノ-🐚", "käse-ナノ-🐚"],
  ["C1 control characters", "c1\u009b31m\u0085", "c1\u009b31m\u0085"],
  ["characters that reverse the direction of text", "abc\u202egpj.exe", "abc\u202egpj.exe"],
  ["invalid UTF-8", Buffer.from("a\xff\xfeb\xc3", "latin1"), "a\ufffd\ufffdb\ufffd"],
  ["DEL", "rub\x7fout", "rub\x7fout"],
];

/** Matches control and direction characters except the line feed. */
const controls = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffd]/;

const hierarchy = v2 ?? v1Memory;

describe.skipIf(!hierarchy)("cgroup name", () => {
  test.each(hostileNames)("cgroup name with %s: JSON, the table and CSV escape it", async (_, name, json) => {
    const parent = freshPath();
    const path = Buffer.concat([Buffer.from(`${parent}/`), Buffer.from(name as string)]);
    using cgroup = new Cgroup(hierarchy!, path);
    const columns = ["--columns", "pid,cgroup", ...ownChildren];
    const table = await Tracer.start(columns);
    const csv = await Tracer.start(["--format", "csv", ...columns]);
    const { value, of, stdout } = await watch(() => runIn(only(cgroup), ["true"]), ownChildren);
    const [tableEnded, csvEnded] = [await table.end(), await csv.end()];

    expect(of(value.pid)).toMatchObject([{ cgroup: `${parent}/${json}` }]);
    expect(stdout).not.toMatch(/[\x00-\x09\x0b-\x1f]/);

    const line = tableEnded.stdout.split("\n").find((each) => each.split(/\s+/).includes(String(value.pid)));
    expect(line).toEndWith(` ${nameOracle(path)}`);
    expect(tableEnded.stdout).not.toMatch(controls);

    const row = parseCsv(csvEnded.stdout).find(([pid]) => pid === String(value.pid));
    expect(row?.[1]).toBe(plainOracle(path));
    expect(csvEnded.stdout).not.toMatch(controls);
  });
});

test.if(!!v2)("cgroup name with a line feed: the kernel refuses it", () => {
  expect(() => new Cgroup(v2!, `${freshPath()}/a\nb`)).toThrow("EINVAL");
});
