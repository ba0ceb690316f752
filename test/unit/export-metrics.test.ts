/** The metrics of exits: series, their bounds, and their text. */
import { describe, expect, test } from "bun:test";
import { Counters } from "../../src/export/counters.ts";
import type { ExportedEvent } from "../../src/export/event.ts";
import { acceptedForm } from "../../src/export/prometheus/accept.ts";
import { BoundedCounter } from "../../src/export/prometheus/bounded-counter.ts";
import { ExitMetrics } from "../../src/export/prometheus/exit-metrics.ts";
import { Histogram } from "../../src/export/prometheus/histogram.ts";
import { type Family, labelsOf, render, type TextForm } from "../../src/export/prometheus/metric.ts";
import { ownFamilies } from "../../src/export/prometheus/own-metrics.ts";
import { hostileSample, lenientText } from "../support/hostile-text.ts";

/** Returns the values of the series that events make. */
function valuesOf(events: readonly object[], form: "plain" | "openmetrics" = "plain"): Map<string, number> {
  const metrics = new ExitMetrics();
  for (const event of events) metrics.add(event as ExportedEvent);
  const lines = render(metrics.families, form).trimEnd().split("\n");
  return new Map(
    lines
      .filter((line) => !line.startsWith("#"))
      .map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ")))]),
  );
}

const exit = (values: object) => ({ event: "exit", ...values });
const pod = { pod_namespace: "payments", pod_name: "api-1", container_name: "api", container_id: "a".repeat(64) };
const POD = 'namespace="payments",pod="api-1",container="api"';
const oomKill = { signal: "SIGKILL", exit_code: null, killed_by: { kind: "oom", reason: "oom_cgroup" } };

