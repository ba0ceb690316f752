import { describe, expect, test } from "bun:test";
import { createFormat } from "../../src/output/formats.ts";
import { fakeExit, type Fields, line, formatOptions } from "../support/fake-exit.ts";
import { argsRecord, contextOf } from "../support/fake-records.ts";
import { hostileSample, lenientText, unsafe } from "../support/hostile-text.ts";

const json = createFormat("json", formatOptions({ columns: ["args", "args_truncated", "exe"] }));
const parsed = (fields: Partial<Fields>) => JSON.parse(line(json, fields));
const bytesOf = (text: string) => new TextEncoder().encode(text);

test("args in JSON: an array of strings", () => {
  expect(line(json, { args: ["ls", "-l", "a b"] })).toBe(
    '{"event":"exit","args":["ls","-l","a b"],"args_truncated":false,"exe":"/usr/bin/which"}',
  );
});

describe("args in JSON: one string for each argument:", () => {
  test.each<[string, string[]]>([
    ["no arguments", []],
    ["one empty argument", [""]],
    ["several empty arguments", ["", "", ""]],
    ["empty arguments at the beginning, between others and at the end", ["", "a", "", "", "b", ""]],
    ["spaces, quotes and line feeds", [" ", 'a "b"', "c\nd", "\\", "'"]],
    ["as many arguments as fit", Array.from({ length: 2047 }, (_, i) => String.fromCharCode(0x61 + (i % 26)))],
  ])("%s", (_, args) => {
    expect(parsed({ args })).toMatchObject({ args, args_truncated: false });
  });

  test("a title that the process wrote over its arguments: the title and the NULs after it", () => {
    expect(parsed({ args: bytesOf("nginx: worker process\0\0\0") }).args).toEqual(["nginx: worker process", "", ""]);
  });
});

describe("truncated args in JSON:", () => {
  test("truncated within an argument: ends with its beginning", () => {
    expect(parsed({ args: bytesOf("cc\0-o\0hel"), isCut: true })).toMatchObject({
      args: ["cc", "-o", "hel"],
      args_truncated: true,
    });
  });

  test("truncated between two arguments: ends with the first, without an empty one", () => {
    expect(parsed({ args: bytesOf("cc\0-o\0"), isCut: true })).toMatchObject({
      args: ["cc", "-o"],
      args_truncated: true,
    });
  });

  test("truncated within a character: ends with U+FFFD", () => {
    const half = Buffer.concat([bytesOf("cat\0"), new Uint8Array([0x61, 0xe2, 0x82])]);
    expect(parsed({ args: half, isCut: true }).args).toEqual(["cat", "a\ufffd"]);
  });
});

test("unknown args in JSON: null, args_truncated true", () => {
  expect(parsed({ args: null })).toMatchObject({ args: null, args_truncated: true });
});

test("args in JSON of an exit whose arguments came in chunks: complete", () => {
  const context = contextOf();
  const args = ["sh", "x".repeat(5000), ""];
  const text = args.map((word) => `${word}\0`).join("");
  context.longArguments.add(argsRecord(17, 0, text.slice(0, 4096)));
  context.longArguments.add(argsRecord(17, 4096, text.slice(4096)));
  const exit = fakeExit({ pid: 17, args, argsInChunks: true, exe: "/bin/sh" }, context);
  expect(JSON.parse(line(json, exit))).toEqual({ event: "exit", args, args_truncated: false, exe: "/bin/sh" });
});

test("hostile args in JSON: read back as a UTF-8 decoder reads them, and escaped for terminals", () => {
  // no argument contains a NUL
  const texts = [...hostileSample()].filter((bytes) => !bytes.includes(0));
  for (let at = 0; at < texts.length; at += 100) {
    const args = texts.slice(at, at + 100);
    const text = line(json, { args });
    expect(JSON.parse(text).args).toEqual(args.map(lenientText));
    expect(text).not.toMatch(unsafe);
  }
});

describe("exe in JSON:", () => {
  test.each(["/usr/bin/ls", "/init", "/a b/ü/\x1b[31m", `/${"0123456789abcde/".repeat(250)}x`])(
    "a path, escaped for terminals: %j",
    (exe) => {
      expect(parsed({ exe }).exe).toBe(exe);
      expect(line(json, { exe })).not.toMatch(unsafe);
    },
  );

  test("a deleted file: ends with (deleted), as in /proc/PID/exe", () => {
    expect(parsed({ exe: "/tmp/a.out", isDeleted: true }).exe).toBe("/tmp/a.out (deleted)");
  });

  test("an unknown path: null", () => {
    expect(parsed({ exe: null }).exe).toBeNull();
  });

  test("a path after any number of arguments: found", () => {
    for (const args of [[], [""], ["a".repeat(4000)], new Uint8Array([0x61])]) {
      expect(parsed({ args, exe: "/bin/true" }).exe).toBe("/bin/true");
    }
  });

  test("invalid bytes: U+FFFD", () => {
    expect(parsed({ exe: new Uint8Array([0x2f, 0x61, 0xff, 0x2f, 0x62]) }).exe).toBe("/a\ufffd/b");
  });
});
