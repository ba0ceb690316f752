/**
 * COMMAND cannot be run: exitsnoop prints the reason and the remedy, and exits with the status that
 * a shell would give.
 */
import { chmodSync, closeSync, copyFileSync, openSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "bun:test";
import { binary, runToEnd, shell, temporaryFolder } from "../support/tracer.ts";

/** Creates executable files in a folder and runs exitsnoop there with `words` as COMMAND. */
async function runCommand(files: Record<string, string | Uint8Array>, words: string[], options: string[] = []) {
  using folder = temporaryFolder();
  chmodSync(folder.path, 0o755);
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(`${folder.path}/${name}`, content);
    chmodSync(`${folder.path}/${name}`, 0o755);
  }
  symlinkSync("loop", `${folder.path}/loop`);
  const command = [binary, "-q", "-o", "/dev/null", ...options, "--", ...words];
  const { status, stdout, stderr } = await runToEnd(command, { cwd: folder.path });
  return { status, stdout, stderr };
}

const elf = (change: (bytes: Buffer) => void) => {
  const bytes = readFileSync("/bin/true");
  change(bytes);
  return bytes;
};
const E_MACHINE = 18;
const S390 = 22;

describe("COMMAND exists but cannot be executed", () => {
  test.each<[string, string | Uint8Array, RegExp]>([
    ["a missing interpreter", "#!/no/such -x\n", /no such file.*its interpreter \/no\/such does not exist: install it/],
    ["a relative interpreter", "#! no/such\n", /its interpreter no\/such does not exist/],
    [
      "Windows line ends",
      "#!/bin/sh\r\necho hi\r\n",
      /carriage return.*interpreter \$'\/bin\/sh\\x0d' does not exist.*dos2unix/,
    ],
    ["Windows line ends and env", "#!/usr/bin/env\r\n", /carriage return/],
    [
      "an interpreter that is not executable",
      "#!/etc/passwd\n",
      /permission denied; it or its interpreter \/etc\/passwd is not executable/,
    ],
    [
      "a missing dynamic loader",
      elf((bytes) => bytes.write("/lib64/ld-no", bytes.indexOf("/lib64/ld-"))),
      /its dynamic loader \/lib64\/ld-no.* does not exist/,
    ],
    [
      "a program for another machine",
      elf((bytes) => bytes.writeUInt16LE(S390, E_MACHINE)),
      /exec format error; it is a program for S\/390, and this machine is/,
    ],
    ["a damaged program", elf(() => {}).subarray(0, 100), /exec format error; it is damaged or incomplete/],
    ["a damaged program without a zero byte", "\x7fELF is how it begins\n", /exec format error; it is/],
    [
      "bytes of no format",
      Uint8Array.of(1, 2, 0, 3),
      /exec format error; it is neither a program for this machine nor a script/,
    ],
  ])("COMMAND is a file with %s: status 126 and the reason", async (_, content, sentence) => {
    if (process.arch !== "x64" && content instanceof Buffer && content.includes("/lib64/ld-no")) return;
    const { status, stdout, stderr } = await runCommand({ it: content }, ["./it", "-x"]);
    expect({ status, stdout }).toEqual({ status: 126, stdout: "" });
    expect(stderr).toMatch(/^exitsnoop: \.\/it cannot be run: [^\n]+\n$/);
    expect(stderr).toMatch(sentence);
  });

  test.each<[string, RegExp]>([
    ["/etc", /permission denied; it is a directory\n/],
    ["/etc/passwd", /permission denied; it is not executable: chmod \+x \/etc\/passwd\n/],
    ["/dev/null", /permission denied; it is not a regular file\n/],
    ["./loop", /too many symbolic links encountered; do its symbolic links lead to themselves/],
    ["x".repeat(300), /name too long; a name may have 255 bytes/],
  ])("COMMAND is %s: status 126 and the reason", async (word, sentence) => {
    const { status, stderr } = await runCommand({}, [word]);
    expect(status).toBe(126);
    expect(stderr).toMatch(sentence);
  });

  test("COMMAND is open for writing: status 126 and the reason", async () => {
    using folder = temporaryFolder();
    const path = `${folder.path}/busy`;
    copyFileSync("/bin/true", path);
    const fd = openSync(path, "r+");
    const { status, stderr } = await runToEnd([binary, "-q", "-o", "/dev/null", "--", path]);
    closeSync(fd);
    expect(status).toBe(126);
    expect(stderr).toContain("text file is busy; some process has it open for writing");
  });

  test("COMMAND is a script whose interpreter is a script with a missing interpreter: status 126 and the reason", async () => {
    const { status, stderr } = await runCommand({ a: "#!./b\n", b: "#!/no/such\n" }, ["./a"]);
    expect(status).toBe(126);
    expect(stderr).toContain("./b exists, but the interpreter that ./b itself names does not: install that one");
  });

  test("COMMAND is a script with an endless chain of interpreters: status 126 and the reason", async () => {
    const { status, stderr } = await runCommand({ a: "#!./b\n", b: "#!./a\n" }, ["./a"]);
    expect(status).toBe(126);
    expect(stderr).toContain("interpreters are scripts themselves, too many in a row");
  });

  test("COMMAND is not accessible to the user of --as: status 126 and the reason", async () => {
    // mkdtemp(3) makes it accessible to its owner only
    using folder = temporaryFolder();
    const { status, stderr } = await runCommand({}, [`${folder.path}/nothing`], ["--as", "nobody"]);
    expect({ status, isDenied: stderr.includes("permission denied; is it executable by that user") }).toEqual({
      status: 126,
      isDenied: true,
    });
  });
});

