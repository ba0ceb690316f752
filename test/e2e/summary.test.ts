/** The sums of --summary agree with wait4(2), and with a recording of the same exits. */
import { describe, expect, test } from "bun:test";
import { Cgroup, v2 } from "../support/cgroups.ts";
import { lineValidator } from "../support/json-schema.ts";
import { parseSummaries } from "../support/live-summaries.ts";
import { readExpected, type UsageEvent } from "../support/resource-usage.ts";
import { Terminal } from "../support/terminal.ts";
import { binary, fixture, parseClosingLine, runToEnd, shell, temporaryFolder, Tracer } from "../support/tracer.ts";

/** The estimate of the CPU time since the last tick may be wrong by a tick for each process. */
const CPU_SLACK_NS = 4_000_000;
const RSS_SLACK = 64 * 4096;
/** Two tracers take the time of an exit one after the other. */
const DURATION_SLACK_NS = 1_000_000;
const sum = (numbers: number[]) => numbers.reduce((total, each) => total + each, 0);

test("sums of the children of a process: those of wait4(2), and those of a recording", async () => {
  using folder = temporaryFolder();
  const [live, recorder] = await Promise.all([
    Tracer.start(["-S", "-j", "--by", "parent", "--ring-size", "8M"]),
    Tracer.start(["-j", "-w", "--ring-size", "8M"]),
  ]);
  const { stdout, stderr, status, pid } = await runToEnd([fixture("resource-usage"), "2"], { cwd: folder.path });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  const [summary, recording] = await Promise.all([live.end(), recorder.end()]);
  expect([summary, recording].map(({ stderr: text }) => parseClosingLine(text).lost)).toEqual([0, 0]);
  const rows = parseSummaries(summary)[0]!;
  const row = rows.find(({ ppid }) => ppid === pid)!;

  const expected = readExpected(stdout);
  expect(expected.length).toBeGreaterThan(80);
  const killed = expected.filter((each) => (each.status & 0x7f) !== 0).length;
  expect(killed).toBeGreaterThan(2);
  expect(row).toMatchObject({ exits: expected.length, killed, parent_comm: "resource-usage", complete: true });
  const cpu = row.cpu_user_ns + row.cpu_system_ns;
  expect(cpu).toBeGreaterThanOrEqual(sum(expected.map((each) => each.min_cpu_ns)));
  const most = 1000 * sum(expected.map((each) => each.max_cpu_us)) + expected.length * CPU_SLACK_NS;
  expect(cpu).toBeLessThanOrEqual(most);
  const rss = 1024 * Math.max(...expected.map((each) => each.max_rss_kb));
  expect(Math.abs(row.max_rss_bytes! - rss)).toBeLessThanOrEqual(RSS_SLACK);

  const events = recording.events.filter(({ ppid }) => ppid === pid) as UsageEvent[];
  const durations = events.map((event) => event.duration_ns).toSorted((a, b) => a - b);
  expect(row.exits).toBe(events.length);
  expect(row.failed).toBe(events.filter((event) => event.exit_code).length);
  expect(row.killed).toBe(events.filter((event) => event.signal).length);
  expect(Math.abs(row.duration_max_ns! - durations.at(-1)!)).toBeLessThan(DURATION_SLACK_NS);
  const median = durations[Math.ceil(durations.length / 2) - 1]!;
  expect(Math.abs(row.duration_median_ns! - median)).toBeLessThan(median / 16 + DURATION_SLACK_NS);
  const recorded = sum(events.map((event) => event.cpu_user_ns + event.cpu_system_ns));
  expect(Math.abs(cpu - recorded)).toBeLessThan(events.length * CPU_SLACK_NS);

  const total = rows.at(-1)!;
  for (const key of ["exits", "failed", "killed", "cpu_user_ns", "cpu_system_ns"] as const) {
    expect(sum(rows.slice(0, -1).map((each) => each[key]))).toBe(total[key]);
  }
  expect(total.exits).toBe(parseClosingLine(summary.stderr).seen);
});

