/** Lives of test/fixtures/lives.c, and what a record must say of each. */
import type { WideEvent } from "./cgroups.ts";

/** What test/fixtures/lives.c prints of a death: rusage, and its own last words. */
export interface Truth {
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

export interface LifeEvent extends WideEvent {
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
const CPU_SLACK_PART = 0.03;
const RSS_SLACK = 64 * 4096;
const COUNT_SLACK = 9;
/** The end itself takes as many switches and faults as it has threads that must be woken to die. */
const countSlack = (threads: number) => COUNT_SLACK + (threads > 1 ? 2 * threads : 0);

const text = (hex: string) => Buffer.from(hex, "hex").toString("utf8");

/** /proc/PID/cmdline as arguments; a NUL ends each. */
export function argumentsOf(hex: string): string[] {
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

/** Whether its CPU time is not as near as it should be. */
export function isDisturbed(truth: Truth, event: LifeEvent): boolean {
  return Math.abs(cpuOf(event) - cpuOf(truth)) > cpuSlack(truth);
}

/** What it said on stdout. */
export function readTruths(stdout: string): Truth[] {
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Truth);
}

/** What is wrong with the record of this death; nothing is. */
export function mistakes(truth: Truth, event: LifeEvent): string[] {
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
