/** Bad places: odd ways to be started. test/e2e/hostile-places.test.ts has folders and variables that are meant to do harm. */
import { describe, expect, test } from "bun:test";
import { copyFileSync } from "node:fs";
import { expectTracing } from "../support/places.ts";
import { amidDeaths, binary, runToEnd, shell, temporaryFolder } from "../support/tracer.ts";

describe("2 MB of environment, which is all that the kernel takes", () => {
  const text = "x".repeat(128 * 1024 - 32);
  const env = Object.fromEntries(Array.from({ length: 15 }, (_, i) => [`EXITSNOOP_TEST_${i}`, text]));

  test("it traces", async () => {
    await expectTracing([], { env });
  });

  test("a COMMAND has it, too", async () => {
    const { stdout, status } = await runToEnd([binary, "--", "env"], { env });
    expect(status).toBe(0);
    expect(stdout.length).toBeGreaterThan(15 * text.length);
  });
});

describe("languages and terminals", () => {
  test.each([
    { LANG: "xx_YY.nonsense", LC_ALL: "C.garbage", LC_TIME: "../../etc" },
    { LC_ALL: "" },
    { TERM: undefined, LANG: undefined, PATH: undefined, HOME: undefined },
    { TERM: "\x1b[31m", COLUMNS: "-1", LINES: "x" },
  ])("%j", async (env) => {
    const plain = await expectTracing([], { args: ["-C", "exit_code,comm"], env });
    expect(plain).toMatch(/^EXIT_CODE +COMM\n(\d +herd\n){3}$/);
  });
});

test("no name of its own (argv[0]) at all: it is as without options", async () => {
  // perl gives a list without a first word to execve(2); Linux 5.18 and newer puts an empty one there
  const script = "use POSIX; alarm 2; exec { $ARGV[0] } ()";
  const { stdout, stderr } = await amidDeaths(runToEnd(["perl", "-e", script, binary]));
  // without --for the alarm ends it at once
  expect(stderr).toStartWith("Tracing process exits, Ctrl-C to end\n");
  expect(stdout).toStartWith("TIME ");
});

test("by a relative path, from a folder that is gone", async () => {
  using folder = temporaryFolder();
  copyFileSync(binary, `${folder.path}/x`);
  await expectTracing(shell(`cd ${folder.path} && mkdir gone && cd gone && rmdir ../gone && shift && exec ../x "$@"`));
});

test("its file is removed while it runs", async () => {
  using folder = temporaryFolder();
  copyFileSync(binary, `${folder.path}/x`);
  const script = `cd ${folder.path}; shift; (sleep 0.5; rm x) & exec ./x "$@"`;
  await expectTracing(shell(script), { args: ["--json", "--wide"] });
});

describe("closed streams", () => {
  test.each(["<&-", ">&-", "2>&-", "<&- >&-", "<&- 2>&-", ">&- 2>&-", "<&- >&- 2>&-"])("%s", async (closed) => {
    const command = [...shell(`exec "$@" --for 500ms ${closed}`), binary];
    const { status, stdout, stderr } = await amidDeaths(runToEnd(command));
    expect(status).toBe(0);
    if (closed.includes("2>")) expect(stderr).toBe("");
    else expect(stderr).toMatch(/^Tracing [^\n]+\n(exitsnoop: \d+ exits? lost: [^\n]+\n)*\d+ exits?, \d+ lost\n$/);
    if (/(^| )>/.test(closed)) expect(stdout).toBe("");
    else expect(stdout).toMatch(/^TIME /);
  });
});
