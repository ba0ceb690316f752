/** Outputs that fail: a closed pipe, a full disk, a size limit, closed standard streams. */
import { describe, expect, test } from "bun:test";
import {
  binary,
  fixture,
  parseClosingLine,
  parseEvents,
  runToEnd,
  shell,
  temporaryFolder,
  Tracer,
  whileProcessesExit,
} from "../support/tracer.ts";
import { Pipe } from "../support/pipe.ts";

/** A filter that selects no exit: the test process outlives the tracer. */
const selectsNone = ["-p", String(process.pid)];

/** Matches stderr without warnings: the first and the closing line. */
const withoutWarnings = /^Tracing process exits, Ctrl-C to end\n\d+ exits? in [^\n]*, \d+ lost\n$/;

describe("reader that closes the pipe", () => {
  test("| head -2: two lines, status 0, no warning", async () => {
    const script = `{ "$@"; echo "status $?" >"$0"; } | head -2`;
    using folder = temporaryFolder();
    const status = `${folder.path}/status`;
    const { stdout, stderr } = await whileProcessesExit(runToEnd(["sh", "-c", script, status, binary]));
    expect(stdout).toMatch(/^TIME +PID +PPID +EXIT_CODE +DURATION_NS +COMM\n\d\d:\d\d:\d\d \d+ +\d+ +[^\n]+\n$/);
    expect(stderr).toMatch(withoutWarnings);
    expect(await Bun.file(status).text()).toBe("status 0\n");
  });

  test("reader that closes the pipe while no process exits: ends the tracer", async () => {
    using folder = temporaryFolder();
    using pipe = new Pipe(folder.path);
    const tracer = await Tracer.start(selectsNone, { stdout: pipe.path });
    await Bun.sleep(300);
    expect(tracer.process.exitCode).toBeNull();
    pipe.close();
    const { status, stderr } = await tracer.end(null);
    expect(status).toBe(0);
    expect(stderr).toMatch(withoutWarnings);
    expect(parseClosingLine(stderr)).toEqual({ seen: 0, lost: 0 });
  });

  test("reader that closes the pipe before the first line: status 0, no warning", async () => {
    const result = await runToEnd([
      ...shell(`{ { "$@"; echo "status $?" >&3; } | true; } 3>&1`),
      binary,
      ...selectsNone,
    ]);
    expect(result.stdout).toBe("status 0\n");
    expect(result.stderr).toMatch(withoutWarnings);
  });
});

/** The uid of a user without other processes. */
const USER = 54_321;