describe("COMMAND does not exist", () => {
  test.each<[string, string[], RegExp]>([
    [
      "a builtin",
      ["cd", "/tmp"],
      /cd is a builtin of the shell and no program: have a shell run it, as in sh -c 'cd \/tmp'/,
    ],
    ["another builtin", ["ulimit", "-n"], /ulimit is a builtin/],
    ["a keyword", ["if", "true"], /if is a keyword/],
    ["NAME=value", ["FOO=1", "env"], /NAME=value sets a variable in a shell only: write exitsnoop -- env FOO=1 env/],
    [
      "a quoted command line for a shell",
      ["seq 3 | sort -rn"],
      /it is a command line for a shell: have one run it, as in exitsnoop -- sh -c 'seq 3 \| sort -rn'\n/,
    ],
    ["a quoted command line", ["ls -l"], /its name has a blank in it: leave out the quotes/],
    ["a carriage return", ["ls\r"], /ends in a carriage return/],
    ["a program of the working directory", ["it"], /not in the PATH, but in the working directory: write \.\/it/],
    ["a misspelt word", ["no-such-program-here"], /is it misspelt, or not in the PATH/],
    ["a path", ["/no/such/program"], /no such file or directory; is the path right/],
    ["a path below a file", ["/etc/passwd/x"], /not a directory; a part of its path is a file/],
  ])("COMMAND is %s: status 127 and the reason", async (_, words, sentence) => {
    const { status, stdout, stderr } = await runCommand({ it: "" }, words);
    expect({ status, stdout }).toEqual({ status: 127, stdout: "" });
    expect(stderr).toMatch(/^exitsnoop: [^\n]+\n$/);
    expect(stderr).toMatch(sentence);
  });
});

test("COMMAND or its interpreter is not found: no line says that it is traced", async () => {
  using folder = temporaryFolder();
  const script = `${folder.path}/script`;
  for (const line of ["#!/no/such -x", "#! /bin/sh\r"]) {
    writeFileSync(script, `${line}\n`, { mode: 0o755 });
    for (const word of ["no-such-program-here", "/no/such/program", "/etc", script]) {
      const { stderr } = await runToEnd([binary, "-o", "/dev/null", "--", word]);
      expect(stderr).toMatch(/^exitsnoop: [^\n]+ cannot be run: [^\n]+\n$/);
    }
  }
});

test.each(["#!/bin/sh", "#! \t/bin/sh -e", "# no interpreter", ""])(
  "COMMAND begins with %j: a line says that it is traced",
  async (line) => {
    using folder = temporaryFolder();
    writeFileSync(`${folder.path}/script`, `${line}\nexit 6\n`, { mode: 0o755 });
    const { stderr, status } = await runToEnd([binary, "-o", "/dev/null", "--", "./script"], { cwd: folder.path });
    expect(stderr).toStartWith("Tracing ./script and its descendants; Ctrl-C goes to ./script\n1 exit");
    expect(status).toBe(6);
  },
);

describe("COMMAND is looked up and run as by execvp()", () => {
  test("COMMAND is a text file without #!: a shell runs it", async () => {
    const { status, stdout, stderr } = await runCommand({ it: 'echo "$0 $1"; exit 3\n' }, ["./it", "a b"]);
    expect({ status, stdout, stderr }).toEqual({ status: 3, stdout: "./it a b\n", stderr: "" });
  });

  test("COMMAND is an empty file: status 0 and no output", async () => {
    expect(await runCommand({ it: "" }, ["./it"])).toEqual({ status: 0, stdout: "", stderr: "" });
  });

  test("COMMAND is not executable in one folder of the PATH: a later folder is used", async () => {
    using folder = temporaryFolder();
    writeFileSync(`${folder.path}/true`, "");
    const script = `PATH=${folder.path}:/no/such:$PATH; exec "$@"`;
    const command = [binary, "-q", "-o", "/dev/null", "--", "true"];
    expect((await runToEnd([...shell(script), ...command])).status).toBe(0);
  });
});
