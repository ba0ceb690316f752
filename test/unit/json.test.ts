import { describe, expect, test } from "bun:test";
import { Timespec } from "../../src/exit/timespec.ts";
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
import { hostileSample, lenientText } from "../support/hostile-text.ts";

const json = createFormat("json", formatOptions({ columns: defaultKeys }));
const EXIT_TIME = 1_795_441_481_123_456_789n;

const KEYS = [
  ["event", "time", "pid", "ppid", "comm", "parent_comm", "uid"],
  ["exit_code", "signal", "core_dumped", "duration_ns", "start_time", "id", "parent_id", "user", "killed_by", "oom"],
].flat();

test("an exit in JSON: one compact object on one line", () => {
  expect(written((out) => json.exit(out, fakeExit({ exitTime: EXIT_TIME })))).toBe(
    '{"event":"exit","time":"2026-11-23T13:44:41.123456789Z","pid":42050,"ppid":42049,"comm":"which",' +
      '"parent_comm":"bash","uid":1000,"exit_code":0,"signal":null,"core_dumped":false,"duration_ns":1234567,' +
      '"start_time":"2026-11-23T13:44:41.122222222Z","id":"42050-8588700030","parent_id":"42049-1234","user":null,' +
      '"killed_by":null,"oom":null}\n',
  );
});

test.each([
  ["an exit", exited(0)],
  ["a failure", exited(1)],
  ["a process killed by a signal", killedBy(9)],
  ["a core dump", killedBy(11, true)],
])("default keys in JSON: complete and in one order: %s", (_, status) => {
  expect(Object.keys(JSON.parse(line(json, { status })))).toEqual(KEYS);
});

describe("exit_code and signal in JSON:", () => {
  test("a process that exited: signal is null", () => {
    expect(JSON.parse(line(json, { status: exited(137) }))).toMatchObject({ exit_code: 137, signal: null });
  });

  test("a process killed by a signal: exit_code is null", () => {
    expect(JSON.parse(line(json, { status: killedBy(9) }))).toMatchObject({ exit_code: null, signal: "SIGKILL" });
    expect(JSON.parse(line(json, { status: killedBy(40) }))).toMatchObject({ signal: "SIGRTMIN+6" });
  });
});

test("core_dumped in JSON: a bool", () => {
  expect(JSON.parse(line(json, { status: killedBy(11) }))).toMatchObject({ core_dumped: false });
  expect(JSON.parse(line(json, { status: killedBy(11, true) }))).toMatchObject({ core_dumped: true });
});

test("integers in JSON: exact beyond 2^53; uid is unsigned", () => {
  expect(line(json, { duration: 2n ** 53n + 1n })).toContain('"duration_ns":9007199254740993,');
  expect(line(json, { duration: 2n ** 64n - 1n })).toContain('"duration_ns":18446744073709551615,');
  expect(line(json, { uid: 0xffff_ffff })).toContain('"uid":4294967295,');
});

test("comm and parent_comm in JSON: read back as a UTF-8 decoder reads them, on one line", () => {
  for (const bytes of hostileSample()) {
    // no name contains a NUL
    if (bytes.includes(0)) continue;
    const text = line(json, { comm: bytes, parentComm: bytes });
    expect(text).not.toContain("\n");
    expect(JSON.parse(text)).toMatchObject({ comm: lenientText(bytes), parent_comm: lenientText(bytes) });
  }
});

test("lost exits in JSON: one line with their count", () => {
  const noticed = new Timespec().add(1_795_441_481, 5_000_000);
  expect(written((out) => json.lost!(out, 1234, noticed))).toBe(
    '{"event":"lost","time":"2026-11-23T13:44:41.005000000Z","count":1234}\n',
  );
});

test("JSON: no header; colors and another form of time change nothing", () => {
  expect(header(json)).toBe("");
  const other = createFormat(
    "json",
    formatOptions({ columns: defaultKeys, time: "delta", hasColor: true, showKiller: true }),
  );
  const killed: Partial<Fields> = { status: killedBy(9), killer: { kind: "kernel" } };
  expect(line(other, { status: exited(1) })).toBe(line(json, { status: exited(1) }));
  expect(line(other, killed)).toBe(line(json, killed));
});
