import { describe, expect, test } from "bun:test";
import { constants } from "node:os";
import { UsageError } from "../../src/errors.ts";
import { type ParsedOptions, parse } from "../../src/cli/parse.ts";
import { columnKeys } from "../../src/output/index.ts";

const value = <Name extends keyof ParsedOptions>(name: Name, text: string) => parse([`--${name}=${text}`]).parsed[name];

/** The sentence about a wrong value. */
function complaint(option: string, text: string): string {
  try {
    parse([`--${option}=${text}`]);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  throw new Error(`--${option}=${text} was accepted`);
}

describe("a signal", () => {
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
  ])("%s is read by name or number", (text, numbers) => {
    expect(value("signal", text)).toEqual(numbers);
  });

  test("any is all of them, once", () => {
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
  ])("%p is none, and examples are given", (text) => {
    expect(complaint("signal", text)).toBe(`--signal ${text}: not a signal; examples: KILL, SIGTERM, 9, RTMIN+6, any`);
  });
});

describe("a user", () => {
  test("is any text: whether there is such a user is not known yet", () => {
    expect(value("user", "root")).toEqual(["root"]);
    expect(value("user", "0,www-data,DOMAIN\\user")).toEqual(["0", "www-data", "DOMAIN\\user"]);
  });

  test.each([",", "root,", ",root", "a,,b"])("%p has an empty one", (text) => {
    expect(complaint("user", text)).toBe(`--user ${text}: not a user; give names or uids, as in root or 0,1000`);
  });
});

describe("a name", () => {
  test("is taken as it is, up to the 15 bytes that the kernel keeps", () => {
    for (const name of ["nginx", "a b", "0123456789abcde", "größe"]) expect(value("name", name)).toEqual([name]);
  });

  test("of more bytes can never match, and is refused", () => {
    const sentence = "the kernel keeps only 15 bytes of a process's name, so nothing can match";
    expect(complaint("name", "0123456789abcdef")).toContain(sentence);
    // 8 letters of 2 bytes each
    expect(complaint("name", "ö".repeat(8))).toContain(sentence);
  });
});

describe("a cgroup", () => {
  test("is an absolute path", () => {
    for (const path of ["/", "/system.slice/ssh.service", "/a b", "/größe"]) {
      expect(value("cgroup", path)).toEqual([path]);
    }
  });

  test.each(["system.slice", "./a", "0::/user.slice"])("%p is none, and says where to find them", (text) => {
    expect(complaint("cgroup", text)).toBe(
      `--cgroup ${text}: not a cgroup's path; give it as in /proc/PID/cgroup: /system.slice/ssh.service`,
    );
  });
});

describe("a cgroup's path", () => {
  test.each([
    ["a line feed", "/a\nb", "the kernel allows no line feed in a cgroup's path"],
    ["a name of 256 bytes", `/a/${"x".repeat(256)}`, "the kernel allows no name of more than 255 bytes"],
    ["a name of 254 letters that take 256 bytes", `/${"x".repeat(252)}öö`, "more than 255 bytes"],
    ["65 names", "/a".repeat(65), "a path of more than 64 names"],
  ])("--cgroup with %s: refused", (_, path, why) => {
    expect(complaint("cgroup", path)).toContain(why);
  });

  test("--cgroup with 64 names or a name of 255 bytes: accepted", () => {
    for (const path of ["/a".repeat(64), `/${"x".repeat(255)}`, `/${"ö".repeat(127)}x`]) {
      expect(value("cgroup", path)).toEqual([path]);
    }
  });
});

describe("columns", () => {
  test("are known by their keys, in any letters, and keep their order", () => {
    expect(value("columns", columnKeys.join(","))).toEqual([...columnKeys]);
    expect(value("columns", columnKeys.toReversed().join(",").toUpperCase())).toEqual(columnKeys.toReversed());
  });

  test.each(["nope", "event", "killed_by_pid", "pid-comm", "pid;comm"])("%p is none", (text) => {
    expect(complaint("columns", text)).toStartWith(`--columns ${text}: not a column; --columns help lists them`);
  });

  test("of several the one that is wrong is named", () => {
    expect(complaint("columns", "pid,nope,comm")).toBe(
      "--columns pid,nope,comm: nope is not a column; --columns help lists them",
    );
    expect(complaint("columns", "pid,")).toContain("is not a column");
  });
});
