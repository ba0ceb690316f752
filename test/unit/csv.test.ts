import { expect, test } from "bun:test";
import { createFormat } from "../../src/output/formats.ts";
import {
  exited,
  fakeExit,
  type Fields,
  header,
  killedBy,
  line,
  formatOptions,
  defaultKeys,
  written,
} from "../support/fake-exit.ts";

const csv = createFormat("csv", formatOptions({ columns: defaultKeys }));
const EXIT_TIME = 1_795_441_481_123_456_789n;

test("CSV header: JSON's keys without event", () => {
  const { event, killed_by, oom, ...exit } = JSON.parse(
    line(createFormat("json", formatOptions({ columns: defaultKeys }))),
  );
  expect(event).toBe("exit");
  expect([killed_by, oom]).toEqual([null, null]);
  const killer =
    "killed_by_kind,killed_by_pid,killed_by_comm,killed_by_uid,killed_by_si_code,killed_by_cgroup,killed_by_reason";
  const victim =
    "oom_cgroup,oom_limit_bytes,oom_usage_bytes,oom_trigger_pid,oom_trigger_comm,oom_anon_bytes,oom_file_bytes," +
    "oom_shmem_bytes,oom_swap_bytes,oom_oom_score_adj,oom_incident";
  expect(header(csv)).toBe(`${Object.keys(exit).join(",")},${killer},${victim}\n`);
  expect(header(csv)).toBe(
    `time,pid,ppid,comm,parent_comm,uid,exit_code,signal,core_dumped,duration_ns,start_time,id,parent_id,user,${killer},${victim}\n`,
  );
});

test("an exit in CSV: one line that ends in LF, without CR", () => {
  expect(written((out) => csv.exit(out, fakeExit({ exitTime: EXIT_TIME })))).toBe(
    "2026-11-23T13:44:41.123456789Z,42050,42049,which,bash,1000,0,,false,1234567,2026-11-23T13:44:41.122222222Z,42050-8588700030,42049-1234,,,,,,,,,,,,,,,,,,,\n",
  );
});

test("null in CSV: an empty field", () => {
  expect(line(csv, { exitTime: EXIT_TIME, status: killedBy(11, true) })).toBe(
    "2026-11-23T13:44:41.123456789Z,42050,42049,which,bash,1000,,SIGSEGV,true,1234567,2026-11-23T13:44:41.122222222Z,42050-8588700030,42049-1234,,,,,,,,,,,,,,,,,,,",
  );
});

test("an empty name in CSV: an empty field", () => {
  expect(line(csv, { exitTime: EXIT_TIME, comm: "", parentComm: "" })).toBe(
    "2026-11-23T13:44:41.123456789Z,42050,42049,,,1000,0,,false,1234567,2026-11-23T13:44:41.122222222Z,42050-8588700030,42049-1234,,,,,,,,,,,,,,,,,,,",
  );
});

test("names in CSV: quoted, escaped, and preceded by an apostrophe if they look like a formula", () => {
  expect(line(csv, { comm: 'a,"b"', parentComm: "=cmd|'/c x'!A1" })).toContain(`,"a,""b""",'=cmd|'/c x'!A1,1000,`);
  expect(line(csv, { comm: "a\nb", parentComm: "\x1b[0m" })).toContain(",$'a\\nb',$'\\x1b[0m',");
});

test("numbers in CSV: written without quotes and apostrophes", () => {
  expect(line(csv, { duration: 2n ** 64n - 1n, status: exited(255) })).toContain(",255,,false,18446744073709551615,");
});

test("lost exits in CSV: no line, because a table of exits has no row for them", () => {
  expect(csv.lost).toBeUndefined();
});

test("CSV with colors or another form of time: unchanged", () => {
  const other = createFormat(
    "csv",
    formatOptions({ columns: defaultKeys, time: "none", hasColor: true, showKiller: true }),
  );
  const killed: Partial<Fields> = { status: killedBy(9), killer: { kind: "kernel" } };
  expect(line(other, { status: exited(1) })).toBe(line(csv, { status: exited(1) }));
  expect(line(other, killed)).toBe(line(csv, killed));
});
