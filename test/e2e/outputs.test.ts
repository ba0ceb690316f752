/** Where the lines go: a reader that leaves, a full disk, no stdout at all. */
import { describe, expect, test } from "bun:test";
import { amidDeaths, binary, closingLine, readJson, runToEnd, shell, temporaryFolder, Tracer } from "./tracer.ts";
import { Pipe } from "./pipe.ts";

/** A filter that lets nothing pass while the test runs. */
const calm = ["-p", String(process.pid)];

/** Nothing on stderr but that it traces and what it counted. */
const untroubled = /^Tracing process exits, Ctrl-C to end\n\d+ exits?, \d+ lost\n$/;

/** One sentence, once it had said that it traces. */
const outOfSpace =
  /^Tracing process exits, Ctrl-C to end\nexitsnoop: [^\n]*standard output: no space left on device\n$/;

describe("a reader that goes away", () => {
  test("| head -2: two lines, status 0, no complaint", async () => {
    const script = `{ "$@"; echo "status $?" >"$0"; } | head -2`;
    using folder = temporaryFolder();
    const status = `${folder.path}/status`;
    const { stdout, stderr } = await amidDeaths(runToEnd(["sh", "-c", script, status, binary]));
    expect(stdout).toMatch(/^TIME +PID +PPID +EXIT_CODE +DURATION_NS +COMM\n\d\d:\d\d:\d\d \d+ +\d+ +[^\n]+\n$/);
    expect(stderr).toMatch(untroubled);
    expect(await Bun.file(status).text()).toBe("status 0\n");
  });

  test("while nothing dies: it ends all the same", async () => {
    using folder = temporaryFolder();
    using pipe = new Pipe(folder.path);
    const tracer = await Tracer.start(calm, { stdout: pipe.path });
    await Bun.sleep(300);
    expect(tracer.process.exitCode).toBeNull();
    pipe.close();
    const { status, stderr } = await tracer.end(null);
    expect(status).toBe(0);
    expect(stderr).toMatch(untroubled);
    expect(closingLine(stderr)).toEqual({ seen: 0, lost: 0 });
  });

  test("before the first line", async () => {
    const gone = await runToEnd([...shell(`{ { "$@"; echo "status $?" >&3; } | true; } 3>&1`), binary, ...calm]);
    expect(gone.stdout).toBe("status 0\n");
    expect(gone.stderr).toMatch(untroubled);
  });
});

describe("what cannot be written", () => {
  test.each(["table", "json", "csv", "ecli"])("/dev/full, %s: one sentence and status 1", async (format) => {
    const full = await amidDeaths(runToEnd([...shell(`exec "$@" >/dev/full`), binary, "--format", format]));
    expect(full.status).toBe(1);
    expect(full.stderr).toMatch(outOfSpace);
  });

  test("a disk that fills up while it traces: what fits is there, one sentence, status 1", async () => {
    using folder = temporaryFolder();
    const script = `mount -t tmpfs -o size=16k tmpfs . && cd . && "$@" >"$PWD/events"; status=$?; cat "$PWD/events"; exit $status`;
    const command = ["unshare", "--mount", ...shell(script), binary, "--json"];
    const full = await amidDeaths(runToEnd(command, { cwd: folder.path }));
    expect(full.status).toBe(1);
    expect(full.stderr).toMatch(outOfSpace);
    expect(full.stdout.length).toBe(16 * 1024);
    const whole = full.stdout.slice(0, full.stdout.lastIndexOf("\n") + 1);
    expect(readJson(whole).events.length).toBeGreaterThan(40);
  });
});

describe("standard streams that are closed", () => {
  test("stdout: it ends, and says nothing but what it should", async () => {
    const closed = await amidDeaths(runToEnd([...shell(`exec "$@" >&-`), binary, "--for", "1s"]));
    expect([0, 1]).toContain(closed.status);
    expect(closed.stdout).toBe("");
    const sentence = /^(Tracing process exits, Ctrl-C to end\n)?(exitsnoop: [^\n]+|\d+ exits?, \d+ lost)\n$/;
    expect(closed.stderr).toMatch(sentence);
  });

  test("stderr: what is said there does not get among the events", async () => {
    const closed = await amidDeaths(runToEnd([...shell(`exec "$@" 2>&-`), binary, "--json", "--for", "1s"]));
    expect(closed.status).toBe(0);
    const lines = closed.stdout.trimEnd().split("\n");
    expect(readJson(closed.stdout).events.length).toBe(lines.length);
  });

  test("stdin: it is not needed", async () => {
    const closed = await amidDeaths(runToEnd([...shell(`exec "$@" <&-`), binary, "--json", "--count", "5"]));
    expect(closed.status).toBe(0);
    expect(readJson(closed.stdout).events.length).toBe(5);
    expect(closed.stderr).toMatch(untroubled);
  });

  test("all three: it ends", async () => {
    const closed = await amidDeaths(runToEnd([...shell(`exec "$@" <&- >&- 2>&-`), binary, "--for", "1s"]));
    expect([0, 1]).toContain(closed.status);
    expect(closed.stdout + closed.stderr).toBe("");
  });
});
