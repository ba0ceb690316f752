/** Sentences for a COMMAND that cannot be run, by execve(2)'s error and the file's first bytes. */
import { describe, expect, test } from "bun:test";
import { constants } from "node:os";
import { describeExecutable } from "../../src/diagnose/executable.ts";
import { shellWordKind } from "../../src/diagnose/shell-words.ts";
import { explainExecFailure } from "../../src/diagnose/exec-failure.ts";

const E = constants.errno;
const FILE = 0o100755;
const bytes = (text: string) => new TextEncoder().encode(text);
const exec = (errno: number, head = "", mode = FILE) => ({ errno, stage: "exec" as const, mode, head: bytes(head) });

describe("describeExecutable()", () => {
  test.each([
    ["#!/bin/sh\n", "/bin/sh", false],
    ["#! \t/usr/bin/env python\n", "/usr/bin/env", false],
    ["#!/bin/sh\r\necho", "/bin/sh\r", true],
    ["#!/bin/sh", "/bin/sh", false],
    ["#!\n", undefined, false],
  ] as const)("%j", (text, interpreter, hasCarriageReturn) => {
    const file = describeExecutable(bytes(text));
    expect([file.isScript, file.interpreter, file.hasCarriageReturn]).toEqual([true, interpreter, hasCarriageReturn]);
  });

  test("a prefix of an ELF file, or garbage behind its magic: described without an error", () => {
    const elf = new Uint8Array(1024).map((_, i) => (i * 7) % 256);
    elf.set([0x7f, 0x45, 0x4c, 0x46]);
    for (const kind of [1, 2]) {
      for (const order of [1, 2]) {
        elf[4] = kind;
        elf[5] = order;
        for (let length = 0; length <= elf.length; length++) describeExecutable(elf.subarray(0, length));
      }
    }
    expect(describeExecutable(elf).isScript).toBe(false);
  });
});

describe("explainExecFailure()", () => {
  test.each([
    [E.E2BIG, 126, "its arguments and environment are too long for a new program"],
    [E.EAGAIN, 126, "as many processes as its limit allows"],
    [E.EPERM, 126, "bounding set"],
    [E.ETXTBSY, 126, "open for writing"],
    [E.ENOMEM, 126, "memory"],
    [E.EMFILE, 126, "ulimit -n"],
    [E.EIO, 126, "does it run without exitsnoop?"],
  ])("errno %d: status %d, %s", (errno, status, part) => {
    const said = explainExecFailure(["it"], exec(errno));
    expect(said.status).toBe(status);
    expect(said.message).toContain(part);
  });

  test("a user that the process cannot become: status 126 and the reason", () => {
    const said = explainExecFailure(["it"], { errno: E.EAGAIN, stage: "user", mode: 0, head: bytes("") });
    expect(said.message).toStartWith("it cannot become that user (resource temporarily unavailable)");
    expect(said.status).toBe(126);
  });

  test("control characters in a script's first line or in the words: escaped", () => {
    const said = [
      explainExecFailure(["it"], exec(E.ENOENT, "#!/\x1b[31m\n")),
      explainExecFailure(["A=\x1b[31m"], exec(E.ENOENT, "", 0)),
      explainExecFailure(["a \x1b[31m"], exec(E.ENOENT, "", 0)),
      explainExecFailure(["cd", "\x1b[31m"], exec(E.ENOENT, "", 0)),
    ];
    for (const { message } of said) expect(message).not.toContain("\x1b");
  });
});

test("shellWordKind(): knows builtins and keywords, and no program's name", () => {
  for (const word of ["cd", "alias", "source", "export"]) expect(shellWordKind(word)).toBe("a builtin");
  for (const word of ["[[", "if"]) expect(shellWordKind(word)).toBe("a keyword");
  for (const word of ["ls", "env", "toString"]) expect(shellWordKind(word)).toBeUndefined();
});
