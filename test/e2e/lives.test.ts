/** What it was and what it used: as wait4() said it to its parent, and as /proc showed it just before the end. */
import { describe, expect, test } from "bun:test";
import { type WideEvent, watch } from "./cgroups.ts";
import { parseCsv } from "./csv-parser.ts";
import { fixture, runToEnd, temporaryFolder, Tracer } from "./tracer.ts";

/** What test/fixtures/lives.c prints of a death: rusage, and its own last words. */
interface Truth {
  kind: string;
  pid: number;
  status: number;
  user_us: number;
  system_us: number;
  max_rss_kb: number;
  minor_faults: number;
  major_faults: number;
  voluntary_switches: number;
  involuntary_switches: number;
  /** Whether it could say the rest. */
  is_told: boolean;
  threads: number;
  read_bytes: number;
  write_bytes: number;
  args: string;
  exe: string;
}

interface LifeEvent extends WideEvent {
  cpu_user_ns: number;
  cpu_system_ns: number;
  max_rss_bytes: number;
  minor_faults: number;
  major_faults: number;
  voluntary_switches: number;
  involuntary_switches: number;
  read_bytes: number;
  write_bytes: number;
  threads: number;
  args_truncated: boolean;
  exe: string;
}

const CPU_SLACK_NS = 3_000_000;
/** What comes after the record is wait4()'s alone: where a process has much to take down, or is disturbed then, up to a tick more. */
const TICK_NS = 10_000_000;
/** One in a hundred may be disturbed. */
const DISTURBED_PART = 0.01;
const CPU_SLACK_PART = 0.03;
const RSS_SLACK = 64 * 4096;
const COUNT_SLACK = 9;
/** The end itself takes as many switches and faults as it has threads that must be woken to die. */
const countSlack = (threads: number) => COUNT_SLACK + (threads > 1 ? 2 * threads : 0);

const text = (hex: string) => Buffer.from(hex, "hex").toString("utf8");

/** /proc/PID/cmdline as arguments; a NUL ends each. */
function argumentsOf(hex: string): string[] {
  const pieces: string[] = [];
  const bytes = Buffer.from(hex, "hex");
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(0, at);
    pieces.push(bytes.subarray(at, end < 0 ? bytes.length : end).toString("utf8"));
    at = end < 0 ? bytes.length : end + 1;
  }
  return pieces;
}

const cpuOf = (one: Truth | LifeEvent) =>
  "user_us" in one ? (one.user_us + one.system_us) * 1000 : one.cpu_user_ns + one.cpu_system_ns;
const cpuSlack = (truth: Truth) => Math.max(CPU_SLACK_NS, cpuOf(truth) * CPU_SLACK_PART);

/** What is wrong with the record of this death; nothing is. */
function mistakes(truth: Truth, event: LifeEvent): string[] {
  const found: string[] = [];
  const near = (what: string, ours: number, right: number, slack: number) => {
    if (Math.abs(ours - right) > slack) found.push(`${truth.kind}: ${what} is ${ours} instead of ${right}`);
  };
  near("CPU", cpuOf(event), cpuOf(truth), cpuSlack(truth) + TICK_NS);
  near("peak RSS", event.max_rss_bytes, truth.max_rss_kb * 1024, RSS_SLACK);
  const slack = countSlack(truth.threads);
  near("minor faults", event.minor_faults, truth.minor_faults, slack);
  near("major faults", event.major_faults, truth.major_faults, COUNT_SLACK);
  near("voluntary switches", event.voluntary_switches, truth.voluntary_switches, slack);
  near("involuntary switches", event.involuntary_switches, truth.involuntary_switches, slack);
  if (event.threads < 1 || event.threads > truth.threads) {
    found.push(`${truth.kind}: ${event.threads} threads of ${truth.threads}`);
  }
  if (!truth.is_told) return found;
  near("bytes read", event.read_bytes, truth.read_bytes, 0);
  near("bytes written", event.write_bytes, truth.write_bytes, 0);
  if (event.exe !== text(truth.exe)) found.push(`${truth.kind}: ${event.exe} instead of ${text(truth.exe)}`);
  return found;
}

