import { describe, expect, test } from "bun:test";
import { UsageError } from "../../src/errors.ts";
import { recorderSettings } from "../../src/recorder/settings.ts";
import { plan } from "../support/fake-host.ts";

const usual = {
  layout: "table",
  by: ["comm"],
  interval: Number.POSITIVE_INFINITY,
  isWide: false,
  sort: "exits",
  screen: undefined,
};

describe("plan() of --summary:", () => {
  test.each<[string, object]>([
    ["-S", usual],
    ["--summary", usual],
    ["-S --by exe,code", { ...usual, by: ["exe", "code"] }],
    ["-S --by exe --by code", { ...usual, by: ["exe", "code"] }],
    ["-S --sort cpu", { ...usual, sort: "cpu" }],
    ["-S --interval 10s", { ...usual, interval: 10_000 }],
    ["-S -w", { ...usual, isWide: true }],
    ["-S -f wide", { ...usual, isWide: true }],
    ["-S -j", { ...usual, layout: "json" }],
    ["-S -j -w", { ...usual, layout: "json", isWide: true }],
    ["-S --csv", { ...usual, layout: "csv" }],
  ])("%s", (line, expected) => {
    for (const isTerminal of [false, true]) {
      const { summary, format, showKiller, showCrash, isFirstAtOnce } = plan(line, { isTerminal: () => isTerminal });
      expect(summary as object).toEqual(expected);
      expect({ format, showKiller, showCrash, isFirstAtOnce }).toEqual({
        format: summary!.layout,
        showKiller: false,
        showCrash: false,
        isFirstAtOnce: false,
      });
    }
  });

  test("exits gather for a second, unless the options say otherwise", () => {
    expect(["-S", "-S --latency 5s", "-S --count 3", ""].map((line) => plan(line).latency)).toEqual([
      1000, 5000, 5, 250,
    ]);
  });

  test("names of users come from all sources, also in JSON", () => {
    expect(["-S --by user", "-Sj --by user", "-Sj"].map((line) => plan(line).userNames)).toEqual([
      "nss",
      "nss",
      "none",
    ]);
  });
});

describe("recorderSettings() of --summary: records what the sums and the keys need, and nothing else:", () => {
  const nothing = {
    withThreads: false,
    withOom: false,
    withExecInfo: false,
    withExe: false,
    withCgroups: false,
    withNsPids: false,
    withOrigin: false,
    withSenders: false,
    withCrash: false,
  };
  test.each<[string, Partial<typeof nothing>]>([
    ["comm", {}],
    ["exe", { withExecInfo: true, withExe: true }],
    ["args", { withExecInfo: true }],
    ["parent", {}],
    ["unit", { withCgroups: true }],
    ["container", { withCgroups: true }],
    ["user", {}],
    ["code", {}],
    ["killer", {}],
    ["unit,args", { withCgroups: true, withExecInfo: true }],
  ])("--by %s", (by, needed) => {
    for (const options of ["", "-w", "-j", "-j -w", "--csv"]) {
      for (const isTerminal of [false, true]) {
        const settings = recorderSettings(plan(`-S --by ${by} ${options}`, { isTerminal: () => isTerminal }));
        expect(settings).toMatchObject({ ...nothing, withKiller: true, withRusage: true, storesArgs: true, ...needed });
      }
    }
  });
});

test.each([
  ["--by comm", "--by needs --summary: exitsnoop --summary --by comm,code"],
  ["--sort cpu", "--sort needs --summary: exitsnoop --summary --sort cpu"],
  ["--interval 1s", "--interval needs --summary: exitsnoop --summary --interval 10s"],
  ["-S -C pid", "--columns and --summary contradict each other; leave one out"],
  ["-S -T", "--summary sums up processes; leave --threads out"],
  ["-S -f html -o x.html", "--summary has the formats table, json and csv; leave --format html out"],
  ["-S -f trace", "--summary has the formats table, json and csv; leave --format trace out"],
  ["-S -f ecli", "--summary has the formats table, json and csv; leave --format ecli out"],
  ["-S --by comm,code,comm", "--by has comm twice; leave one out"],
  [
    "-S -j --time iso",
    "--time iso shapes the table; --format json always has RFC 3339 times in UTC with nanoseconds; leave --time iso out",
  ],
])("options %s: refused", (line, message) => {
  expect(() => plan(line)).toThrow(new UsageError(message));
});

test.each([
  ["-S --by pid", "--by pid: not known; choose comm, exe, args, parent, unit, container, user, code or killer"],
  [
    "-S --by comm,cod",
    "--by comm,cod: cod is not known; choose comm, exe, args, parent, unit, container, user, code or killer; did you mean code?",
  ],
])("options %s: the keys are named", (line, message) => {
  expect(() => plan(line)).toThrow(new UsageError(message));
});
