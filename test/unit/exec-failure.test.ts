/**
 * The message for a COMMAND that cannot be run, by errno of execve(2) and first bytes of the file.
 */
import { describe, expect, test } from "bun:test";
import { constants } from "node:os";
import { describeExecutable } from "../../src/diagnose/executable.ts";
import { shellWordKind } from "../../src/diagnose/shell-words.ts";
import { explainExecFailure } from "../../src/diagnose/exec-failure.ts";

const E = constants.errno;
const FILE = 0o100755;
const bytes = (text: string) => new TextEncoder().encode(text);
const exec = (errno: number, head = "", mode = FILE) => ({ errno, stage: "exec" as const, mode, head: bytes(head) });

describe("describeExecutable", () => {
  test.each([
    ["#!/bin/sh\n", "/bin/sh", false],
    ["#! \t/usr/bin/env python\n", "/usr/bin/env", false],
    ["#!/bin/sh\r\necho", "/bin/sh\r", true],
    ["#!/bin/sh", "/bin/sh", false],
    ["#!\n", undefined, false],
  ] as const)(
    "first line %j: the interpreter, and a carriage return after it",
    (text, interpreter, hasCarriageReturn) => {
      const file = describeExecutable(bytes(text));
      expect([file.isScript, file.interpreter, file.hasCarriageReturn]).toEqual([true, interpreter, hasCarriageReturn]);
    },
  );

  test("a truncated ELF file, or garbage after its magic: no error", () => {
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

describe("explainExecFailure", () => {
  test.each([
    [E.E2BIG, 126, "its arguments and environment are too long for a new program"],
    [E.EAGAIN, 126, "as many processes as its limit allows"],
    [E.EPERM, 126, "bounding set"],
    [E.ETXTBSY, 126, "open for writing"],
    [E.ENOMEM, 126, "memory"],
    [E.EMFILE, 126, "ulimit -n"],
    [E.ENFILE, 126, "fs.file-max"],
    [E.EIO, 126, "does it run without exitsnoop?"],
  ])("errno %d: status %d, %s", (errno, status, part) => {
    const explanation = explainExecFailure(["it"], exec(errno));
    expect(explanation.status).toBe(status);
    expect(explanation.message).toContain(part);
  });

  test.each([
    [E.ENOMEM, "memory or its limit"],
    [E.EAGAIN, "raise the process limit"],
    [E.EPIPE, "try again"],
  ])("the launcher fails with errno %d: status 126, and advice without BPF: %s", (errno, part) => {
    const explanation = explainExecFailure(["it"], { errno, stage: "launcher", mode: 0, head: bytes("") });
    expect(explanation.status).toBe(126);
    expect(explanation.message).toContain(part);
    expect(explanation.message).not.toContain("ring");
  });

  test("a user that the process cannot become: status 126 and the reason", () => {
    const explanation = explainExecFailure(["it"], { errno: E.EAGAIN, stage: "user", mode: 0, head: bytes("") });
    expect(explanation.message).toStartWith("it cannot become that user (resource temporarily unavailable)");
    expect(explanation.status).toBe(126);
  });

  test("control characters in the first line of a script or in the command: escaped", () => {
    const explanations = [
      explainExecFailure(["it"], exec(E.ENOENT, "#!/\x1b[31m\n")),
      explainExecFailure(["A=\x1b[31m"], exec(E.ENOENT, "", 0)),
      explainExecFailure(["a \x1b[31m"], exec(E.ENOENT, "", 0)),
      explainExecFailure(["cd", "\x1b[31m"], exec(E.ENOENT, "", 0)),
    ];
    for (const { message } of explanations) expect(message).not.toContain("\x1b");
  });
});

test.each([
  ["seq 3 | sort", "exitsnoop -- sh -c 'seq 3 | sort'"],
  ["cd /tmp && ls", "exitsnoop -- sh -c 'cd /tmp && ls'"],
  ["FOO=1 make test", "exitsnoop -- sh -c 'FOO=1 make test'"],
  ["echo 'a b' > x", String.raw`exitsnoop -- sh -c 'echo '\''a b'\'' > x'`],
])("explainExecFailure of %j, which only a shell can run: shows how", (word, remedy) => {
  const { message, status } = explainExecFailure([word], exec(E.ENOENT, "", 0));
  expect(message).toEndWith(`; it is a command line for a shell: have one run it, as in ${remedy}`);
  expect(status).toBe(127);
});

test.each([
  [["cd", "/tmp"], "sh -c 'cd /tmp'"],
  [["cd", "it's"], String.raw`sh -c 'cd '\''it'\''\'\'''\''s'\'''`],
  [["export", "A=b c"], String.raw`sh -c 'export '\''A=b c'\'''`],
  [["[[", "-d", "/tmp", "]]"], "sh -c '[[ -d /tmp ]]'"],
  [["it's here"], String.raw`sh -c 'it'\''s here'`],
  [["FOO=1", "echo", "a b"], "exitsnoop -- env FOO=1 echo 'a b'"],
  [["FOO=it's", "make"], String.raw`exitsnoop -- env 'FOO=it'\''s' make`],
])("explainExecFailure of %j: the advice is quoted for a shell", (words, remedy) => {
  expect(explainExecFailure(words, exec(E.ENOENT, "", 0)).message).toEndWith(` ${remedy}`);
});

test("a file that is not executable: its name in the advice is quoted for a shell", () => {
  const { message } = explainExecFailure(["./a b"], exec(E.EACCES, "", 0o100644));
  expect(message).toEndWith("it is not executable: chmod +x './a b'");
});

test("a long command line in the advice: cut, and still quoted", () => {
  const { message } = explainExecFailure([`echo ${"x".repeat(300)} | sort`], exec(E.ENOENT, "", 0));
  expect(message).toMatch(/as in exitsnoop -- sh -c 'echo x+\.\.\.x+ \| sort'$/);
});

test("shellWordKind: knows builtins and keywords, and no names of programs", () => {
  for (const word of ["cd", "alias", "source", "export"]) expect(shellWordKind(word)).toBe("a builtin");
  for (const word of ["[[", "if"]) expect(shellWordKind(word)).toBe("a keyword");
  for (const word of ["ls", "env", "toString"]) expect(shellWordKind(word)).toBeUndefined();
});

test("a program that is not in the PATH under sudo: the advice says that sudo sets the PATH", () => {
  const before = process.env.SUDO_UID;
  process.env.SUDO_UID = "1000";
  try {
    expect(explainExecFailure(["no-such-program"], exec(E.ENOENT, "", 0)).message).toContain(
      'or not in the PATH? sudo sets its own: sudo env "PATH=$PATH" exitsnoop keeps yours.',
    );
  } finally {
    if (before === undefined) delete process.env.SUDO_UID;
    else process.env.SUDO_UID = before;
  }
});
