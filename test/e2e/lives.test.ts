/** What it was and what it used: as wait4() said it to its parent, and as /proc showed it just before the end. */
import { describe, expect, test } from "bun:test";
import { type WideEvent, watch } from "./cgroups.ts";
import { fixture, runToEnd, temporaryFolder } from "./tracer.ts";

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
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(0, at);
    pieces.push(bytes.subarray(at, end < 0 ? bytes.length : end).toString("utf8"));
    at = end < 0 ? bytes.length : end + 1;
  }
  return pieces;
}

/** What is wrong with the record of this death; nothing is. */
function mistakes(truth: Truth, event: LifeEvent): string[] {
  const found: string[] = [];
  const near = (what: string, ours: number, right: number, slack: number) => {
    if (Math.abs(ours - right) > slack) found.push(`${truth.kind}: ${what} is ${ours} instead of ${right}`);
  };
  const cpu = (truth.user_us + truth.system_us) * 1000;
  near("CPU", event.cpu_user_ns + event.cpu_system_ns, cpu, Math.max(CPU_SLACK_NS, cpu * CPU_SLACK_PART));
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
