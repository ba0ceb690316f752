import { describe, expect, test } from "bun:test";
import { UsageError } from "../../src/errors.ts";
import type { Host } from "../../src/cli/host.ts";
import { parseCommandLine } from "../../src/cli/parse.ts";
import { planTop } from "../../src/cli/plan-top.ts";
import { subcommands } from "../../src/cli/subcommands.ts";
import { recorderSettings } from "../../src/recorder/settings.ts";
import { summaryKeyNames } from "../../src/views/keys.ts";
import { fakeHost } from "../support/fake-host.ts";

const terminal: Partial<Host> = { isTerminal: () => true, environment: { TERM: "xterm", LANG: "C.UTF-8" } };

function planOf(line: string, host: Partial<Host> = terminal) {
  const { parsed } = parseCommandLine(subcommands.top, line.split(" ").filter(Boolean));
  return planTop(parsed, fakeHost(host));
}

describe("planTop():", () => {
  test.each<[string, Partial<Host>]>([
    ["stdin is no terminal", { ...terminal, isTerminal: (fd) => fd !== 0 }],
    ["stdout is no terminal", { ...terminal, isTerminal: (fd) => fd !== 1 }],
    ["TERM is dumb", { ...terminal, environment: { TERM: "dumb" } }],
    ["TERM is not set", { ...terminal, environment: {} }],
  ])("%s: summaries every two seconds, and no screen", (_, host) => {
    expect(planOf("", host).summary as object).toEqual({
      layout: "table",
      by: ["comm"],
      interval: 2000,
      isWide: false,
      sort: "cpu",
      screen: undefined,
    });
    expect(planOf("", host).groups).toEqual(["core", "killer", "resources"]);
  });

  test.each(["-j", "--csv", "-o FILE", "-o - -o FILE"])("%s on a terminal: no screen", (line) => {
    expect(planOf(line).summary!.screen).toBeUndefined();
  });

  test("terminal: a screen, for which everything is recorded that its keys may ask for", () => {
    const plan = planOf("--by code --sort exits --interval 5s -x");
    expect(plan.summary as object).toMatchObject({
      by: ["code"],
      sort: "exits",
      interval: 5000,
      screen: { choices: summaryKeyNames },
    });
    expect(plan.selection.onlyFailed).toBeTrue();
    expect(recorderSettings(plan)).toMatchObject({
      withKiller: true,
      withRusage: true,
      withExecInfo: true,
      withExe: true,
      withCgroups: true,
      withOrigin: false,
      withSenders: false,
      withCrash: false,
      withOom: false,
    });
  });
});

test.each([
  ["-T", "there is no option -T"],
  ["-C pid", "there is no option -C"],
  ["--sort size", "not known; choose exits, cpu, failed, killed, rss or life"],
  ["ls", "exitsnoop top takes only options; to trace a program named top: exitsnoop -- top ls"],
])("exitsnoop top %s: refused", (line, message) => {
  expect(() => planOf(line)).toThrow(UsageError);
  expect(() => planOf(line)).toThrow(message);
});
