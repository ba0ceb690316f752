/** Process names are untrusted: no format passes one raw to a terminal, parser or spreadsheet. */
import { beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { nameOracle, plainOracle, unsafe } from "../support/hostile-text.ts";
import { parseCsv } from "../support/csv-parser.ts";
import { fixture, parseEvents, runToEnd, temporaryFolder, Tracer } from "../support/tracer.ts";

/** Names that a process may choose. */
const names: (string | number[])[] = [
  "killed by su[1]",
  "\\x1b[31m",
  "$'\\x1b[31m'",
  "a\u3164b",
  "a\u115f\u1160b",
  "a\uffa0b",
  "a\u034fb",
  "a\ufe0fb",
  "a\u00a0b",
  "a\u2800b",
  "\u0301e\u0301",
  "\ue000\u0378\uffff",
  "tmux: server",
  "\x1b[31m",
  "\x1b]0;owned\x07",
  "a\nb",
  "\r\n1 2 3 4",
  '"},{"',
  '","x":"',
  "a\\nb",
  "\x7f\x08\x08",
  [0xff, 0xfe, 0x41, 0xc3],
  [0xc0, 0xaf, 0xed, 0xa0, 0x80],
  [0xf0, 0x9f, 0x92],
  [0x9b, 0x33, 0x31, 0x6d],
  "\u009b31m",
  "\u0085x",
  "\u202Etxt.exe",
  "\u2066\u200bx\u2028",
  "\ufeffbom",
  "=cmd()",
  "+1+1",
  "-1",
  "@x",
  "\t=1",
  "\r=1",
  "=1,2",
  '=";"',
  ",",
  '"',
  "'",
  "",
  "   ",
  " a ",
  "%s%n%x",
  "$(reboot)`id`",
  "été 😀",
  Array.from({ length: 15 }, () => 0xff),
];
const CODE = 77;

const bytesOf = (name: string | number[]) => Buffer.from(name as string);

/**
 * Returns the name as a format displays it: the table quotes ambiguous names, ecli's format and CSV
 * only unsafe ones.
 */
const shownIn = (format: "table" | "ecli" | "csv", name: string | number[]) =>
  (format === "table" ? nameOracle : plainOracle)(bytesOf(name));

/** Returns the name as a UTF-8 decoder reads it, with U+FFFD for invalid bytes. */
const decoded = (name: string | number[]) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytesOf(name));

/** Characters that must not reach a terminal, except the line feed. */
const raw = new RegExp(`(?!\n)(?:${unsafe.source})`, "u");

const formats = ["table", "ecli", "csv", "json"] as const;
/** The output of each format, and the pid that had each name. All formats trace the same exits. */
const outputs = {} as Record<(typeof formats)[number], string>;
const pids: number[] = [];

beforeAll(async () => {
  using folder = temporaryFolder();
  const paths = formats.map((format) => `${folder.path}/${format}`);
  const tracers = await Promise.all(formats.map((format, i) => Tracer.start(["-f", format], { stdout: paths[i]! })));
  for (const name of names) {
    const { pid, status } = await runToEnd([fixture("rename"), bytesOf(name).toString("hex"), String(CODE)]);
    if (status !== CODE) throw new Error(`rename ended with ${status}`);
    pids.push(pid);
  }
  await Promise.all(tracers.map((tracer) => tracer.end()));
  // throws if the bytes are not UTF-8
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  for (const [i, format] of formats.entries()) outputs[format] = decoder.decode(readFileSync(paths[i]!));
});

/** Returns the only row about the process with that index. */
function own<Row>(rows: Row[], index: number, idsOf: (row: Row) => { pid: number; ppid: number }): Row {
  const found = rows.filter((row) => idsOf(row).pid === pids[index] && idsOf(row).ppid === process.pid);
  expect(found.length, `rows of ${JSON.stringify(names[index])}`).toBe(1);
  return found[0]!;
}

test.each(formats)("format %s: has no control or format characters", (format) => {
  expect(raw.exec(outputs[format])).toBeNull();
  expect(outputs[format].endsWith("\n")).toBe(true);
});

