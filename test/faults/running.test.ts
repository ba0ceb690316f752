/** Failures during a trace: interrupted sleeps, short or refused writes, slow or absent readers. */
import { describe, expect, test } from "bun:test";
import { constants } from "node:os";
import {
  whileProcessesExit,
  parseClosingLine,
  fixture,
  parseEvents,
  runToEnd,
  shell,
  temporaryFolder,
} from "../support/tracer.ts";
import { binary, type Fault, type Outcome, runFailing } from "./run-failing.ts";
import { stackTrace } from "./stack-trace.ts";

const root = new URL("../..", import.meta.url).pathname;
const { EINTR, EAGAIN, EIO, EDQUOT, ENOSPC } = constants.errno;
const COUNT = 40;
/** Prints COUNT exits as JSON. */
const countOptions = ["-j", "--count", String(COUNT)];
/** Traces for some time. The tracer sleeps only while no process exits. */
const timeOptions = ["-j", "--for", "500ms"];
const fault = (call: string, which: string, how: number): Fault => ({ call, which, how });

/** Checks that every line is complete, and that there are as many as the closing line counts. */
function expectAll({ wrong, status, failed, stdout, stderr }: Outcome): void {
  expect({ wrong, status }).toEqual({ wrong: [], status: 0 });
  expect(failed).toBeGreaterThan(0);
  const { events, lostLines } = parseEvents(stdout);
  expect(parseClosingLine(stderr)).toEqual({ seen: events.length, lost: lostLines });
  expect(events.length).toBeGreaterThanOrEqual(COUNT);
  expect(stdout.endsWith("}\n")).toBe(true);
}

describe("transient failures of system calls", () => {
  test.each([
    ["every other sleep is interrupted", fault("poll", "odd", EINTR)],
    ["every other write is interrupted", fault("write stdout", "odd", EINTR)],
    ["every other write would block", fault("write stdout", "odd", EAGAIN)],
    ["each write accepts 1000 bytes", fault("write stdout", "1+", -1000)],
  ])("%s: nothing is missing, twice or torn", async (_, disturbance) => {
    expectAll(await whileProcessesExit(runFailing(timeOptions, disturbance)));
  });

  test.each([1, 7, 100])("each write accepts %d bytes: nothing is missing, twice or torn", async (bytes) => {
    expectAll(await whileProcessesExit(runFailing(countOptions, fault("write stdout", "1+", -bytes))));
  });
});

describe("a write that fails", () => {
  const errors: [name: string, errno: number, message: string][] = [
    ["EIO", EIO, "i/o error"],
    ["ENOSPC", ENOSPC, "no space left on device"],
    ["EDQUOT", EDQUOT, "disk quota exceeded"],
  ];
  test.each(errors)(
    "a write to stdout that fails with %s: the exits are counted as lost, tracing goes on",
    async (_, errno, message) => {
      const args = ["-j", "--for", "1s"];
      const { wrong, status, stdout, stderr } = await whileProcessesExit(
        runFailing(args, fault("write stdout", "3", errno)),
      );
      expect({ wrong, status }).toEqual({ wrong: [], status: 0 });
      expect(stderr).toMatch(
        new RegExp(
          `^Tracing [^\\n]*\\nexitsnoop: cannot write to standard output: ${message}; [^\\n]*\\nexitsnoop: standard output can be written again; [^\\n]*\\n\\d+ exits in [^\\n]*, \\d+ lost\\n$`,
        ),
      );
      const { events, lostLines } = parseEvents(stdout);
      expect(parseClosingLine(stderr)).toEqual({ seen: events.length, lost: lostLines });
      expect(lostLines).toBeGreaterThan(0);
    },
  );

  test.each(errors)("a write to a file that fails with %s: the status is COMMAND's", async (_, errno, message) => {
    const args = ["-j", "--truncate", "-o", "/tmp/events", "--", "sh", "-c", "true; exit 3"];
    const { wrong, status, stderr } = await runFailing(args, fault("write /tmp/events", "1", errno));
    expect({ wrong, status }).toEqual({ wrong: ["tmp events"], status: 3 });
    expect(stderr).toMatch(new RegExp(`^Tracing [^\\n]*\\nexitsnoop: cannot write to /tmp/events: ${message}; `));
    const { seen, lost } = parseClosingLine(stderr);
    expect(lost).toBeGreaterThan(0);
    expect(seen + lost).toBeGreaterThanOrEqual(1);
  });

  test("a write to stdout that fails with EBADF: one error message and status 1", async () => {
    const failing = fault("write stdout", "3", constants.errno.EBADF);
    const { wrong, status, stderr } = await whileProcessesExit(runFailing(["-j"], failing));
    expect({ wrong, status }).toEqual({ wrong: [], status: 1 });
    expect(stderr).toBe(
      "Tracing process exits, Ctrl-C to end\nexitsnoop: cannot write to standard output: bad file descriptor\n",
    );
  });

  test("a limit on file size below the native core's: one error message and status 1", async () => {
    const { status, stdout, stderr } = await runToEnd([
      ...shell(`ulimit -f 1 && exec "$@"`),
      root + binary,
      "--for",
      "10ms",
    ]);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(/^exitsnoop: the native core cannot be loaded: file too large; [^\n]*ulimit -f[^\n]*\n$/);
  });

  test("a COMMAND is still killed by SIGXFSZ", async () => {
    using folder = temporaryFolder();
    const script = `ulimit -f 2000; exec "$@" -- sh -c 'exec dd if=/dev/zero of=large bs=4096 count=400 2>/dev/null'`;
    const { status } = await runToEnd([...shell(script), root + binary, "-q", "-o", "/dev/null"], { cwd: folder.path });
    expect(status).toBe(128 + constants.signals.SIGXFSZ);
  });
});

