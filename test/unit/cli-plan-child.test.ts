import { describe, expect, test } from "bun:test";
import { parse } from "../../src/cli/parse.ts";
import { planTrace } from "../../src/cli/plan.ts";
import { fakeHost } from "../support/fake-host.ts";

/** Returns the plan of a command line with the COMMAND `make test`. */
function planOf(line: string, terminals: number[] = []) {
  const args = [...line.split(" ").filter(Boolean), "--", "make", "test"];
  return planTrace(parse(args), fakeHost({ isTerminal: (fd) => terminals.includes(fd) }));
}

describe("plan of --fail-on", () => {
  test("a list, also in several options", () => {
    expect(planOf("").command!.failOn).toEqual([]);
    expect(planOf("--fail-on signal,orphans").command!.failOn).toEqual(["signal", "orphans"]);
    expect(planOf("--fail-on=oom --fail-on core").command!.failOn).toEqual(["oom", "core"]);
  });

  test("oom: the killer is recorded, also if no column shows it", () => {
    expect(planOf("-C pid --fail-on oom").groups).toContain("killer");
    expect(planOf("-C pid --fail-on signal").groups).not.toContain("killer");
  });

  test("without a COMMAND: refused", () => {
    expect(() => planTrace(parse(["--fail-on", "core"]), fakeHost())).toThrow("--fail-on needs a COMMAND: exitsnoop");
  });
});

describe("plan of JSON and CSV with a COMMAND", () => {
  const warnings = (line: string, terminals = [0, 1, 2]) => planOf(line, terminals).warnings;

  test("events would go to the terminal of COMMAND's messages: a warning names -o FILE and -o -", () => {
    expect(warnings("-j")).toEqual([
      "JSON and the messages of make both go to this terminal: -o FILE writes the events to a file, -o - to standard output",
    ]);
    expect(warnings("-f csv")[0]).toStartWith("CSV and the messages of make");
  });

  test.each([["-j -o events"], ["-j -o -"], ["-f table"], ["-f ecli"], [""]])("%s: no warning", (line) => {
    expect(warnings(line)).toEqual([]);
  });

  test("stderr is not a terminal: no warning", () => {
    expect(warnings("-j", [0, 1])).toEqual([]);
  });

  test("no COMMAND: no warning", () => {
    expect(planTrace(parse(["-j"]), fakeHost({ isTerminal: () => true })).warnings).toEqual([]);
  });
});
