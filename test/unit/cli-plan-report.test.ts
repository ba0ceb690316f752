import { describe, expect, test } from "bun:test";
import type { Host } from "../../src/cli/host.ts";
import { parseCommandLine } from "../../src/cli/parse.ts";
import { planReport } from "../../src/cli/plan-report.ts";
import { subcommands } from "../../src/cli/subcommands.ts";
import { UsageError } from "../../src/errors.ts";
import { recorderSettings } from "../../src/recorder/settings.ts";
import { fakeHost } from "../support/fake-host.ts";

function planOf(line: string, host: Partial<Host> = {}) {
  const { parsed, command } = parseCommandLine(subcommands.report, line.split(" ").filter(Boolean));
  return planReport(parsed, command, fakeHost(host));
}

const terminal: Partial<Host> = { isTerminal: () => true };

describe("planReport():", () => {
  test.each<[string, string, Partial<Host>]>([
    ["-- make", "text", {}],
    ["-- make", "text", terminal],
    ["-o - -- make", "text", terminal],
    ["-o - -- make", "markdown", {}],
    ["-o FILE -- make", "markdown", terminal],
    ["-o FILE --report-format junit -- make", "junit", {}],
    ["--report-format json -- make", "json", {}],
  ])("%s: the format is %s", (line, format, host) => {
    expect(planOf(line, host).report).toMatchObject({ format });
  });

  test("a plain COMMAND: records all that a report shows, and prints no exit", () => {
    const plan = planOf("-- make -j2", terminal);
    expect(recorderSettings(plan)).toMatchObject({
      withKiller: true,
      withRusage: true,
      withCrash: true,
      withOrigin: true,
    });
    expect(plan).toMatchObject({ hasHeader: false, summary: undefined, userNames: "none", containerNames: "none" });
    expect(plan.command).toMatchObject({ words: ["make", "-j2"], waitsForAll: true, grace: 500, failOn: [] });
  });

  test("--no-wait, --no-crash, --fail-on and --as: change the plan", () => {
    const fast = planOf("--no-wait --no-crash --fail-on signal,orphans --as daemon -- make");
    expect(recorderSettings(fast).withCrash).toBeFalse();
    expect(fast.command).toMatchObject({ waitsForAll: false, failOn: ["signal", "orphans"], user: "daemon" });
  });

  test("GitHub Actions: a step summary, and annotations unless the report goes to stdout", () => {
    const environment = { GITHUB_ACTIONS: "true", GITHUB_STEP_SUMMARY: "/tmp/summary" };
    expect(planOf("-- make", { environment }).report).toMatchObject({ stepSummary: "/tmp/summary", annotates: true });
    expect(planOf("-o - -- make", { environment }).report).toMatchObject({ annotates: false });
    expect(planOf("-- make", { environment: { GITHUB_STEP_SUMMARY: "" } }).report).toMatchObject({
      stepSummary: undefined,
      annotates: false,
    });
  });

  test.each([
    ["", "report needs a COMMAND: exitsnoop report -- npm test"],
    ["--", "-- needs COMMAND and its arguments after it, as in: exitsnoop report -- npm test"],
    ["make", "COMMAND and its arguments go after --"],
    ["--report-format xml -- make", "choose text, markdown, json or junit"],
    ["-x -- make", "-x"],
    ["--as nobody-here -- make", "there is no such user here"],
    ["--truncate -- make", "--truncate needs a file to empty"],
  ])("%p: is refused", (line, message) => {
    expect(() => planOf(line)).toThrow(UsageError);
    expect(() => planOf(line)).toThrow(message);
  });
});
