/** Outputs that fail: a reader that leaves, a full disk, no stdout at all. */
import { describe, expect, test } from "bun:test";
import {
  amidDeaths,
  binary,
  closingLine,
  fixture,
  readJson,
  runToEnd,
  shell,
  temporaryFolder,
  Tracer,
} from "../support/tracer.ts";
import { Pipe } from "../support/pipe.ts";

/** A filter that lets nothing pass while the test runs. */
const calm = ["-p", String(process.pid)];

/** Nothing on stderr but that it traces and what it counted. */
const untroubled = /^Tracing process exits, Ctrl-C to end\n\d+ exits?, \d+ lost\n$/;

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

/** A user without other processes. */
const USER = 54_321;

describe("an output without room", () => {
  test.each(["table", "json", "csv", "ecli"])(
    "/dev/full, %s: one sentence, every exit is counted as lost, status 0",
    async (format) => {
      const args = ["--format", format, "--for", "1s", "--ring-size", "16M"];
      const full = await amidDeaths(runToEnd([...shell(`exec "$@" >/dev/full`), binary, ...args]));
      expect(full.status).toBe(0);
      expect(full.stderr).toMatch(
        /^Tracing process exits, Ctrl-C to end\nexitsnoop: cannot write to standard output: no space left on device; [^\n]*\n0 exits, \d+ lost\n$/,
      );
      expect(closingLine(full.stderr).lost).toBeGreaterThan(50);
    },
  );

  test("/dev/full, a package: one sentence, every event is counted as lost, status 0", async () => {
    const script = `"$@" package | "$@" run --for 1s - >/dev/full`;
    const { status, stderr } = await amidDeaths(runToEnd([...shell(script), binary]));
    expect(status).toBe(0);
    expect(stderr).toMatch(
      /\nexitsnoop: cannot write to standard output: no space left on device; [^\n]*\n0 events, \d{2,} lost\n$/,
    );
  });

  /** Fills a small tmpfs during a trace, then makes room. Returns the final content of the file. */
  async function fillAndFree(format: string): Promise<{ stdout: string; stderr: string }> {
    using folder = temporaryFolder();
    // the tracer selects the exits of this user alone
    const burst = `setpriv --reuid=${USER} --clear-groups ${fixture("deaths")} burst 300 >/dev/null`;
    const script = `mount -t tmpfs -o size=256k tmpfs . && cd . && dd if=/dev/zero of=other bs=1k count=200 2>/dev/null
      "$@" -o "$PWD/events" & tracer=$!; sleep 0.5; for i in 1 2 3 4 5; do ${burst}; sleep 0.1; done
      sleep 1.2; rm other; for i in 1 2; do ${burst}; sleep 0.3; done; sleep 1.2; kill -INT $tracer; wait $tracer
      status=$?; cat events; exit $status`;
    const command = ["unshare", "--mount", ...shell(script), binary, "-f", format, "-u", String(USER)];
    const { status, stdout, stderr } = await runToEnd(command, { cwd: folder.path });
    expect(status).toBe(0);
    return { stdout, stderr };
  }

  const fullAndFree =
    /^Tracing [^\n]*\nexitsnoop: cannot write to [^\n]*events: no space left on device; [^\n]*\nexitsnoop: [^\n]*events can be written again; (\d+) exits were lost\n(\d+) exits, (\d+) lost\n$/;

  test("a disk that fills up and is freed, JSON: every line is whole, and one has the number of lost exits", async () => {
    const { stdout, stderr } = await fillAndFree("json");
    expect(stderr).toMatch(fullAndFree);
    expect(stdout.endsWith("}\n")).toBe(true);
    const lines = stdout.trimEnd().split("\n");
    const { events, lostLines } = readJson(stdout);
    expect(lines.filter((line) => JSON.parse(line).event === "exit").length).toBe(events.length);
    expect(closingLine(stderr)).toEqual({ seen: events.length, lost: lostLines });
    expect(lostLines).toBeGreaterThan(500);
    // exits after the disk was freed are present
    expect(events.length).toBeGreaterThan(700);
  });

  test.each(["table", "csv"])("a disk that fills up and is freed, %s: every line is whole", async (format) => {
    const { stdout, stderr } = await fillAndFree(format);
    expect(stderr).toMatch(fullAndFree);
    const [, ...lines] = stdout.trimEnd().split("\n");
    expect(closingLine(stderr).seen).toBe(lines.length);
    const whole = format === "csv" ? /^\d{4}-[^,]*Z(,[^,]*){15,20}$/ : /^\d\d:\d\d:\d\d +\d+ +\d+ +\S+ +\d+ \S/;
    expect(lines.filter((line) => !whole.test(line))).toEqual([]);
  });

  test("a disk that stays full: the output has all that fits, and COMMAND keeps its status", async () => {
    using folder = temporaryFolder();
    const script = `mount -t tmpfs -o size=16k tmpfs . && cd . && "$@" >"$PWD/events"; status=$?; cat "$PWD/events"; exit $status`;
    const command = ["unshare", "--mount", ...shell(script), binary, "--json", "-o", "-", "--"];
    const full = await runToEnd([...command, "sh", "-c", `${fixture("deaths")} burst 300 >/dev/null; exit 3`], {
      cwd: folder.path,
    });
    expect(full.status).toBe(3);
    expect(full.stderr).toMatch(/cannot write to standard output: no space left on device; /);
    expect(Buffer.byteLength(full.stdout)).toBe(16 * 1024);
    const whole = full.stdout.slice(0, full.stdout.lastIndexOf("\n") + 1);
    const { events } = readJson(whole);
    expect(events.length).toBeGreaterThan(40);
    const { seen, lost } = closingLine(full.stderr);
    expect(seen).toBe(events.length);
    expect(seen + lost).toBeGreaterThanOrEqual(302);
  });

  test("a limit on the size of files: one sentence, and exits beyond it are counted as lost", async () => {
    using folder = temporaryFolder();
    // in blocks of 512 bytes; the limit also covers the file from which the native core is loaded
    const script = `ulimit -f 2000 && exec "$@" -o "$PWD/events"`;
    const command = [...shell(script), binary, "-j", "-w", "--for", "3s", "--ring-size", "16M"];
    const { status, stderr } = await amidDeaths(runToEnd(command, { cwd: folder.path }));
    expect(status).toBe(0);
    expect(stderr).toMatch(
      /^Tracing [^\n]*\nexitsnoop: cannot write to [^\n]*: file too large; [^\n]*\n\d+ exits, \d+ lost\n$/,
    );
    expect(Bun.file(`${folder.path}/events`).size).toBe(2000 * 512);
    const text = await Bun.file(`${folder.path}/events`).text();
    expect(closingLine(stderr).seen).toBe(text.split("\n").length - 1);
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
