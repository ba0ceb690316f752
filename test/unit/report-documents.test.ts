import { describe, expect, test } from "bun:test";
import { jsonSchema } from "../../src/cli/schema.ts";
import { exited, killedBy } from "../support/fake-exit.ts";
import { lineValidator } from "../support/json-schema.ts";
import { COMMAND_PID, foundSignal, leftRunning, type Process, processes, textOn } from "../support/reports.ts";

describe("report as JSON:", () => {
  const violations = lineValidator(jsonSchema());
  const lineOf = (...args: [readonly Process[], object?]) => textOn(args[0], "json", args[1]);

  test.each<[string, readonly Process[], object]>([
    ["a whole report", processes, { ...leftRunning, ...foundSignal }],
    ["an empty one", [], {}],
    ["a COMMAND that still runs", [], { status: undefined }],
    ["a COMMAND that was killed", processes, { status: killedBy(11, true) }],
  ])("%s: is one line that matches the schema", (_, exits, end) => {
    const line = lineOf(exits, end);
    expect(line.indexOf("\n")).toBe(line.length - 1);
    expect(violations(line)).toEqual([]);
  });

  test("a swallowed failure: has its place in the tree, and the keys of an exit", () => {
    const report = JSON.parse(lineOf(processes, foundSignal));
    expect(report).toMatchObject({
      time: "2026-11-23T13:44:41.000000005Z",
      command: "make check",
      exit_code: 0,
      status: 3,
      duration_ns: 400_000_000,
      exits: 5,
      failed: 1,
      killed: 1,
      swallowed: 2,
      cpu_user_ns: 12_000_000,
      cpu_system_ns: 3_000_000,
      max_rss_bytes: 9 << 20,
      fail_on: [{ event: "signal", count: 1 }],
    });
    expect(report.failures.map(({ depth, failed }: any) => [depth, failed])).toEqual([
      [0, false],
      [1, false],
      [2, true],
      [1, true],
    ]);
    const [, shell, flaky, server] = report.failures;
    expect(flaky).toMatchObject({ swallowed: true, swallowed_by: shell.process.id, count: 1 });
    expect(flaky.process).toMatchObject({
      pid: 202,
      exit_code: 3,
      command: "./flaky 'a b'",
      parent_id: shell.process.id,
    });
    expect(server.process.killed_by).toMatchObject({ kind: "process", pid: 204, comm: "pkill" });
    expect(report.largest.map(({ pid }: any) => pid)).toEqual([203, 202, 100]);
  });

  test("sums past 2^53: are exact", () => {
    const line = lineOf([{ pid: 3, ppid: 2, resources: { cpuUserNs: 2n ** 54n + 1n } }]);
    expect(line).toContain('"cpu_user_ns":18014398509481985,');
  });
});

describe("report as JUnit:", () => {
  const resultsOf = (xml: string) =>
    [...xml.matchAll(/<testcase classname="exitsnoop\.(\w+)" name="([^"]*)"[^>]*>(?:<(\w+))?/g)].map((found) =>
      [found[1], found[2], found[3] ?? "passed"].join(" "),
    );

  test("COMMAND succeeds: what was swallowed or goes on is skipped, so that nothing fails", () => {
    const xml = textOn(processes, "junit", leftRunning);
    expect(resultsOf(xml)).toEqual([
      "command make check passed",
      "failed ./flaky 'a b' skipped",
      "killed server skipped",
      "left_running sleep 60 skipped",
      "left_running unknown skipped",
    ]);
    expect(xml).toContain('tests="5" failures="0" errors="0" skipped="4" time="0.400"');
  });

  test("--fail-on: the cases that it names fail, and COMMAND's", () => {
    const failing = (end: object) =>
      resultsOf(textOn(processes, "junit", end)).filter((line) => line.endsWith(" failure"));
    expect(failing(foundSignal)).toEqual(["command make check failure", "killed server failure"]);
    expect(failing({ failOn: ["core", "oom"] })).toEqual([]);
    const orphans = { ...leftRunning, exitStatus: 3, failOn: ["orphans"] };
    expect(failing(orphans)).toHaveLength(3);
  });

  test("COMMAND fails: the failures that were passed on to it fail, too", () => {
    const exits: Process[] = [
      { pid: 202, ppid: 201, status: exited(3), args: ["cc"] },
      { pid: 201, ppid: COMMAND_PID, status: exited(1), args: ["sub"] },
      { pid: 203, ppid: COMMAND_PID, status: exited(1), args: ["grep"] },
      { pid: COMMAND_PID, ppid: 1, status: exited(2), args: ["make"] },
    ];
    expect(resultsOf(textOn(exits, "junit", { status: exited(2), exitStatus: 2 }))).toEqual([
      "command make check failure",
      "failed sub failure",
      "failed cc failure",
      "failed grep failure",
    ]);
  });
});
