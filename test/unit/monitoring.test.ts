/** The alert rules and the dashboard: they name metrics that the exporter has. */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { Counters } from "../../src/export/counters.ts";
import { ExitMetrics } from "../../src/export/prometheus/exit-metrics.ts";
import { ownFamilies } from "../../src/export/prometheus/own-metrics.ts";

const read = (name: string) => readFileSync(`${import.meta.dir}/../../${name}`, "utf8");
const rules = read("monitoring/exitsnoop.rules.yaml");
const dashboard = read("monitoring/grafana-dashboard.json");

/** The names of the series, with the endings of their types. */
const known = new Set([
  "exitsnoop_export_failed_requests_total",
  ...[...new ExitMetrics().families, ...ownFamilies(new Counters(), { version: "1" })].flatMap(({ name, type }) =>
    type === "counter"
      ? [`${name}_total`]
      : type === "histogram"
        ? ["_bucket", "_count", "_sum"].map((end) => name + end)
        : [name],
  ),
]);

const namesIn = (text: string) => text.match(/\b(exitsnoop|process)_[a-z_]+/g) ?? [];

describe("monitoring/:", () => {
  test.each([
    ["exitsnoop.rules.yaml", rules],
    ["grafana-dashboard.json", dashboard],
  ])("%s: has only metrics of the exporter", (_, text) => {
    expect(namesIn(text).filter((name) => !known.has(name))).toEqual([]);
  });

  test("docs/export.md: has each metric of exits, and no other one", () => {
    const text = read("docs/export.md");
    const named = new Set(namesIn(text).filter((name) => name !== "exitsnoop_exits"));
    const missing = [...known]
      .map((name) => name.replace(/_(bucket|count|sum)$/, ""))
      .filter((name) => !named.has(name));
    const unknown = [...named].filter((name) => !known.has(name) && !known.has(`${name}_sum`));
    expect([missing, unknown]).toEqual([[], []]);
  });

  test("the rules: each recorded series is used, and each one used is recorded", () => {
    const recorded = [...rules.matchAll(/record: (\S+)/g)].map(([, name]) => name!);
    const used = [...rules.matchAll(/expr: (exitsnoop:\S+?)[ {]/g)].map(([, name]) => name!);
    expect([...new Set(used)].toSorted()).toEqual(recorded.toSorted());
  });

  test("the rules: each alert has a severity, a sentence, and a test", () => {
    const alerts = [...rules.matchAll(/alert: (\S+)\n([^]*?)(?=\n\n|$)/g)];
    const tests = read("monitoring/exitsnoop.rules_test.yaml");
    expect(alerts.length).toBeGreaterThan(5);
    for (const [, name, text] of alerts) {
      expect(text).toMatch(/severity: (info|warning|critical)[^]*summary: [^]*description: /);
      expect(tests).toContain(`alertname: ${name}`);
    }
  });

  test("the dashboard: is JSON whose panels do not overlap", () => {
    const { panels } = JSON.parse(dashboard) as {
      panels: { id: number; gridPos: { x: number; y: number; w: number; h: number } }[];
    };
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)} ${y + Math.floor(i / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  });
});
