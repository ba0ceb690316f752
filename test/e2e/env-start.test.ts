/** Unusual ways to start exitsnoop: environment, argv[0], working directory, closed streams. */
import { describe, expect, test } from "bun:test";
import { copyFileSync } from "node:fs";
import { expectTracing } from "../support/environments.ts";
import { binary, runToEnd, shell, temporaryFolder, whileProcessesExit } from "../support/tracer.ts";

describe("2 MB of environment, the maximum of execve(2)", () => {
  const text = "x".repeat(128 * 1024 - 32);
  const env = Object.fromEntries(Array.from({ length: 15 }, (_, i) => [`EXITSNOOP_TEST_${i}`, text]));

  test("tracer with 2 MB of environment: reports all exits", async () => {
    await expectTracing([], { env });
  });

  test("COMMAND: gets all of the environment", async () => {
    const { stdout, status } = await runToEnd([binary, "--", "env"], { env });
    expect(status).toBe(0);
    expect(stdout.length).toBeGreaterThan(15 * text.length);
  });
});

describe("variables of languages and terminals", () => {
  test.each([
    { LANG: "xx_YY.nonsense", LC_ALL: "C.garbage", LC_TIME: "../../etc" },
    { LC_ALL: "" },
    { TERM: undefined, LANG: undefined, PATH: undefined, HOME: undefined },
    { TERM: "\x1b[31m", COLUMNS: "-1", LINES: "x" },
  ])("environment %j: the table has its usual form", async (env) => {
    const plain = await expectTracing([], { args: ["-C", "exit_code,comm"], env });
    expect(plain).toMatch(/^EXIT_CODE +COMM\n(\d +simultaneous-ex\n){3}$/);
  });
});

test("empty argv: traces as without options", async () => {
  // perl passes an empty argv to execve(2); since Linux 5.18 the kernel adds an empty argv[0]
  const script = "use POSIX; alarm 2; exec { $ARGV[0] } ()";
  const { stdout, stderr } = await whileProcessesExit(runToEnd(["perl", "-e", script, binary]));
  // SIGALRM ends the tracer, since argv cannot have --for
  expect(stderr).toStartWith("Tracing process exits, Ctrl-C to end\n");
  expect(stdout).toStartWith("TIME ");
});

test("relative path from a removed working directory: reports all exits", async () => {
  using folder = temporaryFolder();
  copyFileSync(binary, `${folder.path}/x`);
  await expectTracing(shell(`cd ${folder.path} && mkdir gone && cd gone && rmdir ../gone && shift && exec ../x "$@"`));
});

test("binary that is removed during the trace: reports all exits", async () => {
  using folder = temporaryFolder();
  copyFileSync(binary, `${folder.path}/x`);
  const script = `cd ${folder.path}; shift; (sleep 0.5; rm x) & exec ./x "$@"`;
  await expectTracing(shell(script), { args: ["--json", "--wide"] });
});

describe("standard streams", () => {
  test.each(["<&-", ">&-", "2>&-", "<&- >&-", "<&- 2>&-", ">&- 2>&-", "<&- >&- 2>&-"])(
    "closed streams %s: traces, status 0, no output on them",
    async (closed) => {
      const command = [...shell(`exec "$@" --for 500ms ${closed}`), binary];
      const { status, stdout, stderr } = await whileProcessesExit(runToEnd(command));
      expect(status).toBe(0);
      if (closed.includes("2>")) expect(stderr).toBe("");
      else
        expect(stderr).toMatch(
          /^Tracing [^\n]+\n(exitsnoop: \d+ exits? lost: [^\n]+\n)*\d+ exits? in [^\n]*, \d+ lost\n$/,
        );
      if (/(^| )>/.test(closed)) expect(stdout).toBe("");
      else expect(stdout).toMatch(/^TIME /);
    },
  );
});