describe("output without space", () => {
  test.each(["table", "json", "csv", "ecli"])(
    "/dev/full, %s: one message, every exit is counted as lost, status 0",
    async (format) => {
      const args = ["--format", format, "--for", "1s", "--ring-size", "16M"];
      const full = await whileProcessesExit(runToEnd([...shell(`exec "$@" >/dev/full`), binary, ...args]));
      expect(full.status).toBe(0);
      expect(full.stderr).toMatch(
        /^Tracing process exits, Ctrl-C to end\nexitsnoop: cannot write to standard output: no space left on device; [^\n]*\n0 exits in [^\n]*, \d+ lost\n$/,
      );
      expect(parseClosingLine(full.stderr).lost).toBeGreaterThan(50);
    },
  );

  test("/dev/full, package: one message, every event is counted as lost, status 0", async () => {
    const script = `"$@" package | "$@" run --for 1s - >/dev/full`;
    const { status, stderr } = await whileProcessesExit(runToEnd([...shell(script), binary]));
    expect(status).toBe(0);
    expect(stderr).toMatch(
      /\nexitsnoop: cannot write to standard output: no space left on device; [^\n]*\n0 events, \d{2,} lost\n$/,
    );
  });

  /** Fills a small tmpfs during a trace, then frees space. Returns the final output. */
  async function fillAndFree(format: string): Promise<{ stdout: string; stderr: string }> {
    using folder = temporaryFolder();
    using messages = temporaryFolder();
    const file = `${messages.path}/stderr`;
    // the tracer selects only the exits of this user
    const burst = `setpriv --reuid=${USER} --clear-groups ${fixture("exit-statuses")} burst 300 >/dev/null`;
    const script = `mount -t tmpfs -o size=384k tmpfs . && cd . && dd if=/dev/zero of=other bs=1k count=328 2>/dev/null
      : >${file}; "$@" -o "$PWD/events" 2>>${file} & tracer=$!; until grep -q ^Tracing ${file}; do sleep 0.1; done; for i in 1 2 3 4 5; do ${burst}; sleep 0.1; done
      sleep 1.2; rm other; for i in 1 2; do ${burst}; sleep 0.3; done; sleep 1.2; kill -INT $tracer; wait $tracer
      status=$?; cat events; cat ${file} >&2; exit $status`;
    const command = ["unshare", "--mount", ...shell(script), binary, "-f", format, "-u", String(USER)];
    const { status, stdout, stderr } = await runToEnd(command, { cwd: folder.path });
    expect(status).toBe(0);
    return { stdout, stderr };
  }

  const fullAndFree =
    /^Tracing [^\n]*\nexitsnoop: cannot write to [^\n]*events: no space left on device; [^\n]*\nexitsnoop: [^\n]*events can be written again; (\d+) exits were lost\n(\d+) exits in [^\n]*, (\d+) lost\n$/;

  test("disk that fills up and is freed, JSON: every line is complete, and one has the number of lost exits", async () => {
    const { stdout, stderr } = await fillAndFree("json");
    expect(stderr).toMatch(fullAndFree);
    expect(stdout.endsWith("}\n")).toBe(true);
    const lines = stdout.trimEnd().split("\n");
    const { events, lostLines } = parseEvents(stdout);
    expect(lines.filter((line) => JSON.parse(line).event === "exit").length).toBe(events.length);
    expect(parseClosingLine(stderr)).toEqual({ seen: events.length, lost: lostLines });
    expect(lostLines).toBeGreaterThan(500);
    // exits after the disk was freed are printed
    expect(events.length).toBeGreaterThan(700);
  });

  test.each(["table", "csv"])("disk that fills up and is freed, %s: every line is complete", async (format) => {
    const { stdout, stderr } = await fillAndFree(format);
    expect(stderr).toMatch(fullAndFree);
    const [, ...lines] = stdout.trimEnd().split("\n");
    expect(parseClosingLine(stderr).seen).toBe(lines.length);
    const complete = format === "csv" ? /^\d{4}-[^,]*Z(,[^,]*){31}$/ : /^\d\d:\d\d:\d\d +\d+ +\d+ +\S+ +\d+ \S/;
    expect(lines.filter((line) => !complete.test(line))).toEqual([]);
  });

  test("disk that stays full: the output fills it, and COMMAND's status is returned", async () => {
    using folder = temporaryFolder();
    const script = `mount -t tmpfs -o size=16k tmpfs . && cd . && "$@" >"$PWD/events"; status=$?; cat "$PWD/events"; exit $status`;
    const command = ["unshare", "--mount", ...shell(script), binary, "--json", "-o", "-", "--"];
    const full = await runToEnd([...command, "sh", "-c", `${fixture("exit-statuses")} burst 300 >/dev/null; exit 3`], {
      cwd: folder.path,
    });
    expect(full.status).toBe(3);
    expect(full.stderr).toMatch(/cannot write to standard output: no space left on device; /);
    expect(Buffer.byteLength(full.stdout)).toBe(16 * 1024);
    const lines = full.stdout.slice(0, full.stdout.lastIndexOf("\n") + 1);
    const { events } = parseEvents(lines);
    expect(events.length).toBeGreaterThan(40);
    const { seen, lost } = parseClosingLine(full.stderr);
    expect(seen).toBe(events.length);
    expect(seen + lost).toBeGreaterThanOrEqual(302);
  });

  test("limit of file size: one message, and exits beyond it are counted as lost", async () => {
    using folder = temporaryFolder();
    // in blocks of 512 bytes; the limit also covers the file from which the native core is loaded
    const script = `ulimit -f 2000 && exec "$@" -o "$PWD/events"`;
    const command = [...shell(script), binary, "-j", "-w", "--for", "3s", "--ring-size", "16M"];
    const { status, stderr } = await whileProcessesExit(runToEnd(command, { cwd: folder.path }));
    expect(status).toBe(0);
    expect(stderr).toMatch(
      /^Tracing [^\n]*\nexitsnoop: cannot write to [^\n]*: file too large; [^\n]*\n\d+ exits in [^\n]*, \d+ lost\n$/,
    );
    expect(Bun.file(`${folder.path}/events`).size).toBe(2000 * 512);
    const text = await Bun.file(`${folder.path}/events`).text();
    expect(parseClosingLine(stderr).seen).toBe(text.split("\n").length - 1);
  });
});

describe("closed standard streams", () => {
  test("closed stdout: the tracer ends with one message or its counts", async () => {
    const closed = await whileProcessesExit(runToEnd([...shell(`exec "$@" >&-`), binary, "--for", "1s"]));
    expect([0, 1]).toContain(closed.status);
    expect(closed.stdout).toBe("");
    const messages = /^(Tracing process exits, Ctrl-C to end\n)?(exitsnoop: [^\n]+|\d+ exits? in [^\n]*, \d+ lost)\n$/;
    expect(closed.stderr).toMatch(messages);
  });

  test("closed stderr: messages do not mix with the events on stdout", async () => {
    const closed = await whileProcessesExit(runToEnd([...shell(`exec "$@" 2>&-`), binary, "--json", "--for", "1s"]));
    expect(closed.status).toBe(0);
    const lines = closed.stdout.trimEnd().split("\n");
    expect(parseEvents(closed.stdout).events.length).toBe(lines.length);
  });

  test("closed stdin: traces as usual", async () => {
    const closed = await whileProcessesExit(runToEnd([...shell(`exec "$@" <&-`), binary, "--json", "--count", "5"]));
    expect(closed.status).toBe(0);
    expect(parseEvents(closed.stdout).events.length).toBe(5);
    expect(closed.stderr).toMatch(withoutWarnings);
  });

  test("all standard streams closed: the tracer ends", async () => {
    const closed = await whileProcessesExit(runToEnd([...shell(`exec "$@" <&- >&- 2>&-`), binary, "--for", "1s"]));
    expect([0, 1]).toContain(closed.status);
    expect(closed.stdout + closed.stderr).toBe("");
  });
});
