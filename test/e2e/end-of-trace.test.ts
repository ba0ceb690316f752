/**
 * A trace ends by a signal, --count or --for. It prints the exits that precede the end, then one
 * closing line, and its exit status is 0.
 */
import { describe, expect, test } from "bun:test";
import { Pipe } from "../support/pipe.ts";
import {
  binary,
  parseClosingLine,
  fixture,
  testComm,
  parseEvents,
  runToEnd,
  shell,
  temporaryFolder,
  Tracer,
} from "../support/tracer.ts";

/** Selects only the test itself, which does not exit: no event is printed. */
const noEvents = ["-p", String(process.pid)];

/** Runs one process to its end. Returns the fields that its event must have. */
async function oneExit() {
  const { pid, status } = await runToEnd([fixture("rename"), Buffer.from("last words").toString("hex"), "7"]);
  expect(status).toBe(7);
  return { pid, ppid: process.pid, comm: "last words", exit_code: 7 };
}

/**
 * Returns the lines of stderr except reports of lost exits, which load on the machine may cause.
 */
function messages(stderr: string): string[] {
  return stderr.split("\n").filter((line) => line && !/^exitsnoop: \d+ exits? lost/.test(line));
}

describe("end by a signal", () => {
  test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
    "%s: prints the exits before the signal, then ends with status 0",
    async (signal) => {
      const tracer = await Tracer.start(["--json"]);
      const exit = await oneExit();
      const { status, killedBy, stdout, stderr, events, lostLines } = await tracer.end(signal);
      expect({ status, killedBy }).toEqual({ status: 0, killedBy: null });
      expect(events.filter(({ pid, ppid }) => pid === exit.pid && ppid === exit.ppid)).toMatchObject([exit]);
      expect(stdout.endsWith("}\n")).toBe(true);
      expect(parseClosingLine(stderr)).toEqual({ seen: events.length, lost: lostLines });
      expect(messages(stderr)).toEqual([
        "Tracing process exits, Ctrl-C to end",
        expect.stringMatching(/^\d+ exits? in [^\n]*, \d+ lost$/),
      ]);
    },
  );

  test.each(["table", "csv", "ecli"])("format %s: the closing line has the number of printed lines", async (format) => {
    const tracer = await Tracer.start(["--format", format]);
    await oneExit();
    await runToEnd([fixture("exit-statuses"), "burst", "300"]);
    const { stdout, stderr } = await tracer.end();
    const [header, ...lines] = stdout.trimEnd().split("\n");
    expect(header).toMatch(/pid/i);
    expect(lines.length).toBeGreaterThan(300);
    expect(parseClosingLine(stderr).seen).toBe(lines.length);
  });

  test("SIGINT while 9000 exits are in the ring and stdout is read slowly: prints all of them first", async () => {
    using folder = temporaryFolder();
    using pipe = new Pipe(folder.path);
    const tracer = await Tracer.start(["--json", "--ring-size", "16M"], { stdout: pipe.path });
    tracer.process.kill("SIGSTOP");
    const driver = await runToEnd([fixture("exit-statuses"), "burst", "9000"]);
    tracer.process.kill("SIGINT");
    tracer.process.kill("SIGCONT");
    const text = pipe.readToEnd(20);
    const { status, stderr } = await tracer.end(null);
    expect({ driver: driver.status, status }).toEqual({ driver: 0, status: 0 });
    const { events } = parseEvents(await text);
    expect(events.filter(({ ppid, comm }) => ppid === driver.pid && comm === "exit-statuses").length).toBe(9000);
    expect(parseClosingLine(stderr)).toEqual({ seen: events.length, lost: 0 });
  });

  test("SIGHUP inherited as ignored, as from nohup(1): stays ignored", async () => {
    const tracer = await Tracer.start(["--json"], { via: shell(`trap "" HUP; exec "$@"`) });
    tracer.process.kill("SIGHUP");
    await Bun.sleep(500);
    expect(tracer.process.exitCode).toBeNull();
    const exit = await oneExit();
    const { status, events } = await tracer.end();
    expect(status).toBe(0);
    expect(events.filter(({ pid, ppid }) => pid === exit.pid && ppid === exit.ppid)).toMatchObject([exit]);
  });

  test("SIGINT inherited as ignored, as in a background job of a shell: ends the trace", async () => {
    using folder = temporaryFolder();
    const script = `"$@" >out 2>err & job=$!
      until grep -q Tracing err; do kill -0 $job || exit 99; sleep 0.05; done
      kill -INT $job; wait $job`;
    const begun = performance.now();
    const { status } = await runToEnd([...shell(script), binary, "--for", "30s", ...noEvents], { cwd: folder.path });
    expect(status).toBe(0);
    expect(performance.now() - begun).toBeLessThan(20_000);
    expect(parseClosingLine(await Bun.file(`${folder.path}/err`).text())).toEqual({ seen: 0, lost: 0 });
  });

  test("SIGTERM to a tracer that is process 1 of a PID namespace: ends the trace", async () => {
    const tracer = await Tracer.start(noEvents, { via: ["unshare", "--pid", "--fork", "--kill-child", "--"] });
    const [inner] = (await Bun.file(`/proc/${tracer.process.pid}/task/${tracer.process.pid}/children`).text())
      .trim()
      .split(" ");
    process.kill(Number(inner), "SIGTERM");
    const { status, stderr } = await tracer.end(null);
    expect(status).toBe(0);
    expect(parseClosingLine(stderr)).toEqual({ seen: 0, lost: 0 });
  });
});