describe("ExitMetrics:", () => {
  test("without events: every series with known labels is 0, so that increase() sees the first event", () => {
    const values = valuesOf([]);
    for (const series of [
      'exitsnoop_exits_total{outcome="oom"}',
      'exitsnoop_exits_total{outcome="core"}',
      'exitsnoop_signal_deaths_total{signal="SIGSEGV"}',
      'exitsnoop_killed_total{reason="oom_machine"}',
      'exitsnoop_oom_kills_total{namespace="",pod="",container=""}',
      "exitsnoop_lost_exits_total",
      "exitsnoop_gaps_total",
    ])
      expect([series, values.get(series)]).toEqual([series, 0]);
    expect(values.has("exitsnoop_last_exit_timestamp_seconds")).toBe(false);
  });

  test("exits of all outcomes: each is in one series of exitsnoop_exits_total", () => {
    const values = valuesOf([
      exit({ exit_code: 0 }),
      exit({ exit_code: 1, duration_ns: 2e9, max_rss_bytes: 5e6, cpu_user_ns: 5e8 }),
      exit({ exit_code: null, signal: "SIGTERM", killed_by: null }),
      exit({ exit_code: null, signal: "SIGSEGV", core_dumped: true, killed_by: { kind: "kernel", reason: "fault" } }),
      exit(oomKill),
      exit({}),
    ]);
    const outcome = (name: string) => values.get(`exitsnoop_exits_total{outcome="${name}"}`);
    expect(["success", "failure", "signal", "core", "oom", "unknown"].map(outcome)).toEqual([1, 1, 1, 1, 1, 1]);
    expect(values.get('exitsnoop_signal_deaths_total{signal="SIGKILL"}')).toBe(1);
    expect(values.get('exitsnoop_killed_total{reason="fault"}')).toBe(1);
    expect(values.get('exitsnoop_killed_total{reason="unknown"}')).toBe(1);
    expect(values.get('exitsnoop_lifetime_seconds_bucket{le="1.0"}')).toBe(0);
    expect(values.get('exitsnoop_lifetime_seconds_bucket{le="10.0"}')).toBe(1);
    expect(values.get("exitsnoop_lifetime_seconds_sum")).toBe(2);
    expect(values.get('exitsnoop_cpu_seconds_total{mode="user"}')).toBe(0.5);
    expect(values.get("exitsnoop_max_rss_bytes_count")).toBe(1);
  });

  test("processes of a container: OOM kills and failures are counted by its names", () => {
    const values = valuesOf([
      exit({ ...pod, ...oomKill, pid: 1 }),
      exit({ ...pod, ...oomKill, pid: 2 }),
      exit({ ...pod, exit_code: 3, unit: "containerd.service" }),
      exit({ ...pod, exit_code: 0 }),
    ]);
    expect(values.get(`exitsnoop_oom_kills_total{${POD}}`)).toBe(2);
    expect(values.get(`exitsnoop_container_failures_total{${POD},outcome="failure"}`)).toBe(1);
    expect(values.get(`exitsnoop_container_failures_total{${POD},outcome="core"}`)).toBe(0);
    expect([...values.keys()].filter((series) => series.includes("containerd.service"))).toEqual([]);
  });

  test("a container without names: has its ids", () => {
    const values = valuesOf([exit({ ...oomKill, container_id: "b".repeat(64), pod_uid: "uid" })]);
    expect(values.get('exitsnoop_oom_kills_total{namespace="",pod="uid",container="bbbbbbbbbbbb"}')).toBe(1);
  });

  test("processes of a unit: are counted by it", () => {
    const values = valuesOf([
      exit({ unit: "nginx.service", ...oomKill }),
      exit({ unit: "nginx.service", exit_code: 1 }),
    ]);
    expect(values.get('exitsnoop_unit_failures_total{unit="nginx.service",outcome="oom"}')).toBe(1);
    expect(values.get('exitsnoop_unit_failures_total{unit="nginx.service",outcome="failure"}')).toBe(1);
    expect(values.get('exitsnoop_oom_kills_total{namespace="",pod="",container=""}')).toBe(1);
  });

  test("losses, storms and gaps: are counted", () => {
    const values = valuesOf([
      { event: "lost", count: 7 },
      { event: "lost", count: null },
      { event: "suppressed", count: 4213, ...pod, signal: "SIGSEGV", core_dumped: true, killed_by_reason: "fault" },
      { event: "gap", from: "2026-11-30T02:55:00.000000000Z", to: "2026-11-30T02:55:02.500000000Z" },
      { event: "gap", from: null },
    ]);
    expect(values.get("exitsnoop_lost_exits_total")).toBe(7);
    for (const series of [
      "exitsnoop_suppressed_exits_total",
      'exitsnoop_exits_total{outcome="core"}',
      'exitsnoop_killed_total{reason="fault"}',
      `exitsnoop_container_failures_total{${POD},outcome="core"}`,
    ])
      expect([series, values.get(series)]).toEqual([series, 4213]);
    expect(values.get("exitsnoop_gaps_total")).toBe(2);
    expect(values.get("exitsnoop_gap_seconds_total")).toBe(2.5);
  });

  test("a signal that no kernel has: is counted as other", () => {
    const values = valuesOf([exit({ signal: "SIGFOO" }), exit({ signal: "SIGRTMIN+3" })]);
    expect(values.get('exitsnoop_signal_deaths_total{signal="other"}')).toBe(2);
  });

  test("ten thousand pods: the number of series is bounded, and no failure is uncounted", () => {
    const values = valuesOf(
      Array.from({ length: 10_000 }, (_, i) => exit({ ...pod, ...oomKill, pod_name: `api-${i}`, unit: `u${i}` })),
    );
    expect(values.size).toBeLessThan(300);
    const kills = [...values].filter(([series]) => series.startsWith("exitsnoop_oom_kills_total"));
    expect(kills.reduce((sum, [, value]) => sum + value, 0)).toBe(10_000);
  });
});