describe("a non-blocking stdout that is read slowly", () => {
  test.each([
    ["pty", 512],
    ["pty", 64],
    ["pipe", 512],
    ["pipe", 64],
  ])("%s, %d bytes a millisecond: nothing is missing or torn", async (kind, bytes) => {
    const command = [fixture("slow-reader"), kind, String(bytes), root + binary, "-w", "-f", "json", "--count", "100"];
    const { status, stdout, stderr } = await whileProcessesExit(runToEnd(command));
    expect(status).toBe(0);
    expect(parseEvents(stdout).events.length).toBe(100);
    expect(stderr).toMatch(/\n100 exits in [^\n]*, \d+ lost\n$/);
  });
});

describe("stderr", () => {
  test("a full stderr: events go on, status 0", async () => {
    const { status, stdout } = await whileProcessesExit(
      runToEnd([...shell(`exec "$@" 2>/dev/full`), root + binary, ...countOptions]),
    );
    expect(status).toBe(0);
    expect(parseEvents(stdout).events.length).toBe(COUNT);
  });

  test("a full stderr that gets the events: COMMAND's status and no message", async () => {
    const script = `exec "$@" -j -- sh -c "exit 5" 2>/dev/full`;
    const { status, stdout, stderr } = await runToEnd([...shell(script), root + binary]);
    expect({ status, stdout, stderr }).toEqual({ status: 5, stdout: "", stderr: "" });
  });

  test.each(["2>&-", ">&- 2>&-", "<&- >&- 2>&-", ">&-"])(
    "stderr or stdout closed by %s, with a COMMAND: the status is COMMAND's, or 1",
    async (closed) => {
      const { status, stdout, stderr } = await runToEnd([
        ...shell(`exec "$@" ${closed}`),
        root + binary,
        "--",
        "sh",
        "-c",
        "exit 7",
      ]);
      expect([1, 7]).toContain(status);
      expect(stdout + stderr).not.toMatch(stackTrace);
    },
  );

  test("stderr without a reader: events on stdout go on", async () => {
    using folder = temporaryFolder();
    const file = `${folder.path}/events`;
    const command = [...shell(`{ { "$@" 2>&1 1>&3; echo "status $?" >&3; } | true; } 3>"$0"`).slice(0, 3), file];
    await whileProcessesExit(runToEnd([...command, root + binary, ...countOptions]));
    const text = await Bun.file(file).text();
    expect(parseEvents(text).events.length).toBe(COUNT);
    expect(text).toEndWith("status 0\n");
  });
});

describe("help on stdout", () => {
  test.each([
    ["EAGAIN", fault("write stdout", "odd", EAGAIN)],
    ["short writes", fault("write stdout", "1+", -50)],
  ])("--help, with %s: prints all of it", async (_, disturbance) => {
    const expected = (await runToEnd([root + binary, "--help"])).stdout;
    const { wrong, status, stdout, stderr } = await runFailing(["--help"], disturbance);
    expect({ wrong, status, stderr }).toEqual({ wrong: [], status: 0, stderr: "" });
    expect(stdout).toBe(expected);
  });

  test("--help | true: no message, status 0", async () => {
    const { stdout, stderr } = await runToEnd([
      ...shell(`{ { "$@"; echo "status $?" >&3; } | true; } 3>&1`),
      root + binary,
      "--help",
    ]);
    expect({ stdout, stderr }).toEqual({ stdout: "status 0\n", stderr: "" });
  });

  test("--help >/dev/full: one error message, status 1", async () => {
    const { status, stderr } = await runToEnd([...shell(`exec "$@" >/dev/full`), root + binary, "--help"]);
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: "exitsnoop: cannot write to standard output: no space left on device\n",
    });
  });
});
