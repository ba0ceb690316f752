/** `exitsnoop replay --summary`: sums of real exits, recorded. */
import { expect, test } from "bun:test";
import { lineValidator } from "../support/json-schema.ts";
import { record, setUpReplay } from "../support/live-recordings.ts";
import { parseSummaries, type SummaryRow } from "../support/live-summaries.ts";
import type { UsageEvent } from "../support/resource-usage.ts";
import { binary, parseEvents, runToEnd } from "../support/tracer.ts";

const BY = "comm,exe,args,parent,unit,container,user,code,killer";
/** Two tracers take the CPU time and the time of an exit one after the other. */
const CPU_SLACK_NS = 4_000_000;
const DURATION_SLACK_NS = 1_000_000;
const RSS_SLACK = 64 * 4096;
const sum = (numbers: number[]) => numbers.reduce((total, each) => total + each, 0);

/** The values that differ between two tracers of the same exits. */
const measured = /^(time|from|busy_ns|cpu_share|cpu_(user|system)_ns|max_rss_bytes|duration_.*)$/;

/** Returns the values that do not. */
const exact = (row: SummaryRow) => Object.fromEntries(Object.entries(row).filter(([key]) => !measured.test(key)));

/** Sorts rows by what does not differ, as those with as many exits are sorted by CPU time. */
const sorted = (rows: SummaryRow[]) =>
  rows.map((row) => ({ row, text: JSON.stringify(exact(row)) })).toSorted((a, b) => (a.text < b.text ? -1 : 1));

test.each(["comm", "code", "unit,user", "killer,comm", BY])("--by %s: the sums of a live summary", async (by) => {
  using set = await setUpReplay();
  const [recording, live] = await record(["-j", "-w"], ["-S", "-j", "--by", by]);
  set.write(recording!);
  const replayed = await set.replay(["-S", "-j", "--by", by, set.file]);
  expect(replayed).toMatchObject({ status: 0, stderr: expect.stringMatching(/^\d+ exits in [^\n]*, 0 lost\n$/) });
  const [own, others] = [replayed.stdout, live!].map((stdout) => sorted(parseSummaries({ stdout })[0]!));
  expect(own!.map(({ text }) => text)).toEqual(others!.map(({ text }) => text));
  for (const [i, { row }] of own!.entries()) {
    const other = others![i]!.row;
    const cpu = (each: SummaryRow) => each.cpu_user_ns + each.cpu_system_ns;
    expect(Math.abs(cpu(row) - cpu(other))).toBeLessThan(row.exits * CPU_SLACK_NS);
    expect(Math.abs(row.duration_max_ns! - other.duration_max_ns!)).toBeLessThan(DURATION_SLACK_NS);
    expect(Math.abs((row.max_rss_bytes ?? 0) - (other.max_rss_bytes ?? 0))).toBeLessThanOrEqual(RSS_SLACK);
    expect([row.busy_ns, row.cpu_share]).toEqual([null, null]);
  }
});

test("sums of a recording: those of its lines, and of the exits that filters select", async () => {
  using set = await setUpReplay();
  const [recording] = await record(["-j", "-w"]);
  set.write(recording!);
  const events = parseEvents(recording!).events as (UsageEvent & { time: string })[];
  for (const [options, chosen] of [
    [[], events],
    [["-x"], events.filter(({ exit_code, signal }) => exit_code || signal)],
    [["-n", "sh"], events.filter(({ comm }) => comm === "sh")],
  ] as const) {
    const { stdout } = await set.replay(["-S", "-j", ...options, set.file]);
    const total = parseSummaries({ stdout })[0]!.at(-1)!;
    const times = chosen.map(({ time }) => time).toSorted();
    expect(chosen.length).toBeGreaterThan(1);
    expect(total).toMatchObject({
      exits: chosen.length,
      failed: chosen.filter(({ exit_code }) => exit_code).length,
      killed: chosen.filter(({ signal }) => signal).length,
      cpu_user_ns: sum(chosen.map(({ cpu_user_ns }) => cpu_user_ns)),
      cpu_system_ns: sum(chosen.map(({ cpu_system_ns }) => cpu_system_ns)),
      max_rss_bytes: Math.max(...chosen.map(({ max_rss_bytes }) => max_rss_bytes ?? 0)),
      duration_max_ns: Math.max(...chosen.map(({ duration_ns }) => duration_ns)),
      from: times[0],
      time: times.at(-1),
    });
  }
});

test("--interval: every exit is in one summary, and rows match the printed schema", async () => {
  using set = await setUpReplay();
  const violations = lineValidator(JSON.parse((await runToEnd([binary, "schema"])).stdout));
  const [recording] = await record(["-j", "-w"]);
  set.write(recording!);
  const { stdout } = await set.replay(["-S", "-j", "-w", "--by", BY, "--interval", "20ms", set.file]);
  const summaries = parseSummaries({ stdout });
  expect(summaries.length).toBeGreaterThan(1);
  const { events } = parseEvents(recording!);
  expect(sum(summaries.map((rows) => rows.at(-1)!.exits))).toBe(events.length);
  expect(stdout.trimEnd().split("\n").flatMap(violations)).toEqual([]);
});

test("tables and CSV: their header, a table for each interval, and no share", async () => {
  using set = await setUpReplay();
  const [recording] = await record(["-j", "-w"]);
  set.write(recording!);
  const table = await set.replay(["-S", "--time", "utc", set.file]);
  expect(table.stdout).toMatch(/^\d\d:\d\d:\d\d: the last [\d.]+m?s\n +EXITS FAILED KILLED .*\n/);
  expect(table.stdout.trimEnd().split("\n").at(-1)).toMatch(/ \(total\)$/);
  const csv = await set.replay(["-S", "--csv", "--interval", "20ms", set.file]);
  expect(csv.stdout.split("\n").filter((line) => line.startsWith("time,from,row,complete,comm,exits,"))).toHaveLength(
    1,
  );
  expect((await set.replay(["-S", "-n", "nothing-has-this-name", set.file])).stdout).toBe("");
});

test("a stream that SIGINT ends: the sums so far", async () => {
  using set = await setUpReplay();
  const [recording] = await record(["-j", "-w"]);
  const first = recording!.split("\n").slice(0, 3).join("\n");
  const child = Bun.spawn([set.copy.binary, "replay", "-S", "-j", "-"], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "ignore",
  });
  child.stdin.write(`${first}\n`);
  await child.stdin.flush();
  await Bun.sleep(1000);
  child.kill("SIGINT");
  expect(await child.exited).toBe(0);
  expect(parseSummaries({ stdout: await child.stdout.text() })[0]!.at(-1)!.exits).toBe(3);
});

test.each([[["--csv"]], [["-j"]], [["-j", "--interval", "10ms"]]])(
  "a full disk with %p: ends with 1",
  async (options) => {
    using set = await setUpReplay();
    const [recording] = await record(["-j", "-w"]);
    set.write(recording!);
    const command = ["sh", "-c", '"$@" > /dev/full', "sh", set.copy.binary, "replay", "-S", ...options, set.file];
    const { status, stderr } = await runToEnd(command);
    expect(status).toBe(1);
    expect(stderr).toContain("cannot write to standard output: no space left on device");
    expect(stderr).toContain("exitsnoop: standard output had no room for a summary, which ends the replay\n");
    expect(stderr).toMatch(/^0 exits in .*\d+ lost$/m);
  },
);
