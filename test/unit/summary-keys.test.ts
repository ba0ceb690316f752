import { describe, expect, test } from "bun:test";
import { MAX_PART_BYTES } from "../../src/views/key-buffer.ts";
import { type SummaryKeyName, summaryKeyNames } from "../../src/views/keys.ts";
import { jsonSchema } from "../../src/cli/schema.ts";
import { parseCsv } from "../support/csv-parser.ts";
import { exited, fakeExit, type Fields, killedBy, written } from "../support/fake-exit.ts";
import { contextOf } from "../support/fake-records.ts";
import { lineValidator } from "../support/json-schema.ts";
import { rowsOf, summaryOf, textOf } from "../support/summaries.ts";

const id = "0f".repeat(32);
const context = contextOf(
  { 1: "/system.slice/nginx.service", 2: `/docker/${id}`, 3: "/" },
  { 1000: "alice", 1001: "(total)" },
);
const violations = lineValidator(jsonSchema());
const exitOf = (fields: Partial<Fields>) => fakeExit(fields, context);

/** Returns the last column of the first row. */
function cellOf(by: SummaryKeyName, fields: Partial<Fields>): string {
  const [, header, row] = textOf(summaryOf("table", { by: [by] }, [exitOf(fields)])).split("\n");
  const at = header!.indexOf("MAX_RSS ") + "MAX_RSS ".length;
  return row!.slice(at);
}

const cases: [SummaryKeyName, cell: string, Partial<Fields>, members: object][] = [
  ["comm", "grep", { comm: "grep" }, { comm: "grep" }],
  ["comm", "$'\\x1b[2J'", { comm: "\x1b[2J" }, { comm: "\x1b[2J" }],
  ["comm", "'(total)'", { comm: "(total)" }, { comm: "(total)" }],
  ["comm", "'a b'", { comm: "a b" }, { comm: "a b" }],
  ["comm", "", { comm: "" }, { comm: "" }],
  ["exe", "'/usr/bin/gr ep'", { exe: "/usr/bin/gr ep" }, { exe: "/usr/bin/gr ep" }],
  ["exe", "(none)", { exe: null }, { exe: null }],
  ["args", "'a b' '' -x", { args: ["a b", "", "-x"] }, { args: ["a b", "", "-x"], args_truncated: false }],
  ["args", "'(total)'", { args: ["(total)"] }, { args: ["(total)"], args_truncated: false }],
  ["args", "a b ...", { args: ["a", "b"], isCut: true }, { args: ["a", "b"], args_truncated: true }],
  ["args", "(none)", { args: null }, { args: null, args_truncated: null }],
  [
    "parent",
    "cron[812]",
    { ppid: 812, parentComm: "cron", parentStartNs: 2n ** 60n },
    { ppid: 812, parent_id: "812-1152921504606846976", parent_comm: "cron" },
  ],
  ["unit", "nginx.service", { cgroupV2: 1n }, { unit: "nginx.service" }],
  ["unit", "(none)", { cgroupV2: 2n }, { unit: null }],
  ["container", "0f0f0f0f0f0f", { cgroupV2: 2n }, { container_id: id, container_name: null }],
  ["container", "(none)", { cgroupV2: 3n }, { container_id: null, container_name: null }],
  ["user", "alice", { uid: 1000 }, { uid: 1000, user: "alice" }],
  ["user", "'(total)'", { uid: 1001 }, { uid: 1001, user: "(total)" }],
  ["user", "4294967294", { uid: 4_294_967_294 }, { uid: 4_294_967_294, user: null }],
  ["code", "137", { status: exited(137) }, { exit_code: 137, signal: null }],
  ["code", "0", { status: exited(0) }, { exit_code: 0, signal: null }],
  ["code", "SIGSEGV", { status: killedBy(11, true) }, { exit_code: null, signal: "SIGSEGV" }],
  ["killer", "(none)", {}, { killed_by_kind: null, killed_by_comm: null, killed_by_reason: null }],
  [
    "killer",
    "(unknown)",
    { status: killedBy(9) },
    { killed_by_kind: "unknown", killed_by_comm: null, killed_by_reason: "unknown" },
  ],
  [
    "killer",
    "timeout",
    { status: killedBy(15), killer: { kind: "process", reason: "signal", comm: "timeout" } },
    { killed_by_kind: "process", killed_by_comm: "timeout", killed_by_reason: "signal" },
  ],
  [
    "killer",
    "earlyoom (memory pressure)",
    { status: killedBy(9), killer: { kind: "process", reason: "oomUserspace", comm: "earlyoom" } },
    { killed_by_kind: "process", killed_by_comm: "earlyoom", killed_by_reason: "oom_userspace" },
  ],
  [
    "killer",
    "'the kernel'",
    { status: killedBy(9), killer: { kind: "process", reason: "signal", comm: "the kernel" } },
    { killed_by_kind: "process", killed_by_comm: "the kernel", killed_by_reason: "signal" },
  ],
  [
    "killer",
    "the kernel (fault)",
    { status: killedBy(11), killer: { kind: "kernel", reason: "fault" } },
    { killed_by_kind: "kernel", killed_by_comm: null, killed_by_reason: "fault" },
  ],
  [
    "killer",
    "the kernel (OOM of the whole machine)",
    { status: killedBy(9), killer: { kind: "oom", reason: "oomMachine" } },
    { killed_by_kind: "oom", killed_by_comm: null, killed_by_reason: "oom_machine" },
  ],
];

