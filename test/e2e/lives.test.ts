/**
 * Usage, arguments and executable in a record agree with wait4() in the parent and with /proc just
 * before the end.
 */
import { describe, expect, test } from "bun:test";
import { watch } from "../support/cgroups.ts";
import { parseCsv } from "../support/csv-parser.ts";
import { argumentsOf, isDisturbed, type LifeEvent, mistakes, readTruths, type Truth } from "../support/lives.ts";
import { binary, fixture, parseEvents, runToEnd, temporaryFolder, Tracer } from "../support/tracer.ts";

/** One in a hundred may be disturbed. */
const DISTURBED_PART = 0.01;

/**
 * A ring with room for the longest arguments of several exits in a row, which are cut otherwise.
 */
const roomy = ["--ring-size", "4M"];

/** Lets processes live and die under a tracer; each gets exactly one record. */
async function lives(rounds: number, kinds: string[] = []): Promise<[truth: Truth, event: LifeEvent][]> {
  using folder = temporaryFolder();
  const { value, of, stderr } = await watch(
    () => runToEnd([fixture("lives"), String(rounds), ...kinds], { cwd: folder.path }),
    roomy,
  );
  expect({ status: value.status, said: value.stderr }).toEqual({ status: 0, said: "" });
  expect(stderr).toMatch(/, 0 lost$/m);
  return readTruths(value.stdout).map((truth) => {
    const [event, ...more] = of(truth.pid) as LifeEvent[];
    expect([truth.kind, event !== undefined, more.length]).toEqual([truth.kind, true, 0]);
    return [truth, event!];
  });
}

describe("each of some hundred lives", () => {
  const all = lives(8);

  test("resource usage of some hundred processes agrees with wait4()", async () => {
    const pairs = await all;
    expect(new Set(pairs.map(([{ kind }]) => kind)).size).toBeGreaterThan(40);
    expect(pairs.flatMap(([truth, event]) => mistakes(truth, event))).toEqual([]);
    const disturbed = pairs.filter(([truth, event]) => isDisturbed(truth, event));
    expect(disturbed.length).toBeLessThanOrEqual(pairs.length * DISTURBED_PART);
  });

  test("CPU time of some hundred processes is divided into user and system time", async () => {
    for (const [{ kind }, { cpu_user_ns, cpu_system_ns }] of await all) {
      const share = cpu_user_ns / (cpu_user_ns + cpu_system_ns);
      if (kind === "user" || kind === "long") expect(share).toBeGreaterThan(0.7);
      if (kind === "system") expect(share).toBeLessThan(0.3);
    }
  });

  test("arguments of some hundred processes are exact, byte for byte", async () => {
    for (const [truth, { args, args_truncated }] of await all) {
      if (!truth.is_told) continue;
      const right = argumentsOf(truth.args);
      const isTooLong = truth.kind === "args too long";
      expect([truth.kind, args_truncated]).toEqual([truth.kind, isTooLong]);
      const last = args!.at(-1)!;
      if (isTooLong) {
        // as far as it goes
        expect(args!.slice(0, -1)).toEqual(right.slice(0, args!.length - 1));
        expect(right[args!.length - 1]!.startsWith(last)).toBe(true);
        expect(args!.join(" ").length).toBeGreaterThan(100_000);
      } else {
        expect([truth.kind, args]).toEqual([truth.kind, right]);
      }
    }
  });
});

test("400 threads that a debugger has not reaped: usage covers all of them, not a part", async () => {
  const pairs = await lives(3, ["debugged crowd"]);
  for (const [truth, event] of pairs) {
    expect(mistakes(truth, event)).toEqual([]);
    // on a busy machine the first threads are reaped before the last one dies
    expect(event.threads).toBeGreaterThan(200);
    expect(Math.abs(event.minor_faults - truth.minor_faults)).toBeLessThan(10);
  }
});

/**
 * Traces processes of test/fixtures/lives.c in one output format. Returns the output and the truth.
 */
async function told(format: string[], kinds: string[]): Promise<{ stdout: string; truths: Truth[] }> {
  using folder = temporaryFolder();
  const tracer = await Tracer.start([...format, ...roomy]);
  const { stdout: said } = await runToEnd([fixture("lives"), "1", ...kinds], { cwd: folder.path });
  const { stdout } = await tracer.end();
  return { stdout, truths: readTruths(said) };
}

const hostile = ["empty args", "lines", "broken text", "hostile exe", "args 100k", "title long"];

describe("a hostile command", () => {
  test("a hostile command line reaches no terminal raw", async () => {
    const { stdout, truths } = await told(["-C", "pid,args,exe"], hostile);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(stdout).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
    const [header, ...lines] = stdout.trimEnd().split("\n");
    expect(header).toMatch(/^ *PID +ARGS +EXE$/);
    const pids = lines.map((line) => Number(/^ *(\d+) /.exec(line)?.[1]));
    expect(pids).not.toContain(Number.NaN);
    for (const { pid } of truths) expect(pids).toContain(pid);
  });

  test("a hostile command line is one field of CSV, which a shell reads as the same arguments", async () => {
    const { stdout, truths } = await told(["-f", "csv", "-C", "pid,args,exe"], hostile);
    const rows = parseCsv(stdout);
    expect(rows.map((row) => row.length)).toEqual(rows.map(() => 3));
    for (const { kind, pid, args } of truths) {
      const field = rows.find((row) => row[0] === String(pid))![1]!;
      // the longest would not fit into a command line again
      if (kind === "broken text" || kind === "args 100k") continue;
      // $'…' is POSIX.1-2024's, which not every sh knows yet
      const { stdout: read } = await runToEnd(["bash", "-c", `set -- ${field}; printf '%s\\0' "$@"`]);
      expect([kind, read.split("\0").slice(0, -1)]).toEqual([kind, argumentsOf(args)]);
    }
  });
});

describe("args of a process without an exec under the tracer", () => {
  test("args of a process that started before the tracer are its own", async () => {
    const before = Bun.spawn(["sleep", "60.25"]);
    const { of } = await watch(async () => {
      before.kill("SIGTERM");
      await before.exited;
    });
    expect(of(before.pid)).toMatchObject([{ args: ["sleep", "60.25"], args_truncated: false }]);
  });

  test("args of a process that forked without exec are its parent's", async () => {
    const { events, value } = await watch(() => runToEnd(["sh", "-c", "(exit 9); exit 8"]));
    const own = events.filter(({ pid, ppid }) => pid === value.pid || ppid === value.pid);
    const args = ["sh", "-c", "(exit 9); exit 8"];
    expect(own.map(({ exit_code, args }) => [exit_code, args])).toEqual([
      [9, args],
      [8, args],
    ]);
  });

  test("args of a process whose exec failed are its parent's", async () => {
    const script = "(exec /nonexistent/program argument); exit 0";
    const { events, value } = await watch(() => runToEnd(["sh", "-c", script]));
    const [child] = events.filter(({ ppid }) => ppid === value.pid);
    expect(child).toMatchObject({ exit_code: 127, args: ["sh", "-c", script] });
  });
});

test("exe for a tracer in a chroot begins at the tracer's root, as in /proc", async () => {
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
