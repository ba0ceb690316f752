/** Compares the tracer's events with the usage that test/fixtures/resource-usage prints. */
import type { WideEvent } from "./cgroups.ts";

/** The fixture's output about a process: rusage, and the process's report before its end. */
export interface ExpectedUsage {
  kind: string;
  pid: number;
  status: number;
  /** The CPU time by the process's own clock in its report, which the kernel has accounted for. */
  min_cpu_ns: number;
  /** The CPU time by wait4(2), which includes the exit after the record; without children. */
  max_cpu_us: number;
  max_rss_kb: number;
  minor_faults: number;
  major_faults: number;
  voluntary_switches: number;
  involuntary_switches: number;
  /** Whether the process reported the values below. */
  has_report: boolean;
  threads: number;
  read_bytes: number;
  write_bytes: number;
  args: string;
  exe: string;
}

export interface UsageEvent extends WideEvent {
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

/**
 * The recorder estimates what the scheduler has not accounted for since the last tick: see
 * unaccounted_run.bpf.h. The estimate may be wrong by up to a tick, 4 ms at 250 Hz.
 */
const CPU_SLACK_NS = 4_000_000;
const RSS_SLACK = 64 * 4096;
const COUNT_SLACK = 9;
/** Threads preempt each other while they exit, after the record: 40 times among 8 were seen. */
const MAX_PREEMPTIONS = 64;
/** Each thread that is woken to exit adds switches and faults after the record. */
const countSlack = (threads: number) => COUNT_SLACK + (threads > 1 ? 2 * threads : 0);

const text = (hex: string) => Buffer.from(hex, "hex").toString("utf8");

/** Splits /proc/PID/cmdline, in hexadecimal, into arguments; a NUL ends each. */
export function argumentsOf(hex: string): string[] {
  const args: string[] = [];
  const bytes = Buffer.from(hex, "hex");
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(0, at);
    args.push(bytes.subarray(at, end < 0 ? bytes.length : end).toString("utf8"));
    at = end < 0 ? bytes.length : end + 1;
  }
  return args;
}

/** Reads the fixture's output. */
export function readExpected(stdout: string): ExpectedUsage[] {
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as ExpectedUsage);
}

/** How the record differs from the expected usage; empty if it does not. */
export function mistakes(expected: ExpectedUsage, event: UsageEvent): string[] {
  const found: string[] = [];
  const near = (field: string, actual: number, wanted: number, slack: number) => {
    if (Math.abs(actual - wanted) > slack) found.push(`${expected.kind}: ${field} is ${actual} instead of ${wanted}`);
  };
  const cpu = event.cpu_user_ns + event.cpu_system_ns;
  if (cpu < expected.min_cpu_ns || cpu > 1000 * expected.max_cpu_us + CPU_SLACK_NS) {
    found.push(`${expected.kind}: CPU is ${cpu} instead of ${expected.min_cpu_ns} to ${1000 * expected.max_cpu_us}`);
  }
  near("peak RSS", event.max_rss_bytes, expected.max_rss_kb * 1024, RSS_SLACK);
  const slack = countSlack(expected.threads);
  near("minor faults", event.minor_faults, expected.minor_faults, slack);
  near("major faults", event.major_faults, expected.major_faults, COUNT_SLACK);
  near("voluntary switches", event.voluntary_switches, expected.voluntary_switches, slack);
  // on a busy machine, a process may be preempted once a ms while it runs after the record
  const lateMs = Math.max(0, 1000 * expected.max_cpu_us - cpu) / 1e6;
  const preemptions = slack + lateMs + (expected.threads > 1 ? MAX_PREEMPTIONS : 0);
  near("involuntary switches", event.involuntary_switches, expected.involuntary_switches, preemptions);
  if (event.threads < 1 || event.threads > expected.threads) {
    found.push(`${expected.kind}: ${event.threads} threads of ${expected.threads}`);
  }
  if (!expected.has_report) return found;
  near("bytes read", event.read_bytes, expected.read_bytes, 0);
  near("bytes written", event.write_bytes, expected.write_bytes, 0);
  if (event.exe !== text(expected.exe)) found.push(`${expected.kind}: ${event.exe} instead of ${text(expected.exe)}`);
  return found;
}