test.each(["table", "ecli"] as const)("format %s: prints each name completely and escaped, on one line", (format) => {
  const [header, ...lines] = outputs[format].trimEnd().split("\n");
  const comm = header!.indexOf("COMM");
  const idsOf = (line: string) => {
    const [, pid, ppid] = line.split(/ +/).map(Number);
    return { pid: pid!, ppid: ppid! };
  };
  for (const [i, name] of names.entries()) {
    const shown = shownIn(format, name);
    const line = own(lines, i, idsOf);
    expect(line).toMatch(new RegExp(`^\\d\\d:\\d\\d:\\d\\d +${pids[i]} +${process.pid} +${CODE} +\\d+( |$)`));
    expect(line.slice(comm).trimEnd()).toBe(shown.trimEnd());
  }
});

describe("csv", () => {
  const text = new Set(["comm", "parent_comm"]);
  const formula = /^[=+\-@\t\r]/;

  test("csv: each row has the number of fields of the header, and each name is in one field", () => {
    const [header, ...rows] = parseCsv(outputs.csv);
    for (const row of rows) expect(row.length).toBe(header!.length);
    const at = (key: string) => header!.indexOf(key);
    for (const [i, name] of names.entries()) {
      const shown = shownIn("csv", name);
      const row = own(rows, i, (row) => ({ pid: Number(row[at("pid")]), ppid: Number(row[at("ppid")]) }));
      expect(row[at("exit_code")]).toBe(String(CODE));
      expect(row[at("comm")]).toBe((formula.test(decoded(name)) ? "'" : "") + shown);
    }
  });

  test("csv: no field begins like a formula of a spreadsheet", () => {
    const [header, ...rows] = parseCsv(outputs.csv);
    const columns = header!.flatMap((key, i) => (text.has(key) ? [i] : []));
    expect(columns.length).toBe(2);
    for (const row of rows) for (const column of columns) expect(row[column]).not.toMatch(formula);
  });
});

test("json: each line parses, and returns the name", () => {
  const lines = outputs.json.trimEnd().split("\n");
  const { events } = parseEvents(outputs.json);
  expect(events.length).toBeGreaterThanOrEqual(names.length);
  expect(events.length).toBe(lines.filter((line) => JSON.parse(line).event === "exit").length);
  for (const [i, name] of names.entries()) {
    const event = own(events, i, (event) => event);
    expect(event).toMatchObject({ comm: decoded(name), exit_code: CODE, signal: null });
  }
});

test("hostile name of a parent: is escaped like that of the process itself", async () => {
  using folder = temporaryFolder();
  const name = '=";"\n\x1b[2J';
  for (const format of ["csv", "json"]) {
    const path = `${folder.path}/${format}`;
    const tracer = await Tracer.start(["-f", format], { stdout: path });
    const parent = await runToEnd([fixture("rename"), Buffer.from(name).toString("hex"), "5", "child"]);
    await tracer.end();
    const output = await Bun.file(path).text();
    expect(raw.exec(output)).toBeNull();
    if (format === "json") {
      const children = parseEvents(output).events.filter(({ ppid }) => ppid === parent.pid);
      expect(children).toMatchObject([{ comm: name, parent_comm: name, exit_code: 5 }]);
    } else {
      const children = parseCsv(output).filter((row) => row[2] === String(parent.pid));
      expect(children.map((row) => row[4])).toEqual([`'$'=";"\\n\\x1b[2J'`]);
    }
  }
});

test("128 KiB of control characters as arguments: one line below 256 KiB, marked as truncated", async () => {
  const hostile = "\x01".repeat(127 * 1024);
  for (const format of ["json", "csv", "table"]) {
    using folder = temporaryFolder();
    const path = `${folder.path}/${format}`;
    const tracer = await Tracer.start(["-f", format, "-C", "pid,args,args_truncated", "-P", String(process.pid)], {
      stdout: path,
    });
    const { pid } = await runToEnd(["sh", "-c", "exit 0", hostile]);
    await tracer.end();
    const lines = readFileSync(path, "utf8").split("\n");
    const line = lines.find((each) => each.includes(String(pid)))!;
    expect(line.length).toBeGreaterThan(100_000);
    expect(line.length).toBeLessThan(256 * 1024);
    if (format === "json") expect(JSON.parse(line)).toMatchObject({ pid, args_truncated: true });
    else expect(line).toMatch(/\\x01'( \.\.\. |,)true$/);
  }
});