test.each(cases)("--by %s: %p in the table, and the same in JSON and CSV", (by, cell, fields, members) => {
  expect(cellOf(by, fields)).toBe(cell);
  expect(rowsOf([exitOf(fields)], { by: [by] })[0]).toMatchObject(members);
  const summary = summaryOf("csv", { by: [by] }, [exitOf(fields)]);
  const text = written((out) => summary.header!(out)) + textOf(summary);
  const [heading, row] = parseCsv(text);
  for (const [key, value] of Object.entries(members)) {
    const field = row![heading!.indexOf(key)];
    if (value === null) expect(field).toBe("");
    else if (key !== "args" && !String(value).startsWith("\x1b")) expect(field).toBe(String(value));
  }
});

test.each(cases)("--by %s, %p: the JSON schema describes each row", (by, _, fields) => {
  for (const isWide of [false, true]) {
    const text = textOf(summaryOf("json", { by: [by], isWide, label: "a" }, [exitOf(fields), exitOf({})], 1));
    expect(text.trimEnd().split("\n").flatMap(violations)).toEqual([]);
  }
});

describe("--by several keys:", () => {
  test("exits are grouped by all of them, in their order", () => {
    const exits = [
      { comm: "a", status: exited(1) },
      { comm: "b", status: exited(1) },
      { comm: "a", status: exited(1) },
      { comm: "a", status: exited(0) },
    ];
    const rows = rowsOf(exits, { by: ["code", "comm"] });
    expect(rows.map(({ exit_code, comm, exits: count }) => [exit_code, comm, count])).toEqual([
      [1, "a", 2],
      [1, "b", 1],
      [0, "a", 1],
      [null, null, 4],
    ]);
    const members = Object.keys(rows[0]!);
    expect(members.indexOf("exit_code")).toBeLessThan(members.indexOf("comm"));
  });

  test("a value that ends where the next one begins: is not confused with another pair", () => {
    const exits = [
      { comm: "ab", parentComm: "c" },
      { comm: "a", parentComm: "bc" },
    ];
    expect(rowsOf(exits, { by: ["comm", "parent"] }).length).toBe(3);
  });

  test("all of them at once: one row for equal exits", () => {
    const exits = [exitOf({ cgroupV2: 1n }), exitOf({ cgroupV2: 1n })];
    expect(rowsOf(exits, { by: summaryKeyNames })[0]).toMatchObject({ exits: 2, comm: "which", unit: "nginx.service" });
  });
});

describe("long values:", () => {
  const long = "ä".repeat(MAX_PART_BYTES);

  test("arguments are compared up to a limit, without half of a character, and marked as cut", () => {
    const rows = rowsOf([{ args: [`x${long}`] }, { args: [`x${long}y`] }], { by: ["args"] });
    expect(rows.length).toBe(2);
    expect(rows[0]).toMatchObject({ exits: 2, args: [`x${"ä".repeat(511)}`], args_truncated: true });
    expect(cellOf("args", { args: [`x${long}`] })).toEndWith("ä' ...");
  });

  test("a path ends in three dots", () => {
    const [row] = rowsOf([{ exe: `/${"x".repeat(MAX_PART_BYTES)}` }], { by: ["exe"] });
    expect(row!.exe).toBe(`/${"x".repeat(MAX_PART_BYTES - 1)}...`);
  });
});

test("names of users that are known only later: are shown", () => {
  const names: Record<number, string> = {};
  const late = contextOf({}, names);
  const exits = [fakeExit({ uid: 7 }, late), fakeExit({ uid: 7 }, late)];
  const summary = summaryOf("json", { by: ["user"] }, exits.slice(0, 1));
  names[7] = "bob";
  late.users = contextOf({}, names).users;
  summary.exit(undefined as never, exits[1]!);
  expect(JSON.parse(textOf(summary).split("\n")[0]!)).toMatchObject({ exits: 2, user: "bob" });
});

test("hostile bytes of a name: neither the table nor CSV has them raw", () => {
  for (let byte = 1; byte < 256; byte++) {
    const exits = [{ comm: new Uint8Array([0x61, byte]), args: [new Uint8Array([byte])] }];
    for (const layout of ["table", "csv", "json"] as const) {
      const text = textOf(summaryOf(layout, { by: ["comm", "args"] }, exits));
      // biome-ignore lint/suspicious/noControlCharactersInRegex: the test is for their absence
      expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
    }
  }
});
