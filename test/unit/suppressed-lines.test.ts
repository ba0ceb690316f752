/** Lines about suppressed exits, by format, live and replayed. */
import { describe, expect, test } from "bun:test";
import type { Format } from "../../src/output/index.ts";
import { kindOf, type SuppressedExits } from "../../src/output/suppressed.ts";
import { RecordedExits } from "../../src/replay/recorded-exits.ts";
import { exited, fakeExit, type Fields, killedBy, written } from "../support/fake-exit.ts";
import { contextOf } from "../support/fake-records.ts";
import { formatOf, formatOnTerminal } from "../support/fake-host.ts";
import { hostileSample, unsafe } from "../support/hostile-text.ts";
import { everyExit, exitsIn } from "../support/recordings.ts";

const container = "0f".repeat(32);
const context = contextOf({ 1: "/system.slice/nginx.service", 2: `/docker/${container}` });

function suppressed(fields: Partial<Fields>, count = 4213): SuppressedExits {
  const exit = fakeExit(fields, context);
  return { kind: kindOf(exit, true), count, first: exit.startTime, last: exit.exitTime };
}
const textOf = (format: Format, exits: SuppressedExits) => {
  format.begin?.();
  return written((out) => format.suppressed!(out, exits));
};
const nginx = { comm: "nginx", parentComm: "master", status: exited(1), cgroupV2: 1n };

describe("the line of tables:", () => {
  test.each<[string, Partial<Fields>, string]>([
    ["an exit code", nginx, "nginx, exit code 1, child of master, in /system.slice/nginx.service"],
    [
      "a fault",
      { comm: "x", status: killedBy(11, true), killer: { kind: "kernel", reason: "fault" } },
      "x, SIGSEGV+core (fault), child of bash",
    ],
    [
      "an OOM kill",
      { comm: "x", status: killedBy(9), killer: { kind: "oom" } },
      "x, SIGKILL (OOM killer), child of bash",
    ],
    [
      "a signal",
      { comm: "x", status: killedBy(15), killer: { kind: "process", reason: "signal" } },
      "x, SIGTERM, child of bash",
    ],
    ["names to quote", { comm: "a b", parentComm: "\x1b[31m" }, "'a b', exit code 0, child of $'\\x1b[31m'"],
  ])("%s", (_, fields, expected) => {
    for (const format of ["table", "ecli", "wide"])
      expect(textOf(formatOf(`-f ${format}`), suppressed(fields))).toBe(`+4,213 like this: ${expected}\n`);
  });

  test.each([
    [1, "+1"],
    [999, "+999"],
    [1000, "+1,000"],
    [1_000_001, "+1,000,001"],
    [2 ** 53 - 1, "+9,007,199,254,740,991"],
  ])("the number %i: %s", (count, expected) => {
    expect(textOf(formatOf("-f table"), suppressed(nginx, count))).toStartWith(`${expected} like this`);
  });

  test("several kinds: are named so", () => {
    const exits = { ...suppressed(nginx, 7), kind: undefined };
    expect(textOf(formatOf("-f table"), exits)).toBe("+7 of other kinds\n");
  });

  test("a narrow terminal: the line is cut", () => {
    const format = formatOnTerminal("", { width: () => 40 });
    expect(textOf(format, suppressed(nginx))).toBe("+4,213 like this: nginx, exit code 1, c…\n");
  });

  test("--label: comes first", () => {
    expect(textOf(formatOf("-f table --label web"), suppressed(nginx))).toStartWith("web +4,213 like this: nginx");
  });

  test("hostile names: stay one line of harmless text", () => {
    const format = formatOf("-f table");
    for (const bytes of hostileSample()) {
      const comm = bytes.subarray(0, 15).filter((byte) => byte !== 0);
      const text = textOf(format, suppressed({ comm, parentComm: comm, cgroupV2: 1n }));
      if (text.indexOf("\n") !== text.length - 1 || unsafe.test(text.slice(0, -1))) expect(text).toBe("harmless");
    }
  });
});

describe("the line of JSON:", () => {
  test("has the values that all of them share", () => {
    const line = JSON.parse(textOf(formatOf("-j --label web"), suppressed({ ...nginx, cgroupV2: 2n })));
    expect(line).toMatchObject({
      event: "suppressed",
      count: 4213,
      comm: "nginx",
      parent_comm: "master",
      exit_code: 1,
    });
    expect(line).toMatchObject({ cgroup: `/docker/${container}`, container_id: container, unit: null, label: "web" });
  });

  const kinds: Partial<Fields>[] = [
    nginx,
    { status: killedBy(9), killer: { kind: "oom", reason: "oomCgroup" }, cgroupV2: 2n },
    { status: killedBy(11, true), killer: { kind: "kernel", reason: "fault" } },
    { comm: "ü\x1b" },
    { comm: "" },
  ];

  test.each(kinds.map((fields, i) => [i, fields] as const))("replayed, kind %i: has the same bytes", (_, fields) => {
    const line = textOf(formatOf("-j"), suppressed(fields));
    const exits = new RecordedExits(everyExit, undefined);
    const again = Array.from(exitsIn(line, exits), () => textOf(formatOf("-j"), exits.suppressedExits));
    expect(exits.leftOut.text()).toBeUndefined();
    expect(again).toEqual([line]);
  });

  test("exits of several kinds, replayed: have the same bytes", () => {
    const line = textOf(formatOf("-j"), { ...suppressed(nginx), kind: undefined });
    const exits = new RecordedExits(everyExit, undefined);
    expect(Array.from(exitsIn(line, exits), () => textOf(formatOf("-j"), exits.suppressedExits))).toEqual([line]);
  });

  test("replayed between exits: an exit after it stands for itself", () => {
    const exit = written((out) => formatOf("-j").exit(out, fakeExit()));
    const line = textOf(formatOf("-j"), suppressed(kinds[1]!));
    const exits = new RecordedExits(everyExit, undefined);
    const found = Array.from(exitsIn(exit + line + exit, exits), ({ record }) => [exits.suppressed, record.killerKind]);
    expect(found).toEqual([
      [0, 0],
      [4213, 3],
      [0, 0],
    ]);
  });
});
