import { describe, expect, test } from "bun:test";
import { limitationsOf } from "../../src/recorder/configuration.ts";
import { recorderSettings } from "../../src/recorder/settings.ts";
import { plan } from "../support/fake-host.ts";

/** Returns the settings of a command line; isTerminal: with every output on a terminal. */
const settingsOf = (line: string, isTerminal: boolean) =>
  recorderSettings(plan(line, { isTerminal: () => isTerminal }));

describe("recorderSettings():", () => {
  test.each<[line: string, isTerminal: boolean, expected: object]>([
    ["", false, { withExecInfo: false, withExe: false }],
    ["", true, { withExecInfo: true, storesArgs: false, withExe: false }],
    ["--args *x*", true, { withExecInfo: true, storesArgs: true, withExe: false }],
    ["--args *x*", false, { withExecInfo: true, storesArgs: true, withExe: false }],
    ["-C args", true, { withExecInfo: true, storesArgs: true, withExe: false }],
    ["-C +exe", true, { withExecInfo: true, storesArgs: false, withExe: true }],
    ["-w", true, { withExecInfo: true, storesArgs: true, withExe: true }],
    ["-j -w", false, { withExecInfo: true, storesArgs: true, withExe: true }],
    ["-C pid,exe", false, { withExecInfo: true, storesArgs: true, withExe: true }],
    ["--oom -C pid", false, { withKiller: true }],
  ])("%p, on a terminal: %p", (line, isTerminal, expected) => {
    expect(settingsOf(line, isTerminal)).toMatchObject(expected);
  });
});

describe("limitationsOf(), a kernel whose processes have no memory at exit:", () => {
  const limitations = (line: string, isTerminal: boolean) =>
    limitationsOf({ ...settingsOf(line, isTerminal), hasMmAtExit: false, hasIoAccounting: true });

  test("arguments that are asked for: are limited", () => {
    const limited = [expect.stringContaining("arguments are copied at the last exec, up to 1023 bytes")];
    expect(limitations("-w", true)).toEqual(limited);
    expect(limitations("-C args", false)).toEqual(limited);
    expect(limitations("--args *x*", true)).toEqual(limited);
  });

  test("the default on a terminal: no message", () => {
    expect(limitations("", true)).toEqual([]);
  });
});
