/** Reports on a real COMMAND, compared with wait4(2) and with a recording of the same run. */
import { afterEach, describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { lineValidator } from "../support/json-schema.ts";
import { binary, fixture, parseEvents, runToEnd, shell, temporaryFolder, Tracer } from "../support/tracer.ts";

/** The estimate of the CPU time since the last tick may be wrong by a tick for each process. */
const CPU_SLACK_NS = 4_000_000;
const RSS_SLACK = 64 * 4096;

/** Processes that the tests left running, to be ended by pid. */
const daemons: number[] = [];
afterEach(() => {
  for (const pid of daemons.splice(0)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // it has ended
    }
  }
});

/**
 * Prints the pids of a process that is killed, of the one that kills it, and of one that is left
 * running. Two failures are swallowed, one of them by a shell below.
 */
const script = String.raw`
  sh -c 'exit 3' first || true
  sh -c 'sh -c "exit 7" second; exit 0'
  sleep 30 & victim=$!
  until read -r comm < /proc/$victim/comm && [ "$comm" = sleep ]; do :; done
  sh -c 'echo $$; kill -9 "$1"' killer $victim
  wait $victim 2> /dev/null
  echo $victim
  i=0; while [ $i -lt 200000 ]; do i=$((i + 1)); done
  sleep 20 > /dev/null 2>&1 < /dev/null & echo $!
  until read -r comm < /proc/$!/comm && [ "$comm" = sleep ]; do :; done
`;

interface Process {
  pid: number;
  comm: string;
  command: string;
  exit_code: number | null;
  signal: string | null;
  killed_by: { pid: number; comm: string } | null;
  cpu_user_ns: number;
  cpu_system_ns: number;
}
interface Failure {
  depth: number;
  count: number;
  failed: boolean;
  swallowed: boolean;
  process: Process;
}
interface ReportLine {
  status: number;
  exit_code: number | null;
  signal: string | null;
  exits: number;
  failed: number;
  killed: number;
  swallowed: number;
  lost: number;
  cpu_user_ns: number;
  cpu_system_ns: number;
  max_rss_bytes: number;
  left_running: number;
  running: { pid: number; comm: string; command: string }[];
  fail_on: object[];
  failures: Failure[];
  failures_left_out: number;
  slowest: Process[];
}

/** Runs a COMMAND below a report in JSON. */
async function reportOf(command: string[], options: string[] = [], via: string[] = []) {
  using folder = temporaryFolder();
  const file = `${folder.path}/report`;
  const line = [binary, "report", "--report-format", "json", "-o", file, ...options, "--", ...command];
  const { stdout, stderr, status } = await runToEnd([...via, ...line]);
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  return { stdout, stderr, status, text, report: (text && JSON.parse(text)) as ReportLine };
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);

