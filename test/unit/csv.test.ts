import { expect, test } from "bun:test";
import { createFormat } from "../../src/output/index.ts";
import {
  exited,
  fakeExit,
  type Fields,
  header,
  killedBy,
  line,
  lookOf,
  usualKeys,
  written,
} from "../support/fake-exit.ts";

const csv = createFormat("csv", lookOf({ columns: usualKeys }));
const DIED = 1_795_441_481_123_456_789n;

test("the header has JSON's keys, but for the event", () => {
  const { event, killed_by, ...exit } = JSON.parse(line(createFormat("json", lookOf({ columns: usualKeys }))));
  expect(event).toBe("exit");
  expect(killed_by).toBeNull();
  const killer =
    "killed_by_kind,killed_by_pid,killed_by_comm,killed_by_uid,killed_by_si_code,killed_by_cgroup,killed_by_reason";
  expect(header(csv)).toBe(`${Object.keys(exit).join(",")},${killer}\n`);
  expect(header(csv)).toBe(`time,pid,ppid,comm,parent_comm,uid,exit_code,signal,core_dumped,duration_ns,${killer}\n`);
});

test("an exit is one line that ends in LF alone", () => {
  expect(written((out) => csv.exit(out, fakeExit({ died: DIED })))).toBe(
    "2026-11-23T13:44:41.123456789Z,42050,42049,which,bash,1000,0,,false,1234567,,,,,,,\n",
  );
});

test("null is the empty field", () => {
  expect(line(csv, { died: DIED, status: killedBy(11, true) })).toBe(
    "2026-11-23T13:44:41.123456789Z,42050,42049,which,bash,1000,,SIGSEGV,true,1234567,,,,,,,",
  );
});

test("an empty name is an empty field too, and no field goes missing", () => {
  expect(line(csv, { died: DIED, comm: "", parentComm: "" })).toBe(
    "2026-11-23T13:44:41.123456789Z,42050,42049,,,1000,0,,false,1234567,,,,,,,",
  );
});

test("names are quoted, escaped, and no formulas", () => {
  expect(line(csv, { comm: 'a,"b"', parentComm: "=cmd|'/c x'!A1" })).toContain(`,"a,""b""",'=cmd|'/c x'!A1,1000,`);
  expect(line(csv, { comm: "a\nb", parentComm: "\x1b[0m" })).toContain(",$'a\\nb',$'\\x1b[0m',");
});

test("a number is never taken for a formula or text", () => {
  expect(line(csv, { lived: 2n ** 64n - 1n, status: exited(255) })).toEndWith(
    ",255,,false,18446744073709551615,,,,,,,",
  );
});

test("losses have no line: a spreadsheet has no place for them", () => {
  expect(csv.lost).toBeUndefined();
});

test("neither colors nor another form of time change anything", () => {
  const other = createFormat("csv", lookOf({ columns: usualKeys, time: "none", hasColor: true, showKiller: true }));
  const killed: Partial<Fields> = { status: killedBy(9), killer: { kind: "kernel" } };
  expect(line(other, { status: exited(1) })).toBe(line(csv, { status: exited(1) }));
  expect(line(other, killed)).toBe(line(csv, killed));
});