describe("end without a signal", () => {
  test.each([1, 5, 100])("--count %d: prints that many exits and ends with status 0", async (count) => {
    const tracer = await Tracer.start(["--json", "--count", String(count)]);
    await runToEnd([fixture("exit-statuses"), "burst", "200"]);
    const { status, stdout, stderr, events } = await tracer.end(null);
    expect(status).toBe(0);
    expect(events.length).toBe(count);
    expect(
      stdout
        .trimEnd()
        .split("\n")
        .filter((line) => !line.startsWith(`{"event":"lost"`)).length,
    ).toBe(count);
    expect(parseClosingLine(stderr).seen).toBe(count);
  });

  test("--count with a filter: counts only the exits that pass the filter", async () => {
    const child = Bun.spawn(["sleep", "60"]);
    const tracer = await Tracer.start(["--no-header", "--count", "1", "--pid", String(child.pid)]);
    await runToEnd([fixture("exit-statuses"), "burst", "100"]);
    child.kill("SIGKILL");
    const { status, stdout } = await tracer.end(null);
    expect(status).toBe(0);
    expect(stdout).toMatch(
      new RegExp(
        `^\\d\\d:\\d\\d:\\d\\d ${child.pid} +${process.pid} +SIGKILL +\\d+ sleep killed by ${RegExp.escape(testComm)}\\[${process.pid}\\]\\n$`,
      ),
    );
  });

  test("--for 1500ms: ends with status 0, and not earlier", async () => {
    const begun = performance.now();
    const { status, stdout, stderr } = await runToEnd([binary, "--for", "1500ms", "--no-header", ...noEvents]);
    expect(performance.now() - begun).toBeGreaterThan(1500);
    expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
    expect(messages(stderr)).toEqual([
      "Tracing process exits, Ctrl-C to end",
      expect.stringMatching(/^0 exits in [^\n]*, 0 lost$/),
    ]);
  });

  test("--quiet: stderr is empty", async () => {
    const byTime = await runToEnd([binary, "--quiet", "--for", "200ms", ...noEvents]);
    expect({ status: byTime.status, stderr: byTime.stderr }).toEqual({ status: 0, stderr: "" });
    expect(byTime.stdout).toMatch(/^TIME +PID +PPID +EXIT_CODE +DURATION_NS +COMM\n$/);
  });
});
