/**
 * `exitsnoop export --prometheus` with the real Prometheus: it scrapes the compiled binary in both
 * formats, and its alerts fire. promtool checks metrics, rules and the dashboard's queries.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { findPeer, Servers, until } from "../support/fleet/peers.ts";
import { startPrometheus } from "../support/fleet/stores.ts";
import { Exporter, lines, oomKill, seriesOf } from "../support/metrics-exporter.ts";
import { runToEnd, temporaryFolder } from "../support/tracer.ts";

const root = new URL("../..", import.meta.url).pathname;
const RULES = `${root}monitoring/exitsnoop.rules.yaml`;

const promtool = (...args: string[]) => runToEnd([...findPeer("promtool"), ...args], { cwd: `${root}monitoring` });
const pod = { pod_namespace: "payments", pod_name: "api-1", container_name: "api", container_id: "a".repeat(64) };
const hostilePod = {
  ...pod,
  pod_namespace: 'a"} 1\nevil 1\n',
  pod_name: "\u0000\\\u001b[31m\ud800",
  container_name: "\u202e",
};

describe("promtool:", () => {
  test("the metrics of a running exporter: no complaint", async () => {
    await using exporter = await Exporter.start([], lines(1, 10) + oomKill(pod) + oomKill(hostilePod));
    await exporter.until('exitsnoop_exits_total{outcome="oom"}', 2);
    const result = await runToEnd([...findPeer("promtool"), "check", "metrics"], { stdin: await exporter.metrics() });
    expect(result).toMatchObject({ status: 0, stdout: "", stderr: "" });
  });

  test("the alert rules: pass their own test", async () => {
    expect(await promtool("check", "rules", "exitsnoop.rules.yaml")).toMatchObject({ status: 0 });
    const { status, stdout, stderr } = await promtool("test", "rules", "exitsnoop.rules_test.yaml");
    expect([status, stdout + stderr]).toEqual([0, expect.stringContaining("SUCCESS")]);
  });

  test("the dashboard: each query is PromQL", async () => {
    using folder = temporaryFolder();
    const { panels } = JSON.parse(readFileSync(`${root}monitoring/grafana-dashboard.json`, "utf8")) as {
      panels: { targets: { expr: string }[] }[];
    };
    const variables: Record<string, string> = { __rate_interval: "5m", __range: "1h" };
    const rules = panels
      .flatMap(({ targets }) => targets)
      .map(({ expr }, i) => ({
        record: `query:${i}`,
        expr: expr.replace(/\$(\w+)/g, (_, name) => variables[name] ?? ".*"),
      }));
    const file = `${folder.path}/queries.yaml`;
    // JSON is YAML
    writeFileSync(file, JSON.stringify({ groups: [{ name: "dashboard", rules }] }));
    const { status, stderr } = await promtool("check", "rules", file);
    expect([status, stderr]).toEqual([0, ""]);
    expect(rules.length).toBeGreaterThan(15);
  });
});

describe("Prometheus:", () => {
  const servers = new Servers();
  let exporter: Exporter;
  let query: Awaited<ReturnType<typeof startPrometheus>>;

  /** Asks until the answer is as expected. */
  const answer = (promql: string, isExpected: (samples: Awaited<ReturnType<typeof query>>) => boolean) =>
    until(promql, 30, async () => {
      const samples = await query(promql);
      return isExpected(samples) && samples;
    });

  beforeAll(async () => {
    exporter = await Exporter.start([], lines(1, 100));
    query = await startPrometheus(servers, { targets: [`127.0.0.1:${exporter.port}`], rules: RULES });
  });
  afterAll(async () => {
    await exporter[Symbol.asyncDispose]();
    await servers[Symbol.asyncDispose]();
  });

  test("a scrape: has the counts of the exits, and known outcomes as 0", async () => {
    const found = await answer("exitsnoop_exits_total", (samples) => samples.length > 0);
    expect(Object.fromEntries(found.map(({ metric, value }) => [metric.outcome, value]))).toEqual({
      success: 100,
      failure: 0,
      signal: 0,
      core: 0,
      oom: 0,
      unknown: 0,
    });
    expect(servers.log("prometheus")).toBe("");
  });

  test("an OOM kill in a pod without earlier ones: the alert fires, and has the pod's names", async () => {
    exporter.process.stdin.write(oomKill(pod) + oomKill(hostilePod));
    void exporter.process.stdin.flush();
    const alerts = 'ALERTS{alertname="ExitsnoopOomKill",alertstate="firing"}';
    const found = await answer(alerts, (samples) => samples.length >= 2);
    expect(found).toHaveLength(2);
    expect(found.map(({ metric }) => metric)).toContainEqual(
      expect.objectContaining({ namespace: "payments", pod: "api-1", container: "api", severity: "warning" }),
    );
    expect(await query("evil")).toEqual([]);
  });

  test("a histogram: gives quantiles", async () => {
    exporter.process.stdin.write(`{"event":"exit","exit_code":0,"duration_ns":5000000}\n`.repeat(100));
    void exporter.process.stdin.flush();
    await exporter.until("exitsnoop_lifetime_seconds_count", 100);
    const quantile = "histogram_quantile(0.9, sum by (le) (exitsnoop_lifetime_seconds_bucket))";
    const [found] = await answer(quantile, ([sample]) => (sample?.value ?? 0) > 0);
    expect(found!.value).toBeGreaterThan(0.001);
    expect(found!.value).toBeLessThanOrEqual(0.01);
  });

  test("the exporter is stopped: ExitsnoopDown waits, and up is 0", async () => {
    const before = seriesOf(await exporter.metrics()).get('exitsnoop_exits_total{outcome="success"}');
    expect(before).toBe(200);
    await exporter.stop();
    await answer("up", ([sample]) => sample?.value === 0);
    const pending = await answer('ALERTS{alertname="ExitsnoopDown"}', (samples) => samples.length > 0);
    expect(pending[0]!.metric).toMatchObject({ alertstate: "pending" });
  });
});
