import { describe, expect, test } from "bun:test";
import { jsonSchema } from "../../src/cli/schema.ts";
import { columns } from "../../src/output/index.ts";
import { kindOf } from "../../src/output/suppressed.ts";
import { KillerReason } from "../../src/record/layout.ts";
import { bytesOf } from "../../src/text/byte-writer.ts";
import { exited, fakeExit, type Fields, killedBy, line, written } from "../support/fake-exit.ts";
import { contextOf } from "../support/fake-records.ts";
import { formatOf } from "../support/fake-host.ts";
import { lineValidator } from "../support/json-schema.ts";

const violations = lineValidator(jsonSchema());
const container = `/kubepods/pod01234567-89ab-cdef-0123-456789abcdef/${"0f".repeat(32)}`;
const context = contextOf({ 1: "/user.slice", 2: container });
const reasons = Object.keys(KillerReason) as (keyof typeof KillerReason)[];

/** Exits with many known values, and with few. */
const exits: [string, Partial<Fields>][] = [
  ["an exit", { status: exited(255), cgroupV2: 1n }],
  ["a process killed by a process", { status: killedBy(9), killer: { kind: "process", code: -6 }, cgroupV2: 2n }],
  ["an unknown killer", { status: killedBy(40) }],
  ["a fault", { status: killedBy(11, true), killer: { kind: "kernel", code: 1 } }],
  ["an OOM kill by a cgroup's limit", { status: killedBy(9), killer: { kind: "oom" }, oomCgroup: 1n }],
  ["an OOM kill by the machine's limit", { status: killedBy(9), killer: { kind: "oom", reason: "oomMachine" } }],
  ["a thread's exit", { isProcess: false, tid: 42051 }],
  ["an exit with unknown values", { args: null, exe: null, hasIo: false, localPid: 0 }],
  ["values past 2^53", { duration: 2n ** 62n, resources: { readBytes: 2n ** 63n, cpuUserNs: 2n ** 54n } }],
  ["invalid UTF-8 and control characters", { comm: bytesOf("\x1b\xff"), args: [new Uint8Array([0xff, 10])] }],
  ...reasons.map((reason): [string, Partial<Fields>] => [
    `the reason ${reason}`,
    { status: killedBy(31), killer: { kind: "kernel", reason } },
  ]),
];

describe.each(["-j", "-j -T", "-j -w", "-j -w -T", "-j -C comm,args,pid"])("exitsnoop %s:", (options) => {
  test.each(exits)("%s matches the JSON schema", (_, fields) => {
    expect(violations(line(formatOf(options), fakeExit(fields, context)))).toEqual([]);
  });
});

test("lost exits match the JSON schema", () => {
  const text = written((out) => formatOf("-j").lost!(out, 1234, fakeExit().exitTime));
  expect(violations(text)).toEqual([]);
});

test("suppressed exits and gaps match the JSON schema", () => {
  const { exitTime: time } = fakeExit();
  const kinds = exits.map(([, fields]) => kindOf(fakeExit(fields, context), true));
  for (const kind of [...kinds, undefined]) {
    const line = written((out) =>
      formatOf("-j --label x").suppressed!(out, { kind, count: 3, first: time, last: time }),
    );
    expect(violations(line)).toEqual([]);
  }
  expect(violations(written((out) => formatOf("-j").gap!(out, { from: time, to: time })))).toEqual([]);
  expect(violations('{"event":"gap","from":"2026-11-30T01:47:01Z"}')).not.toEqual([]);
});

test("the JSON schema describes every column", () => {
  const { oneOf } = jsonSchema() as { oneOf: { properties: Record<string, object> }[] };
  const described = Object.entries(oneOf[0]!.properties).map(([key, { description }]: [string, any]) => [
    key,
    description,
  ]);
  expect(described.slice(1, -1)).toEqual(columns.map(({ key, help }) => [key, help]));
});

const valid: Record<string, unknown> & { killed_by: object } = JSON.parse(
  line(formatOf("-j -w"), fakeExit({ status: killedBy(9), killer: { kind: "oom" } }, context)),
);

test("the JSON schema: every time has the format date-time", () => {
  const { oneOf } = jsonSchema() as { oneOf: { properties: Record<string, { format?: string }> }[] };
  const times = Object.keys(valid).filter((key) => /^\d{4}-\d\d-\d\dT/.test(String(valid[key])));
  expect(times).toContain("time");
  expect(times.filter((key) => oneOf[0]!.properties[key]!.format !== "date-time")).toEqual([]);
});

test("the JSON schema allows a label in every line", () => {
  const lost = written((out) => formatOf("-j").lost!(out, 1, fakeExit().exitTime));
  for (const event of [valid, JSON.parse(lost)])
    expect(violations(JSON.stringify({ ...event, label: "a" }))).toEqual([]);
});

test.each<[string, object]>([
  ["an unknown event", { event: "born" }],
  ["an exit code past 255", { exit_code: 256 }],
  ["a negative pid", { pid: -1 }],
  ["a pid in quotes", { pid: "1" }],
  ["a null comm", { comm: null }],
  ["a time of seconds", { time: 1_700_000_000 }],
  ["a signal's number", { signal: "9" }],
  ["arguments in one text", { args: "which ls" }],
  ["a killer without a pid", { killed_by: { ...valid.killed_by, pid: undefined } }],
  ["an unknown reason", { killed_by: { ...valid.killed_by, reason: "bad luck" } }],
  ["an unknown key", { colour: "blue" }],
])("the JSON schema refuses %s", (_, change) => {
  expect(violations(JSON.stringify(valid))).toEqual([]);
  expect(violations(JSON.stringify({ ...valid, ...change }))).not.toEqual([]);
});
