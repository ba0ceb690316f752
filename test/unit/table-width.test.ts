import { describe, expect, test } from "bun:test";
import { ByteWriter, type ColumnKey } from "../../src/output/index.ts";
import { fakeExit, type Fields, header, killedBy, line, textOf } from "../support/fake-exit.ts";
import { contextOf } from "../support/fake-records.ts";
import { formatOf } from "../support/fake-host.ts";

const ID = "0123456789abcdef".repeat(4);
const PATH = `/system.slice/docker-${ID}.scope`;
const context = contextOf({ 5: PATH, 6: `/größe/${"ü".repeat(40)}` });
const long: Partial<Fields> = { cgroupV2: 5n, exe: `/${"e".repeat(60)}`, args: ["a".repeat(300)] };

/** Returns a line of these columns on a terminal of that width; 0: no terminal. */
const on = (width: number, columns: string, fields: Partial<Fields> = {}) =>
  line(formatOf(`-C ${columns}`, { width: () => width }), fakeExit(fields, context));

/** Returns the terminal column in which a part of the text begins. */
const columnOf = (text: string, part: string) => Bun.stringWidth(text.slice(0, text.indexOf(part)));

describe("a table that is not on a terminal", () => {
  test("shows every value in full", () => {
    const values: [string, string][] = [
      ["cgroup", PATH],
      ["container_id", ID],
      ["exe", `/${"e".repeat(60)}`],
      ["args", "a".repeat(300)],
    ];
    for (const [key, value] of values) {
      expect(on(0, key, long)).toBe(value);
      expect(on(0, `${key},pid`, long)).toBe(`${value} 42050`);
    }
    for (const [, value] of values) expect(line(formatOf("-w"), fakeExit(long, context))).toContain(` ${value}`);
  });
});

describe("a table on a terminal", () => {
  test.each<[ColumnKey, string]>([
    ["cgroup", `${PATH.slice(0, 23)}…`],
    ["container_id", `${ID.slice(0, 11)}…`],
    ["exe", `/${"e".repeat(22)}…`],
    ["args", `${"a".repeat(39)}…`],
  ])("truncates %s to its column: %s", (key, text) => {
    expect(on(200, `${key},pid`, long)).toBe(`${text} 42050`);
    expect(on(1, `${key},pid`, long)).toBe(`${text} 42050`);
  });

  test("truncates the last column at the edge of the terminal", () => {
    for (const width of [24, 25, 80, 200]) {
      expect(on(width, "pid,args", long)).toBe(`42050   ${"a".repeat(width - 9)}…`);
      expect([...on(width, "pid,cgroup,args", { ...long, args: ["x".repeat(900)] })]).toHaveLength(Math.max(width, 49));
    }
  });

  test("keeps 16 characters of the last column on a narrow terminal", () => {
    for (const width of [1, 8, 23, 24]) expect(on(width, "pid,args", long)).toBe(`42050   ${"a".repeat(15)}…`);
  });

  test("does not truncate a value that fits exactly", () => {
    expect(on(48, "pid,args", { args: ["a".repeat(40)] })).toBe(`42050   ${"a".repeat(40)}`);
    expect(on(47, "pid,args", { args: ["a".repeat(40)] })).toBe(`42050   ${"a".repeat(38)}…`);
    expect(on(100, "exe,pid", { exe: `/${"e".repeat(23)}` })).toBe(`/${"e".repeat(23)} 42050`);
    expect(on(100, "exe,pid", { exe: `/${"e".repeat(24)}` })).toBe(`/${"e".repeat(22)}… 42050`);
  });

  test("never truncates values of limited length", () => {
    const wide: Partial<Fields> = { pid: 2_147_483_647, status: killedBy(26, true), comm: "0123456789abcdef" };
    expect(on(10, "pid,exit_code,comm,pod_uid", wide)).toBe(`2147483647 SIGVTALRM+core 0123456789abcdef `);
    const killed: Partial<Fields> = { status: killedBy(9), killer: { kind: "process", comm: "0123456789abcdef" } };
    expect(on(10, "killed_by,pid", killed)).toBe("0123456789abcdef[4242]         42050");
  });

  test("never truncates the default columns and the killer", () => {
    const killed: Partial<Fields> = { status: killedBy(9), killer: { kind: "process" } };
    expect(line(formatOf("", { width: () => 20 }), killed)).toEndWith(" which killed by bash[4242]");
  });

  test("gets the width of the terminal once per batch", () => {
    let width = 30;
    let calls = 0;
    const format = formatOf("-C args", { width: () => (calls++, width) });
    const batch = () => {
      const out = new ByteWriter();
      format.begin!();
      for (let i = 0; i < 3; i++) format.exit(out, fakeExit(long));
      return textOf(out).split("\n").slice(0, 3);
    };
    expect(batch()).toEqual(Array(3).fill(`${"a".repeat(29)}…`));
    width = 20;
    expect(batch()).toEqual(Array(3).fill(`${"a".repeat(19)}…`));
    width = 0;
    expect(batch()).toEqual(Array(3).fill("a".repeat(300)));
    expect(calls).toBe(3);
  });
});

