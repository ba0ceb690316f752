import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { type Finding, limited, no, unknown, yes } from "../../src/doctor/check.ts";
import { checks, runChecks, type Result } from "../../src/doctor/checks.ts";
import { seccompMode } from "../../src/diagnose/seccomp.ts";
import { isOlder } from "../../src/doctor/checks/kernel.ts";
import { lockdownLevel } from "../../src/diagnose/lockdown.ts";
import { memlockLimit } from "../../src/diagnose/memlock.ts";
import { passed, reportJson, reportText } from "../../src/doctor/report.ts";
import { cgroupVersions } from "../../src/doctor/checks/cgroups.ts";
import { effectiveCapabilities, missingTracingCapabilities } from "../../src/system/capabilities.ts";
import { unsafe } from "../support/hostile-text.ts";

/** Returns /proc/PID/status of a process with these capabilities. */
const status = (bits: number[], more = "") =>
  `Name:\tx\nCapInh:\t0000000000000000\nCapEff:\t${bits
    .reduce((sum, bit) => sum | (1n << BigInt(bit)), 0n)
    .toString(16)
    .padStart(16, "0")}\nSeccomp:\t2\nSeccomp_filters:\t1\n${more}`;

describe("missingTracingCapabilities():", () => {
  test.each<[bits: number[], missing: string[]]>([
    [[], ["CAP_BPF", "CAP_PERFMON"]],
    [[39], ["CAP_PERFMON"]],
    [[38], ["CAP_BPF"]],
    [[38, 39], []],
    [[21], []],
    [
      [0, 1, 2, 20, 22, 37, 40],
      ["CAP_BPF", "CAP_PERFMON"],
    ],
  ])("bits %j: lacks %j", (bits, missing) => {
    expect<string[]>(missingTracingCapabilities(effectiveCapabilities(status(bits)))).toEqual(missing);
  });

  test("a status without capabilities: lacks both", () => {
    expect(missingTracingCapabilities(effectiveCapabilities(""))).toHaveLength(2);
  });
});

describe("doctor: reads the kernel's files:", () => {
  test("lockdownLevel(): the level in brackets", () => {
    expect(lockdownLevel("none [integrity] confidentiality\n")).toBe("integrity");
    expect(lockdownLevel("none integrity [confidentiality]\n")).toBe("confidentiality");
    expect(lockdownLevel("")).toBeUndefined();
  });

  test("memlockLimit(): the soft limit in bytes; infinite if unlimited", () => {
    const line = (soft: string) =>
      `Max file size   unlimited unlimited bytes\nMax locked memory         ${soft}   unlimited   bytes\n`;
    expect(memlockLimit(line("65536"))).toBe(65536);
    expect(memlockLimit(line("unlimited"))).toBe(Number.POSITIVE_INFINITY);
    expect(memlockLimit("")).toBeUndefined();
  });

  test("seccompMode(): the mode, or undefined on a kernel without seccomp", () => {
    expect(seccompMode(status([]))).toBe(2);
    expect(seccompMode("Name:\tx\n")).toBeUndefined();
  });

  test("cgroupVersions(): the versions of the mounted hierarchies", () => {
    const v1 = "30 24 0:26 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory";
    const v2 = "31 24 0:27 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw";
    expect(cgroupVersions(`${v1}\n${v2}\n`)).toEqual(["v1", "v2"]);
    expect(cgroupVersions(v2)).toEqual(["v2"]);
    expect(cgroupVersions("20 1 8:1 / / rw - ext4 /dev/cgroup rw\n")).toEqual([]);
  });

  test("isOlder(): compares releases by number", () => {
    for (const old of ["5.7.19", "4.18.0-553.el8.x86_64", "3.10"]) expect(isOlder(old, [5, 8])).toBeTrue();
    for (const fresh of ["5.8.0", "5.10.0-30-amd64", "6.1", "10.0"]) expect(isOlder(fresh, [5, 8])).toBeFalse();
  });
});

const result = (key: string, finding: Finding): Result => ({ key, name: key, facts: {}, ...finding });
const kernel = result("kernel", yes("Linux 6.1"));
const privileges = result("privileges", no("there are none", "get some"));

const PLAIN = { hasColor: false, width: 80 };