describe("exitsnoop report:", () => {
  test("failures that are swallowed, a process killed by another, and one left running: all are named, with wait4's sums", async () => {
    using folder = temporaryFolder();
    const recording = `${folder.path}/exits.jsonl`;
    const command = [fixture("wait-usage"), ...shell(script)];
    const via = [binary, "-j", "-w", "--no-wait", "-o", recording, "--"];
    const { stdout, status, report, text } = await reportOf(command, [], via);
    const [killer, victim, daemon, usage] = stdout.trimEnd().split("\n");
    daemons.push(Number(daemon));
    expect(status).toBe(0);

    const tree = report.failures.map(({ depth, swallowed, process }) => [
      depth,
      process.command.replace(script, "SCRIPT").slice(0, 30),
      process.exit_code ?? process.signal,
      swallowed,
    ]);
    expect(tree.slice(2).toSorted()).toEqual([
      [2, "sh -c 'exit 3' first", 3, true],
      [2, `sh -c 'sh -c "exit 7" second; e`.slice(0, 30), 0, false],
      [2, "sleep 30", "SIGKILL", true],
      [3, "sh -c 'exit 7' second", 7, true],
    ]);
    expect(tree.slice(0, 2).map(([depth, , code]) => [depth, code])).toEqual([
      [0, 0],
      [1, 0],
    ]);
    const killed = report.failures.find(({ process }) => process.signal)!.process;
    expect(killed.pid).toBe(Number(victim));
    expect(killed.killed_by).toMatchObject({ pid: Number(killer), comm: "sh" });
    expect(report).toMatchObject({ failed: 2, killed: 1, swallowed: 3, lost: 0, left_running: 1 });
    expect(report.running).toEqual([{ pid: Number(daemon), comm: "sleep", command: "sleep 20" }]);

    // what wait4() returns for all that the fixture waited for, without the fixture itself
    const [kilobytes, userUs, systemUs] = usage!.split(" ").map(Number);
    const own = report.slowest.find(({ comm }) => comm === "wait-usage")!;
    const cpu = report.cpu_user_ns + report.cpu_system_ns - own.cpu_user_ns - own.cpu_system_ns;
    expect(Math.abs(cpu - 1000 * (userUs! + systemUs!))).toBeLessThan(report.exits * CPU_SLACK_NS);
    expect(Math.abs(report.max_rss_bytes - 1024 * kilobytes!)).toBeLessThanOrEqual(RSS_SLACK);

    const events = parseEvents(readFileSync(recording, "utf8")).events;
    const traced = events.filter(({ comm }) => !/^(exitsnoop|snoop-)/.test(comm));
    expect(report.exits).toBe(traced.length);
    expect(report.failed).toBe(traced.filter(({ exit_code }) => exit_code).length);

    const { stdout: schema } = await runToEnd([binary, "schema"]);
    expect(lineValidator(JSON.parse(schema))(text)).toEqual([]);
  });

  test("2000 different failures: 1000 are kept, the others are counted, and equal ones are one", async () => {
    const loop = "i=0; while [ $i -lt 2000 ]; do i=$((i + 1)); (exit 1); sh -c 'exit 2' $i; done; exit 0";
    const { report, status } = await reportOf(shell(loop));
    expect(status).toBe(0);
    const kept = report.failures.filter(({ failed }) => failed);
    expect(report).toMatchObject({ exits: 4001, failed: 4000, lost: 0 });
    expect(kept).toHaveLength(1000);
    expect(sum(kept.map(({ count }) => count)) + report.failures_left_out).toBe(4000);
    expect(kept[0]!.count).toBeGreaterThan(900);
  });

  test("a daemon that ends within half a second: is not left running; --no-wait takes it as such", async () => {
    const leaves = (seconds: string) => shell(`sleep ${seconds} > /dev/null 2>&1 < /dev/null & echo $!`);
    expect((await reportOf(leaves("0.1"))).report).toMatchObject({ left_running: 0, exits: 2 });
    const { report, stdout } = await reportOf(leaves("20"), ["--no-wait"]);
    daemons.push(Number(stdout));
    expect(report).toMatchObject({ left_running: 1, exits: 1 });
  });
});

describe("exitsnoop report, the exit status:", () => {
  const leaves = "sleep 20 > /dev/null 2>&1 < /dev/null & echo $!";
  const killsOne = "sh -c 'kill -TERM $$'";

  test.each<[string, string[], string, number]>([
    ["COMMAND's", [], "exit 5", 5],
    ["that of a signal", [], "kill -KILL $$", 137],
    ["COMMAND's, for an event that did not occur", ["--fail-on", "oom,core,orphans"], `${killsOne}; exit 4`, 4],
    ["3 for --fail-on signal", ["--fail-on", "signal"], `${killsOne}; exit 0`, 3],
    ["3 for --fail-on orphans", ["--fail-on", "orphans"], `${leaves}; exit 0`, 3],
    ["3 for one of two events", ["--fail-on", "core,signal"], `${killsOne}; exit 1`, 3],
  ])("%s", async (_, options, code, expected) => {
    const { status, report, stdout } = await reportOf(shell(code), options);
    if (stdout) daemons.push(Number(stdout));
    expect(status).toBe(expected);
    expect(report.status).toBe(expected);
    expect(report.fail_on).toHaveLength(expected === 3 ? 1 : 0);
  });

  test("127 and no report, if there is no such program", async () => {
    const { status, text, stderr } = await reportOf(["./no-such-program"]);
    expect({ status, text }).toEqual({ status: 127, text: "" });
    expect(stderr).toContain("cannot be run");
  });

  test("that of COMMAND after SIGTERM to exitsnoop, which is passed on", async () => {
    using folder = temporaryFolder();
    const [file, started] = [`${folder.path}/report.txt`, `${folder.path}/started`];
    const command = ["sh", "-c", 'touch "$0"; exec sleep 30', started];
    const tracer = await Tracer.start(["report", "--report-format", "text", "-o", file, "--", ...command]);
    while (!existsSync(started)) await Bun.sleep(10);
    expect((await tracer.end("SIGTERM")).status).toBe(143);
    expect(readFileSync(file, "utf8")).toMatch(/^Report: sh -c [^\n]+ ended after [\d.]+m?s with SIGTERM\n/);
  });
});
