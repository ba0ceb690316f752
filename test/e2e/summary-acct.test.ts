/** The sums of --summary agree with those of BSD process accounting. */
import { expect, test } from "bun:test";
import { accounted } from "../support/acct.ts";
import { parseSummaries } from "../support/live-summaries.ts";
import { fixture, runToEnd, temporaryFolder, Tracer } from "../support/tracer.ts";

/** acct(2) counts the ticks at which a process runs; a process that runs between two has none. */
const SAMPLING_ERROR = 0.25;
const TICK_NS = 10_000_000;

test("sums by name: exits, failures and deaths by signal equal those of acct(2), CPU time is near", async () => {
  using folder = temporaryFolder();
  const tracer = await Tracer.start(["-S", "-j", "--by", "parent,comm", "--ring-size", "8M"]);
  const result = await accounted(() => runToEnd([fixture("resource-usage"), "2"], { cwd: folder.path }));
  const summary = await tracer.end();
  if (!result) return console.warn("skipped: no process accounting here");
  const { value, records } = result;
  expect(value.status).toBe(0);
  const children = records.filter(({ ppid }) => ppid === value.pid);
  expect(children.length).toBeGreaterThan(80);
  const byName = Map.groupBy(children, ({ comm }) => comm);
  const rows = parseSummaries(summary)[0]!.filter(({ ppid }) => ppid === value.pid);
  expect(rows.map(({ comm }) => comm as string).toSorted()).toEqual([...byName.keys()].toSorted());
  for (const row of rows) {
    const all = byName.get(row.comm as string)!;
    const killed = all.filter(({ status }) => (status & 0x7f) !== 0).length;
    const failed = all.filter(({ status }) => (status & 0x7f) === 0 && status !== 0).length;
    expect(row).toMatchObject({ exits: all.length, failed, killed });
  }
  const cpu = rows.reduce((sum, row) => sum + row.cpu_user_ns + row.cpu_system_ns, 0);
  const sampled = children.reduce((sum, { cpuNs }) => sum + cpuNs, 0);
  expect(Math.abs(cpu - sampled)).toBeLessThan(SAMPLING_ERROR * cpu + children.length * TICK_NS);
});