describe("doctor's report:", () => {
  const failed = [kernel, privileges, result("tracing", no("there are none", "get some"))];
  const works = [kernel, result("tracepoints", limited("no tracefs", "mount it")), result("tracing", yes("seen"))];

  test("a failed check: the report begins with the cause and the remedy, and repeats neither", () => {
    expect(reportText(failed, PLAIN)).toBe(`Cannot trace: there are none. Get some.

kernel      yes  Linux 6.1
privileges  no   see above
tracing     no   see above
`);
    expect(passed(failed)).toBeFalse();
  });

  test("a limited check: the report ends with its name, and the machine passes", () => {
    expect(reportText(works, PLAIN)).toBe(`kernel       yes      Linux 6.1
tracepoints  limited  no tracefs; mount it
tracing      yes      seen

OK: exitsnoop can trace on this machine, with limits: tracepoints.
`);
    expect(passed(works)).toBeTrue();
  });

  test("two checks with one cause: the text has it once, and a reference to another check each time", () => {
    const denied = no("not permitted", "see privileges above");
    const text = reportText([privileges, result("ring", denied), result("load", denied), works[2]!], PLAIN);
    expect(text).toStartWith(`privileges  no   there are none; get some
ring        no   not permitted; see privileges above
load        no   see privileges above
`);
  });

  test.each([40, 80, 120])("a terminal of %i columns: no line is wider, and a long finding is indented", (width) => {
    const long = "word ".repeat(40) + "x".repeat(200);
    const results = [
      result("a", limited(`one ${long}`, `two ${long}`)),
      result("tracing", no(`three ${long}`, "wait")),
    ];
    const text = reportText(results, { ...PLAIN, width });
    const lines = text.split("\n");
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
    const first = lines.findIndex((line) => line.startsWith("a  "));
    const next = lines.findIndex((line) => line.startsWith("tracing"));
    expect(next).toBeGreaterThan(first + 3);
    for (const line of lines.slice(first + 1, next)) expect(line).toMatch(/^ {18}\S/);
    expect(text.replaceAll(/\s/g, "")).toContain("x".repeat(200));
  });

  test("passed(): decided by the last check alone", () => {
    expect(passed([privileges, result("tracing", yes("seen"))])).toBeTrue();
    expect(passed([privileges, result("tracing", limited("seen", "wait"))])).toBeTrue();
    expect(passed([kernel, result("tracing", unknown("not checked"))])).toBeFalse();
  });

  test("colors: only the states and the first line have them", () => {
    const text = reportText(failed, { ...PLAIN, hasColor: true });
    expect(text).toStartWith("\x1b[1mCannot trace: there are none. Get some.\x1b[0m\n\n");
    expect(text).toContain("privileges  \x1b[31mno\x1b[0m   see");
    expect(text.replaceAll(/\x1b\[\d+m/g, "")).toBe(reportText(failed, PLAIN));
  });

  test("hostile and long findings: escaped and truncated", () => {
    const hostile = `\x1b]0;x\x07\u202e\n\r${"x".repeat(100_000)}`;
    const text = reportText([result("a", yes(hostile)), result("tracing", no(hostile, hostile))], PLAIN);
    for (const line of text.split("\n")) expect(line).not.toMatch(unsafe);
    expect(text.match(/^\S+ +(?:yes|no) /gm)).toHaveLength(2);
    expect(text.length).toBeLessThan(10_000);
  });

  test("JSON: one object on one line", () => {
    const text = reportJson([kernel, result("tracing", no("none", "get some", { seen: 0 }))], "1.2.3");
    expect(text).toBe(
      '{"traces":false,"version":"1.2.3","checks":{"kernel":{"state":"yes","found":"Linux 6.1","advice":null},' +
        '"tracing":{"state":"no","found":"none","advice":"get some","seen":0}}}\n',
    );
  });
});

test("runChecks() with checks that throw: runs the others; the last check counts as failed", () => {
  const fails = () => {
    throw new Error("no such thing");
  };
  const results = runChecks({ btfFile: undefined }, [
    { key: "kernel", name: "kernel", facts: ["release"], run: fails },
    { key: "clock", name: "clock", facts: ["booted"], run: () => yes("it ticks") },
    { key: "tracing", name: "tracing", facts: [], run: fails },
  ]);
  expect(results.map(({ state }) => state)).toEqual(["unknown", "yes", "no"]);
  expect(results[0]!.found).toContain("no such thing");
  expect(results.map(({ facts }) => facts)).toEqual([{ release: null }, { booted: null }, {}]);
});

test("doctor's checks: their keys are unique, and tracing is the last", () => {
  expect(new Set(checks.map(({ key }) => key)).size).toBe(checks.length);
  for (const { key } of checks) expect(key).toMatch(/^[a-z_]+$/);
  expect(checks.at(-1)!.key).toBe("tracing");
});

test("docs/doctor.md: has a row for each check, with its facts", () => {
  const rows = readFileSync(new URL("../../docs/doctor.md", import.meta.url), "utf8").split("\n");
  for (const { key, facts } of checks) {
    const row = rows.find((line) => line.startsWith(`| \`${key}\` `));
    for (const fact of facts) expect(row).toContain(`\`${fact}\``);
  }
});