describe("a table with multibyte text", () => {
  test("truncates by terminal columns, never within a character", () => {
    expect(on(100, "cgroup,pid", { cgroupV2: 6n })).toBe(`/größe/${"ü".repeat(16)}… 42050`);
    expect(on(20, "exe", { exe: `/${"🦀".repeat(30)}` })).toBe(`/${"🦀".repeat(9)}…`);
    expect(on(20, "args", { args: ["漢".repeat(30)] })).toBe(`'${"漢".repeat(9)}…`);
    expect(on(62, "args", { args: ["漢".repeat(30)] })).toBe(`'${"漢".repeat(30)}'`);
    // a column stays blank if the next character takes two; a combining mark stays with its letter
    expect(on(100, "exe,pid", { exe: `/a${"漢".repeat(12)}` })).toBe(`/a${"漢".repeat(10)}…  42050`);
    expect(on(20, "exe", { exe: `/${"e\u0301".repeat(30)}` })).toBe(`/${"e\u0301".repeat(18)}…`);
  });

  test("leaves the next columns in place after a path, on a terminal", () => {
    for (const exe of [
      "/a",
      "/ü",
      "/größe/漢字/🦀",
      "/e\u0301\u0323",
      "/각",
      "/ｱｶ",
      `/${"ü".repeat(23)}`,
      `/${"ü".repeat(50)}`,
    ]) {
      const format = formatOf("-C exe,pid,duration_ns,comm", { width: () => 100 });
      const text = line(format, { exe });
      expect(columnOf(text, "42050")).toBe(header(format).indexOf("PID"));
      expect(columnOf(text, "1234567") + 7).toBe(header(format).indexOf("DURATION_NS") + 11);
      expect(columnOf(text, "which")).toBe(header(format).indexOf("COMM"));
    }
  });

  test("leaves the next column in place after a name, with and without a terminal", () => {
    const named: [string, Partial<Fields>][] = [
      ["comm", { comm: "größe" }],
      ["parent_comm", { parentComm: "漢字" }],
      ["parent_comm", { parentComm: "e\u0301\u0323🦀" }],
      ["killed_by", { status: killedBy(9), killer: { kind: "process", comm: "ü" } }],
      ["exe", { exe: "/größe" }],
    ];
    for (const [key, fields] of named) {
      for (const width of [0, 100])
        expect([key, columnOf(on(width, `${key},pid`, fields), "42050")]).toEqual([
          key,
          columnOf(on(width, `${key},pid`), "42050"),
        ]);
    }
  });
});

test("a table in color: truncates as without color", () => {
  const columns = "exit_code,exe,pid,args";
  const fields = { ...long, status: killedBy(9) };
  for (const width of [0, 30, 80]) {
    const colored = formatOf(`-C ${columns} --color always`, { width: () => width });
    expect(Bun.stripANSI(line(colored, fields))).toBe(on(width, columns, fields));
  }
});