describe("BoundedCounter:", () => {
  test("a group that is idle for an hour: makes room for a new one", () => {
    let now = 0;
    const counter = new BoundedCounter(["pod"], [], 2, () => now);
    const values = () => Object.fromEntries([...counter.samples()].map(({ labels, value }) => [labels, value]));
    counter.add(["a"]);
    now = 1_800_000;
    counter.add(["b"]);
    counter.add(["c"]);
    expect(values()).toEqual({ '{pod="a"}': 1, '{pod="b"}': 1, '{pod="other"}': 1 });
    now = 3_700_000;
    counter.add(["c"]);
    expect(values()).toEqual({ '{pod="b"}': 1, '{pod="c"}': 1, '{pod="other"}': 1 });
  });

  test("values that are cut to one text, or are `other` themselves: share a series", () => {
    const counter = new BoundedCounter(["pod"]);
    counter.add([`${"x".repeat(300)}1`]);
    counter.add([`${"x".repeat(300)}2`]);
    counter.add(["other"]);
    const samples = [...counter.samples()];
    expect(new Set(samples.map(({ labels }) => labels)).size).toBe(samples.length);
    expect(samples.map(({ value }) => value)).toEqual([2, 1]);
  });
});

describe("Histogram:", () => {
  test("a value on a bound: is in that bucket", () => {
    const histogram = new Histogram([1, 10]);
    for (const value of [0, 1, 1.5, 10, 11]) histogram.add(value);
    expect(histogram.samples().map(({ value }) => value)).toEqual([2, 4, 5, 5, 23.5]);
  });
});

describe("render():", () => {
  const families: Family[] = [
    { name: "a", type: "counter", help: "A.", samples: () => [{ labels: labelsOf({ b: 'c"\n\\' }), value: 1 }] },
    { name: "d_bytes", type: "gauge", unit: "bytes", help: "D.", samples: () => [{ labels: "", value: 2.5 }] },
  ];

  test("plain: counters are named with _total", () => {
    expect(render(families, "plain")).toBe(
      '# TYPE a_total counter\n# HELP a_total A.\na_total{b="c\\"\\\\n\\\\"} 1\n' +
        "# TYPE d_bytes gauge\n# HELP d_bytes D.\nd_bytes 2.5\n",
    );
  });

  test("OpenMetrics: families are named without _total, have units, and end with EOF", () => {
    const text = render(families, "openmetrics");
    expect(text).toContain("# TYPE a counter\n# HELP a A.\na_total{");
    expect(text).toContain("# TYPE d_bytes gauge\n# UNIT d_bytes bytes\n");
    expect(text).toEndWith("\n# EOF\n");
  });

  test("hostile text as a label: stays in its line and its quotes", () => {
    for (const bytes of hostileSample()) {
      const labels = labelsOf({ x: lenientText(bytes) });
      if (/^\{x="([^"\\]|\\["\\])*"\}$/.test(labels) && !/\p{Cc}/u.test(labels)) continue;
      expect(labels).toBe("a label in quotes, without control characters");
    }
  });

  test("all metrics: have distinct series in both forms", () => {
    const all = [...new ExitMetrics().families, ...ownFamilies(new Counters(), { version: "1" })];
    for (const form of ["plain", "openmetrics"] as const) {
      const series = render(all, form)
        .split("\n")
        .map((line) => line.replace(/ [^ ]*$/, ""));
      const samples = series.filter((line) => line && !line.startsWith("#"));
      expect(new Set(samples).size).toBe(samples.length);
    }
  });
});

test.each<[string, TextForm]>([
  ["", "plain"],
  ["*/*", "plain"],
  ["application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", "openmetrics"],
  ["application/openmetrics-text; version=0.0.1,text/plain;version=0.0.4;q=0.5", "openmetrics"],
  ["Text/Plain;version=0.0.4;q=0.6, Application/OpenMetrics-Text;version=1.0.0;q=0.5", "plain"],
  ["application/openmetrics-text;q=0, text/plain", "plain"],
  ["application/openmetrics-text;q=0", "plain"],
  ["application/openmetrics-text;q=x;;=,,", "openmetrics"],
])("Accept: %j gets the form %s", (accept, form) => {
  expect(acceptedForm(accept)).toBe(form);
});