test("-- COMMAND: one process with known CPU time is that share of the machine's busy time", async () => {
  using folder = temporaryFolder();
  const file = `${folder.path}/summary`;
  const burn = "i=0; while [ $i -lt 300000 ]; do i=$((i + 1)); done; times";
  const command = [binary, "-q", "-S", "-j", "-o", file, "--", "bash", "-c", burn];
  const before = performance.now();
  const { status, stdout } = await runToEnd(command);
  const elapsedNs = 1e6 * (performance.now() - before);
  expect(status).toBe(0);
  const [row] = parseSummaries({ stdout: await Bun.file(file).text() })[0]!;
  expect(row).toMatchObject({ comm: "bash", exits: 1, failed: 0 });
  const cpu = row!.cpu_user_ns + row!.cpu_system_ns;
  const [, ...times] = /^0m([\d.]+)s 0m([\d.]+)s/.exec(stdout)!;
  expect(Math.abs(cpu - 1e9 * sum(times.map(Number)))).toBeLessThan(50_000_000);
  expect(row!.busy_ns).toBeGreaterThan(0.7 * cpu);
  expect(row!.busy_ns).toBeLessThan((elapsedNs + 1e9) * navigator.hardwareConcurrency);
  expect(row!.cpu_share).toBeCloseTo(cpu / row!.busy_ns!, 5);
});

describe("SIGUSR1:", () => {
  test("prints the sums so far, and the trace goes on", async () => {
    const tracer = await Tracer.start(["-S", "-j", "--by", "code", "-n", "sh"]);
    await runToEnd(shell("exit 71"));
    tracer.process.kill("SIGUSR1");
    await Bun.sleep(500);
    await runToEnd(shell("exit 71"));
    await runToEnd(shell("exit 72"));
    const summaries = parseSummaries(await tracer.end()).map((rows) =>
      rows
        .filter(({ exit_code }) => exit_code === 71 || exit_code === 72)
        .map(({ exit_code, exits }) => [exit_code, exits]),
    );
    expect(summaries).toEqual([
      [[71, 1]],
      [
        [71, 2],
        [72, 1],
      ],
    ]);
  });

  test("without --summary: is ignored", async () => {
    const tracer = await Tracer.start(["-j", "-p", String(process.pid)]);
    for (let i = 0; i < 3; i++) {
      tracer.process.kill("SIGUSR1");
      await Bun.sleep(50);
    }
    expect(await tracer.end()).toMatchObject({ status: 0, stdout: "" });
  });

  test("SIGUSR1 with a COMMAND: is forwarded to it, and prints nothing", async () => {
    using folder = temporaryFolder();
    const file = `${folder.path}/summary`;
    const script = "trap 'echo got; exit 5' USR1; echo ready; while :; do sleep 0.05; done";
    const tracer = Bun.spawn([binary, "-S", "-j", "-o", file, "--", "sh", "-c", script], {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "ignore",
    });
    const output = tracer.stdout.getReader();
    let text = "";
    const readOn = async () => {
      const { value, done } = await output.read();
      text += new TextDecoder().decode(value);
      return !done;
    };
    while (!text.includes("ready")) await readOn();
    tracer.kill("SIGUSR1");
    while (await readOn());
    expect([await tracer.exited, text]).toEqual([5, "ready\ngot\n"]);
    expect(parseSummaries({ stdout: await Bun.file(file).text() }).length).toBe(1);
  });
});

test("--interval: summaries follow each other without a gap, and every exit is in one of them", async () => {
  const tracer = await Tracer.start(["-S", "-j", "--interval", "250ms"]);
  for (let i = 0; i < 12; i++) {
    await runToEnd([fixture("exit-statuses"), "burst", "100"]);
    await Bun.sleep(100);
  }
  const result = await tracer.end();
  const totals = parseSummaries(result).map((rows) => rows.at(-1)!);
  expect(totals.length).toBeGreaterThan(3);
  expect(sum(totals.map(({ exits }) => exits))).toBe(parseClosingLine(result.stderr).seen);
  expect(sum(totals.map(({ exits }) => exits))).toBeGreaterThanOrEqual(1200);
  const ms = (time: string) => Date.parse(time);
  totals.slice(1).forEach(({ from }, i) => expect(Math.abs(ms(from) - ms(totals[i]!.time))).toBeLessThan(20));
  for (const { from, time } of totals.slice(0, -1)) {
    expect(ms(time) - ms(from)).toBeGreaterThan(100);
    expect(ms(time) - ms(from)).toBeLessThan(1000);
  }
});

