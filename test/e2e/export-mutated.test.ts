/** `exitsnoop export` and a hostile writer: ten thousand damaged lines, through every sink. */
import { expect, test } from "bun:test";
import { Counters } from "../../src/export/counters.ts";
import { LineReader } from "../../src/export/line-reader.ts";
import { Exporter, lines, seriesOf } from "../support/metrics-exporter.ts";
import { formatOf } from "../support/fake-host.ts";
import { mutatedLines } from "../support/mutated-lines.ts";
import { OtlpServer } from "../support/otlp-server.ts";
import { fakeExits, textOfExits } from "../support/recordings.ts";
import { temporaryFolder } from "../support/tracer.ts";
import { writeFileSync } from "node:fs";

const LINES = 10_000;
const MAX_RSS = 300 * 1024 * 1024;
const MAX_STDERR = 4096;
/** A line of metrics: a comment, or a series with a number. */
const METRIC = /^(# (TYPE|HELP|UNIT) .*|[a-z_]+(\{([a-z_]+="([^"\\]|\\["\\])*",?)+\})? (-?[0-9.e+-]+|NaN|[+-]Inf))$/;

/** Counts what the events and lines should be, with the exporter's own reader. */
function expected(bytes: Buffer): Counters {
  const counters = new Counters();
  const reader = new LineReader("standard input", counters);
  reader.read(bytes, () => {});
  reader.finish(() => {});
  return counters;
}

test.each([1, 2, 3])("export, mutated lines (seed %i): nothing crashes, and each line is counted", async (seed) => {
  const good = textOfExits(formatOf("-j -w"), fakeExits(400, seed)).trimEnd().split("\n");
  const bytes = mutatedLines(good, LINES, seed);
  const counters = expected(bytes);
  // the mutations leave some lines as they should be, and break many
  expect(counters.events).toBeGreaterThan(1000);
  expect(counters.leftOut.lines).toBeGreaterThan(1000);
  expect(counters.events + counters.leftOut.lines).toBeGreaterThanOrEqual(LINES - 500);

  using folder = temporaryFolder();
  const file = `${folder.path}/exits.jsonl`;
  writeFileSync(file, bytes);
  await using server = new OtlpServer();
  await using exporter = await Exporter.start(["--otlp", server.url, "--args", "--redact", "(a+)+b", file]);
  const sent = 'exitsnoop_export_sent_records_total{sink="otlp"}';
  await exporter.until('exitsnoop_export_sent_records_total{sink="prometheus"}', counters.events);
  await exporter.until(sent, counters.events);
  const text = await exporter.metrics();
  const broken = text
    .trimEnd()
    .split("\n")
    .filter((line) => !METRIC.test(line));
  expect(broken).toEqual([]);
  const series = seriesOf(text);
  const outcomes = [...series].filter(([name]) => name.startsWith("exitsnoop_exits_total"));
  const suppressed = series.get("exitsnoop_suppressed_exits_total")!;
  expect(outcomes.reduce((sum, [, value]) => sum + value, 0) - suppressed).toBe(counters.exits);
  expect(series.get("process_resident_memory_bytes")).toBeLessThan(MAX_RSS);
  expect(server.taken).toHaveLength(counters.events);

  // the exporter reads on: later lines, which are sound, are exported
  writeFileSync(file, `\n${lines(1, 100)}`, { flag: "a" });
  await exporter.until(sent, counters.events + 100);
  const { status, stderr } = await exporter.stop();
  expect(status).toBe(0);
  expect(stderr.length).toBeLessThan(MAX_STDERR);
  expect(stderr).not.toMatch(/[\0-\x09\x0b-\x1f\x7f]/);
  expect(stderr).toMatch(/ exits in .*prometheus: \d+ sent, 0 dropped/);
});
