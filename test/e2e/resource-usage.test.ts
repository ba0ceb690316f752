/**
 * Usage, arguments and executable in a record agree with wait4() in the parent and with /proc just
 * before the end.
 */
import { describe, expect, test } from "bun:test";
import { watch } from "../support/cgroups.ts";
import { parseCsv } from "../support/csv-parser.ts";
import { argumentsOf, type UsageEvent, mistakes, readExpected, type ExpectedUsage } from "../support/resource-usage.ts";
import { binary, fixture, parseEvents, runToEnd, temporaryFolder, Tracer } from "../support/tracer.ts";

/** A ring that can hold the longest args of several exits: a full ring truncates them. */
const largeRing = ["--ring-size", "4M"];

/** Runs the fixture under a tracer; each of its processes must have exactly one record. */
async function traceUsage(
  rounds: number,
  kinds: string[] = [],
): Promise<[expected: ExpectedUsage, event: UsageEvent][]> {
  using folder = temporaryFolder();
  const { value, of, stderr } = await watch(
    () => runToEnd([fixture("resource-usage"), String(rounds), ...kinds], { cwd: folder.path }),
    largeRing,
  );
  expect({ status: value.status, stderr: value.stderr }).toEqual({ status: 0, stderr: "" });
  expect(stderr).toMatch(/, 0 lost$/m);
  return readExpected(value.stdout).map((expected) => {
    const [event, ...more] = of(expected.pid) as UsageEvent[];
    expect([expected.kind, event !== undefined, more.length]).toEqual([expected.kind, true, 0]);
    return [expected, event!];
  });
}

describe("resource usage of some hundred processes", () => {
  const all = traceUsage(8);

  test("usage agrees with wait4(2) and with what the process last saw", async () => {
    const pairs = await all;
    expect(new Set(pairs.map(([{ kind }]) => kind)).size).toBeGreaterThan(40);
    expect(pairs.flatMap(([expected, event]) => mistakes(expected, event))).toEqual([]);
  });

  test("CPU time is divided into user and system time", async () => {
    for (const [{ kind }, { cpu_user_ns, cpu_system_ns }] of await all) {
      const share = cpu_user_ns / (cpu_user_ns + cpu_system_ns);
      if (kind === "user" || kind === "long") expect(share).toBeGreaterThan(0.7);
      if (kind === "system") expect(share).toBeLessThan(0.3);
    }
  });

  test("args are those of /proc/PID/cmdline, byte for byte", async () => {
    for (const [expected, { args, args_truncated }] of await all) {
      if (!expected.has_report) continue;
      const right = argumentsOf(expected.args);
      const isTooLong = expected.kind === "args too long";
      expect([expected.kind, args_truncated]).toEqual([expected.kind, isTooLong]);
      const last = args!.at(-1)!;
      if (isTooLong) {
        expect(args!.slice(0, -1)).toEqual(right.slice(0, args!.length - 1));
        expect(right[args!.length - 1]!.startsWith(last)).toBe(true);
        expect(args!.join(" ").length).toBeGreaterThan(100_000);
      } else {
        expect([expected.kind, args]).toEqual([expected.kind, right]);
      }
    }
  });
});

test("400 threads that a debugger has not reaped: usage covers all of them", async () => {
  const pairs = await traceUsage(3, ["debugged crowd"]);
  for (const [expected, event] of pairs) {
    expect(mistakes(expected, event)).toEqual([]);
    // on a busy machine the first threads are reaped before the last one dies
    expect(event.threads).toBeGreaterThan(200);
    expect(Math.abs(event.minor_faults - expected.minor_faults)).toBeLessThan(10);
  }
});

/**
 * Traces processes of test/fixtures/resource-usage in one output format. Returns
 * the output and the expected usage.
 */
async function traceInFormat(format: string[], kinds: string[]): Promise<{ stdout: string; all: ExpectedUsage[] }> {
  using folder = temporaryFolder();
  const tracer = await Tracer.start([...format, ...largeRing]);
  const { stdout: expected } = await runToEnd([fixture("resource-usage"), "1", ...kinds], { cwd: folder.path });
  const { stdout } = await tracer.end();
  return { stdout, all: readExpected(expected) };
}

const hostile = ["empty args", "lines", "broken text", "hostile exe", "args 100k", "title long"];

describe("hostile command line", () => {
  test("table output: contains no control characters", async () => {
    const { stdout, all } = await traceInFormat(["-C", "pid,args,exe"], hostile);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the test is for their absence
    expect(stdout).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
    const [header, ...lines] = stdout.trimEnd().split("\n");
    expect(header).toMatch(/^ *PID +ARGS +EXE$/);
    const pids = lines.map((line) => Number(/^ *(\d+) /.exec(line)?.[1]));
    expect(pids).not.toContain(Number.NaN);
    for (const { pid } of all) expect(pids).toContain(pid);
  });

  test("CSV output: args is one field, which a shell reads back as the arguments", async () => {
    const { stdout, all } = await traceInFormat(["-f", "csv", "-C", "pid,args,exe"], hostile);
    const rows = parseCsv(stdout);
    expect(rows.map((row) => row.length)).toEqual(rows.map(() => 3));
    for (const { kind, pid, args } of all) {
      const field = rows.find((row) => row[0] === String(pid))![1]!;
      // neither can be an argument of bash again
      if (kind === "broken text" || kind === "args 100k") continue;
      // $'…' is of POSIX.1-2024, which dash does not support
      const { stdout: read } = await runToEnd(["bash", "-c", `set -- ${field}; printf '%s\\0' "$@"`]);
      expect([kind, read.split("\0").slice(0, -1)]).toEqual([kind, argumentsOf(args)]);
    }
  });
});

describe("args of a process without an exec under the tracer", () => {
  test("process that started before the tracer: reports its own args", async () => {
    const before = Bun.spawn(["sleep", "60.25"]);
    const { of } = await watch(async () => {
      before.kill("SIGTERM");
      await before.exited;
    });
    expect(of(before.pid)).toMatchObject([{ args: ["sleep", "60.25"], args_truncated: false }]);
  });

  test("process that forked without an exec: reports its parent's args", async () => {
    const { events, value } = await watch(() => runToEnd(["sh", "-c", "(exit 9); exit 8"]));
    const own = events.filter(({ pid, ppid }) => pid === value.pid || ppid === value.pid);
    const args = ["sh", "-c", "(exit 9); exit 8"];
    expect(own.map(({ exit_code, args }) => [exit_code, args])).toEqual([
      [9, args],
      [8, args],
    ]);
  });

  test("process whose exec failed: reports its parent's args", async () => {
    const script = "(exec /nonexistent/program argument); exit 0";
    const { events, value } = await watch(() => runToEnd(["sh", "-c", script]));
    const [child] = events.filter(({ ppid }) => ppid === value.pid);
    expect(child).toMatchObject({ exit_code: 127, args: ["sh", "-c", script] });
  });
});

test("exe, tracer in a chroot: reports the path from the tracer's root, as in /proc", async () => {
  using folder = temporaryFolder();
  const script = 'mount --rbind / "$0" && exec chroot "$0" "$@"';
  const command = [
    ["unshare", "--mount", "--propagation", "private", "sh", "-c", script, folder.path],
    [binary, "--json", "--wide", "--", "readlink", "/proc/self/exe"],
  ].flat();
  const { stdout, stderr } = await runToEnd(command, { cwd: "/" });
  const { events } = parseEvents(stderr);
  expect(events).toMatchObject([{ exit_code: 0, exe: stdout.trim() }]);
});