test.skipIf(!v2)("--by unit: the unit of the cgroup", async () => {
  using cgroup = new Cgroup(v2!, "/exitsnoop-summary.service");
  const tracer = await Tracer.start(["-S", "-j", "--by", "unit,code"]);
  await runToEnd(shell(`echo $$ > ${cgroup.processes}; exit 73`));
  const rows = parseSummaries(await tracer.end())[0]!;
  expect(rows.find(({ exit_code }) => exit_code === 73)).toMatchObject({ unit: "exitsnoop-summary.service", exits: 1 });
});

test("--by exe,args,killer,user,container: the values of the columns of the same names", async () => {
  const tracer = await Tracer.start(["-S", "-j", "--by", "exe,args,killer,user,container", "-n", "sleep"]);
  const child = Bun.spawn(["sleep", "61.25"]);
  child.kill("SIGTERM");
  await child.exited;
  const rows = parseSummaries(await tracer.end())[0]!;
  expect(rows.find(({ args }) => (args as string[] | null)?.[1] === "61.25")).toMatchObject({
    exe: expect.stringMatching(/\/(sleep|coreutils|busybox)$/),
    args: ["sleep", "61.25"],
    killed_by_kind: "process",
    killed_by_reason: "signal",
    uid: 0,
    user: "root",
    killed: 1,
  });
});

test("a terminal of 80 columns: the table fits, and the closing line follows", async () => {
  const command = [binary, "--color=never", "-S", "--", ...shell("for i in 1 2 3; do sh -c 'exit 3'; done; true")];
  const terminal = new Terminal(command, { cols: 80, env: { LC_ALL: "C.UTF-8" } });
  await terminal.end();
  await terminal.until(/ lost\r\n/);
  const lines = terminal.shown.split("\r\n").map((line) => line.trimEnd());
  const at = lines.findIndex((line) => line.startsWith("  EXITS"));
  expect(lines[at - 1]).toMatch(/^\d\d:\d\d:\d\d: the last [\d.]+m?s, CPUs busy for [\d.]+[um]?s$/);
  expect(lines[at]).toBe("  EXITS FAILED KILLED     CPU  BUSY%  MEDIAN     P99     MAX MAX_RSS COMM");
  expect(lines[at + 1]).toMatch(/^ {6}4 {6}3 {6}0 .* sh$/);
  expect(lines[at + 2]).toMatch(/^ {6}4 {6}3 {6}0 .* \(total\)$/);
  expect(lines[at + 3]).toMatch(/^4 exits in [\d.]+ s: 3 failed, 0 lost$/);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
});

test("a full disk: a message about the summary that could not be written", async () => {
  const tracer = await Tracer.start(["-S", "-o", "/dev/full"]);
  await runToEnd(shell("true"));
  const { status, stderr } = await tracer.end();
  expect(status).toBe(0);
  expect(stderr).toContain("cannot write to /dev/full: no space left on device");
  expect(stderr).toContain("exitsnoop: /dev/full had no room for the last summary\n");
  expect(stderr).toMatch(/^0 exits in [\d.]+ s, [1-9]\d* lost$/m);
});

test("--summary --json --wide: every row matches the schema that exitsnoop schema prints", async () => {
  const violations = lineValidator(JSON.parse((await runToEnd([binary, "schema"])).stdout));
  const tracer = await Tracer.start(["-S", "-j", "-w", "--by", "comm,exe,args,parent,unit,container,user,code,killer"]);
  await runToEnd([fixture("exit-statuses"), "burst", "20"]);
  await runToEnd(shell("sh -c 'kill -9 $$'; timeout 0.05 sleep 9; $(which printf) '\\377'"));
  const { stdout } = await tracer.end();
  const lines = stdout.trimEnd().split("\n");
  expect(lines.length).toBeGreaterThan(5);
  expect(lines.flatMap(violations)).toEqual([]);
});

test("CSV: one header, also with intervals, and the fields of the header in each row", async () => {
  const tracer = await Tracer.start(["-S", "--csv", "--interval", "200ms"]);
  await runToEnd(shell("true"));
  await Bun.sleep(500);
  const { stdout } = await tracer.end();
  const [header, ...rows] = stdout.trimEnd().split("\n");
  expect(header).toStartWith("time,from,row,complete,comm,exits,failed,killed,");
  expect(rows.filter((row) => row.includes(",total,")).length).toBeGreaterThan(1);
  for (const row of rows) expect(row.split(",").length).toBe(header!.split(",").length);
});
