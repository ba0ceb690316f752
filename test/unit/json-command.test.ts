import { describe, expect, test } from "bun:test";
import { createFormat } from "../../src/output/index.ts";
import { fakeExit, type Fields, line, lookOf } from "../support/fake-exit.ts";
import { argsRecord, knowledgeOf } from "../support/fake-records.ts";
import { hostileTexts, lenientText, unsafe } from "../support/hostile-text.ts";

const json = createFormat("json", lookOf({ columns: ["args", "args_truncated", "exe"] }));
const read = (fields: Partial<Fields>) => JSON.parse(line(json, fields));
const bytesOf = (text: string) => new TextEncoder().encode(text);

test("arguments are an array of strings, byte for byte", () => {
  expect(line(json, { args: ["ls", "-l", "a b"] })).toBe(
    '{"event":"exit","args":["ls","-l","a b"],"args_truncated":false,"exe":"/usr/bin/which"}',
  );
});

describe("arguments are told apart as the process was given them:", () => {
  test.each<[string, string[]]>([
    ["none at all", []],
    ["one that is empty", [""]],
    ["several empty ones", ["", "", ""]],
    ["empty ones at the beginning, between and at the end", ["", "a", "", "", "b", ""]],
    ["spaces, quotes and line feeds", [" ", 'a "b"', "c\nd", "\\", "'"]],
    ["as many as fit", Array.from({ length: 2047 }, (_, i) => String.fromCharCode(0x61 + (i % 26)))],
  ])("%s", (_, args) => {
    expect(read({ args })).toMatchObject({ args, args_truncated: false });
  });

  test("a title that the process wrote over them, with the rest of what was there", () => {
    expect(read({ args: bytesOf("nginx: worker process\0\0\0") }).args).toEqual(["nginx: worker process", "", ""]);
  });
});

describe("arguments that are cut", () => {
  test("in the middle of one end with what there is of it", () => {
    expect(read({ args: bytesOf("cc\0-o\0hel"), isCut: true })).toMatchObject({
      args: ["cc", "-o", "hel"],
      args_truncated: true,
    });
  });

  test("between two have no empty one behind them", () => {
    expect(read({ args: bytesOf("cc\0-o\0"), isCut: true })).toMatchObject({
      args: ["cc", "-o"],
      args_truncated: true,
    });
  });

  test("in the middle of a character show that", () => {
    const half = Buffer.concat([bytesOf("cat\0"), new Uint8Array([0x61, 0xe2, 0x82])]);
    expect(read({ args: half, isCut: true }).args).toEqual(["cat", "a\ufffd"]);
  });
});

test("unknown arguments in JSON: null, args_truncated true", () => {
  expect(read({ args: null })).toMatchObject({ args: null, args_truncated: true });
});

test("arguments that came before their exit are its own", () => {
  const knowledge = knowledgeOf();
  const args = ["sh", "x".repeat(5000), ""];
  const text = args.map((word) => `${word}\0`).join("");
  knowledge.longArguments.add(argsRecord(17, 0, text.slice(0, 4096)));
  knowledge.longArguments.add(argsRecord(17, 4096, text.slice(4096)));
  const exit = fakeExit({ pid: 17, args, cameBefore: true, exe: "/bin/sh" }, knowledge);
  expect(JSON.parse(line(json, exit))).toEqual({ event: "exit", args, args_truncated: false, exe: "/bin/sh" });
});

test("hostile arguments are read back as a UTF-8 decoder reads them, on one harmless line", () => {
  // arguments end at their NULs
  const texts = [...hostileTexts()].filter((bytes, i) => i % 25 === 0 && !bytes.includes(0));
  for (let at = 0; at < texts.length; at += 100) {
    const args = texts.slice(at, at + 100);
    const text = line(json, { args });
    expect(JSON.parse(text).args).toEqual(args.map(lenientText));
    expect(text).not.toMatch(unsafe);
  }
});

describe("exe", () => {
  test.each(["/usr/bin/ls", "/init", "/a b/ü/\x1b[31m", `/${"0123456789abcde/".repeat(250)}x`])(
    "is a path: %j",
    (exe) => {
      expect(read({ exe }).exe).toBe(exe);
      expect(line(json, { exe })).not.toMatch(unsafe);
    },
  );

  test("says where the file is gone, as /proc/PID/exe does", () => {
    expect(read({ exe: "/tmp/a.out", isDeleted: true }).exe).toBe("/tmp/a.out (deleted)");
  });

  test("is null where it is not known", () => {
    expect(read({ exe: null }).exe).toBeNull();
  });

  test("stands behind the arguments, however many those are", () => {
    for (const args of [[], [""], ["a".repeat(4000)], new Uint8Array([0x61])]) {
      expect(read({ args, exe: "/bin/true" }).exe).toBe("/bin/true");
    }
  });

  test("with invalid bytes has U+FFFD for them", () => {
    expect(read({ exe: new Uint8Array([0x2f, 0x61, 0xff, 0x2f, 0x62]) }).exe).toBe("/a\ufffd/b");
  });
});