/** Room for the longest arguments of several in a row, whenever the tracer gets to run: they are cut where there is none. */
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
  const truths = value.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Truth);
  return truths.map((truth) => {
    const [event, ...more] = of(truth.pid) as LifeEvent[];
    expect([truth.kind, event !== undefined, more.length]).toEqual([truth.kind, true, 0]);
    return [truth, event!];
  });
}

describe("each of some hundred lives", () => {
  const all = lives(8);

  test("what it used", async () => {
    const pairs = await all;
    expect(new Set(pairs.map(([{ kind }]) => kind)).size).toBeGreaterThan(40);
    expect(pairs.flatMap(([truth, event]) => mistakes(truth, event))).toEqual([]);
    const disturbed = pairs.filter(([truth, event]) => Math.abs(cpuOf(event) - cpuOf(truth)) > cpuSlack(truth));
    expect(disturbed.length).toBeLessThanOrEqual(pairs.length * DISTURBED_PART);
  });

  test("how its time divides into the user's and the system's", async () => {
    for (const [{ kind }, { cpu_user_ns, cpu_system_ns }] of await all) {
      const share = cpu_user_ns / (cpu_user_ns + cpu_system_ns);
      if (kind === "user" || kind === "long") expect(share).toBeGreaterThan(0.7);
      if (kind === "system") expect(share).toBeLessThan(0.3);
    }
  });

  test("its arguments, byte for byte", async () => {
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

/** The same processes, told to people and to spreadsheets. */
async function told(format: string[], kinds: string[]): Promise<{ stdout: string; truths: Truth[] }> {
  using folder = temporaryFolder();
  const tracer = await Tracer.start([...format, ...roomy]);
  const { stdout: said } = await runToEnd([fixture("lives"), "1", ...kinds], { cwd: folder.path });
  const { stdout } = await tracer.end();
  const truths = said
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Truth);
  return { stdout, truths };
}

const hostile = ["empty args", "lines", "broken text", "hostile exe", "args 100k", "title long"];

describe("a hostile command", () => {
  test("reaches no terminal raw", async () => {
    const { stdout, truths } = await told(["-C", "pid,args,exe"], hostile);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(stdout).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
    const [header, ...lines] = stdout.trimEnd().split("\n");
    expect(header).toMatch(/^ *PID +ARGS +EXE$/);
    const pids = lines.map((line) => Number(/^ *(\d+) /.exec(line)?.[1]));
    expect(pids).not.toContain(Number.NaN);
    for (const { pid } of truths) expect(pids).toContain(pid);
  });

  test("is one field of CSV, which a shell reads as the same arguments", async () => {
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

describe("whose command it is", () => {
  test("of a process that was there before us: its own", async () => {
    const before = Bun.spawn(["sleep", "60.25"]);
    const { of } = await watch(async () => {
      before.kill("SIGTERM");
      await before.exited;
    });
    expect(of(before.pid)).toMatchObject([{ args: ["sleep", "60.25"], args_truncated: false }]);
  });

  test("of one that forked and never executed anything: its parent's", async () => {
    const { events, value } = await watch(() => runToEnd(["sh", "-c", "(exit 9); exit 8"]));
    const own = events.filter(({ pid, ppid }) => pid === value.pid || ppid === value.pid);
    const args = ["sh", "-c", "(exit 9); exit 8"];
    expect(own.map(({ exit_code, args }) => [exit_code, args])).toEqual([
      [9, args],
      [8, args],
    ]);
  });

  test("of one whose exec failed: its parent's, too", async () => {
    const script = "(exec /nonexistent/program argument); exit 0";
    const { events, value } = await watch(() => runToEnd(["sh", "-c", script]));
    const [child] = events.filter(({ ppid }) => ppid === value.pid);
    expect(child).toMatchObject({ exit_code: 127, args: ["sh", "-c", script] });
  });
});
