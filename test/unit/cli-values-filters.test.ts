import { describe, expect, test } from "bun:test";
import { constants } from "node:os";
import { type ParsedOptions, parse } from "../../src/cli/parse.ts";
import { columnKeys } from "../../src/output/index.ts";
import { parseError } from "../support/parse-error.ts";

const value = <Name extends keyof ParsedOptions>(name: Name, text: string) => parse([`--${name}=${text}`]).parsed[name];

const refusal = (option: string, text: string) => parseError([`--${option}=${text}`]);

describe("--signal:", () => {
  test.each([
    ["KILL", [9]],
    ["SIGKILL", [9]],
    ["sigkill", [9]],
    ["kill", [9]],
    ["9", [9]],
    ["64", [64]],
    ["RTMIN+6", [40]],
    ["SIGRTMAX", [64]],
    ["KILL,SEGV,6", [9, constants.signals.SIGSEGV, 6]],
  ])("%s means %j", (text, numbers) => {
    expect(value("signal", text)).toEqual(numbers);
  });

  test("the word any: all 64 signals", () => {
    const all = Array.from({ length: 64 }, (_, i) => i + 1);
    for (const text of ["any", "ANY", "Any"]) expect(value("signal", text)).toEqual(all);
  });

  test.each([
    "0",
    "65",
    "-9",
    "FOO",
    "KILL,",
    ",",
    "KILL;TERM",
    "SIG",
    "SIGSIGKILL",
    "9.0",
    "0x9",
    "any,x",
    "RTMIN+31",
  ])("%p: refused with examples", (text) => {
    expect(refusal("signal", text)).toBe(`--signal ${text}: not a signal; examples: KILL, SIGTERM, 9, RTMIN+6, any`);
  });
});

describe("--user:", () => {
  test("names and uids: accepted, because parse() does not look up users", () => {
    expect(value("user", "root")).toEqual(["root"]);
    expect(value("user", "0,www-data,DOMAIN\\user")).toEqual(["0", "www-data", "DOMAIN\\user"]);
  });

  test.each([",", "root,", ",root", "a,,b"])("%p, with an empty item: refused", (text) => {
    expect(refusal("user", text)).toBe(`--user ${text}: not a user; give names or uids, as in root or 0,1000`);
  });
});

describe("--name:", () => {
  test("a name of at most 15 bytes, as many as the kernel keeps: accepted unchanged", () => {
    for (const name of ["nginx", "a b", "0123456789abcde", "größe"]) expect(value("name", name)).toEqual([name]);
  });

  test("a name of more than 15 bytes: refused, because it cannot match", () => {
    const reason = "the kernel keeps only 15 bytes of a process's name, so nothing can match";
    expect(refusal("name", "0123456789abcdef")).toContain(reason);
    // 8 letters of 2 bytes each
    expect(refusal("name", "ö".repeat(8))).toContain(reason);
  });
});

describe("--cgroup:", () => {
  test("an absolute path: accepted unchanged", () => {
    for (const path of ["/", "/system.slice/ssh.service", "/a b", "/größe"]) {
      expect(value("cgroup", path)).toEqual([path]);
    }
  });

  test.each(["system.slice", "./a", "0::/user.slice"])(
    "%p: refused; the message says where paths are listed",
    (text) => {
      expect(refusal("cgroup", text)).toBe(
        `--cgroup ${text}: not a cgroup's path; give it as in /proc/PID/cgroup: /system.slice/ssh.service`,
      );
    },
  );
});

describe("--cgroup: limits of paths:", () => {
  test.each([
    ["a line feed", "/a\nb", "the kernel allows no line feed in a cgroup's path"],
    ["a name of 256 bytes", `/a/${"x".repeat(256)}`, "the kernel allows no name of more than 255 bytes"],
    ["a name of 254 letters that take 256 bytes", `/${"x".repeat(252)}öö`, "more than 255 bytes"],
    ["65 names", "/a".repeat(65), "a path of more than 64 names"],
  ])("%s: refused", (_, path, why) => {
    expect(refusal("cgroup", path)).toContain(why);
  });

  test("64 names or a name of 255 bytes: accepted", () => {
    for (const path of ["/a".repeat(64), `/${"x".repeat(255)}`, `/${"ö".repeat(127)}x`]) {
      expect(value("cgroup", path)).toEqual([path]);
    }
  });
});

describe("--columns:", () => {
  test("keys in lower or upper case: accepted in their order", () => {
    expect(value("columns", columnKeys.join(","))).toEqual([...columnKeys]);
    expect(value("columns", columnKeys.toReversed().join(",").toUpperCase())).toEqual(columnKeys.toReversed());
  });

  test("origin: stands for the columns from ancestors to cwd", () => {
    const [from, to] = [columnKeys.indexOf("ancestors"), columnKeys.indexOf("cwd")];
    expect(value("columns", "pid,Origin")).toEqual(["pid", ...columnKeys.slice(from, to + 1)]);
    expect(value("columns", "-origin")).toEqual(columnKeys.slice(from, to + 1).map((key) => `-${key}` as const));
  });

  test.each(["nope", "event", "killed_by_pid", "pid-comm", "pid;comm"])("%p: refused", (text) => {
    expect(refusal("columns", text)).toStartWith(`--columns ${text}: not a column; --columns help lists them`);
  });

  test("a list with one invalid key: the message names that key", () => {
    expect(refusal("columns", "pid,nope,comm")).toBe(
      "--columns pid,nope,comm: nope is not a column; --columns help lists them",
    );
    expect(refusal("columns", "pid,")).toContain("is not a column");
  });
});
