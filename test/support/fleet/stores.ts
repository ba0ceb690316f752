/** Starts the peers that keep what exitsnoop exports. All listen on 127.0.0.1 only. */
import { findPeer, freePort, type Servers } from "./peers.ts";

/** A store of log records with a language for queries. */
export interface LogStore {
  /** The address to which OTLP/HTTP goes, without its path. */
  otlp: string;
  /** Returns the rows of a query in LogsQL. */
  query(text: string): Promise<Record<string, string>[]>;
}

/** Starts VictoriaLogs. */
export async function startLogStore(servers: Servers): Promise<LogStore> {
  const address = `127.0.0.1:${freePort()}`;
  const command = [
    ...findPeer("logs"),
    `-httpListenAddr=${address}`,
    `-storageDataPath=${servers.folder}/logs`,
    "-retentionPeriod=1y",
    "-inmemoryDataFlushInterval=1s",
    "-loggerLevel=WARN",
  ];
  await servers.startServer("victoria-logs", command, `http://${address}/health`);
  return {
    otlp: `http://${address}/insert/opentelemetry`,
    async query(text) {
      const body = new URLSearchParams({ query: text });
      const answer = await fetch(`http://${address}/select/logsql/query`, { method: "POST", body });
      const rows = await answer.text();
      if (!answer.ok) throw new Error(`VictoriaLogs: ${answer.status} ${rows}`);
      return rows.split("\n").flatMap((row) => (row ? [JSON.parse(row) as Record<string, string>] : []));
    },
  };
}

/** Starts a Collector that hands on log records. Returns its address. */
export async function startCollector(servers: Servers, to: string): Promise<string> {
  const address = `127.0.0.1:${freePort()}`;
  const config = {
    receivers: { otlp: { protocols: { http: { endpoint: address } } } },
    processors: { batch: { timeout: "200ms" } },
    exporters: { otlp_http: { endpoint: to } },
    service: {
      telemetry: { metrics: { level: "none" }, logs: { level: "warn" } },
      pipelines: { logs: { receivers: ["otlp"], processors: ["batch"], exporters: ["otlp_http"] } },
    },
  };
  const file = `${servers.folder}/otelcol.yaml`;
  await Bun.write(file, JSON.stringify(config));
  // it has no page for GET: 404 and 405 are answers, too
  const child = servers.start("otelcol", [...findPeer("collector"), "--config", file]);
  for (let tries = 0; tries < 300; tries++) {
    if (child.exitCode !== null) break;
    if (await fetch(`http://${address}/`).catch(() => undefined)) return `http://${address}`;
    await Bun.sleep(100);
  }
  throw new Error(`the Collector does not answer: ${servers.log("otelcol")}`);
}

/** An alert as Alertmanager posts it. */
export interface Alert {
  status: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

/** A server that keeps the alerts that are posted to it. */
export function startWebhook(): { url: string; alerts: Alert[]; stop(): void } {
  const alerts: Alert[] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      alerts.push(...((await request.json()) as { alerts: Alert[] }).alerts);
      return new Response();
    },
  });
  return { url: server.url.href, alerts, stop: () => void server.stop(true) };
}

/** Starts Alertmanager, which posts alerts to the webhook. Returns its address. */
export async function startAlertmanager(servers: Servers, webhook: string): Promise<string> {
  const address = `127.0.0.1:${freePort()}`;
  const config = {
    route: { receiver: "webhook", group_wait: "1s", group_interval: "1s", repeat_interval: "1h" },
    receivers: [{ name: "webhook", webhook_configs: [{ url: webhook, send_resolved: false }] }],
  };
  const file = `${servers.folder}/alertmanager.yaml`;
  await Bun.write(file, JSON.stringify(config));
  const command = [
    ...findPeer("alertmanager"),
    `--config.file=${file}`,
    `--storage.path=${servers.folder}/alertmanager`,
    `--web.listen-address=${address}`,
    "--cluster.listen-address=",
    "--log.level=warn",
  ];
  await servers.startServer("alertmanager", command, `http://${address}/-/ready`);
  return address;
}

/**
 * Starts Prometheus with the given rules. Scrapes the targets every second.
 * @returns a function that returns the result of a query.
 */
export async function startPrometheus(
  servers: Servers,
  { targets, rules, alertmanager }: { targets: string[]; rules: string; alertmanager?: string },
): Promise<(query: string) => Promise<{ metric: Record<string, string>; value: number }[]>> {
  const address = `127.0.0.1:${freePort()}`;
  const config = {
    global: { scrape_interval: "1s", scrape_timeout: "1s", evaluation_interval: "1s" },
    rule_files: [rules],
    alerting: { alertmanagers: alertmanager ? [{ static_configs: [{ targets: [alertmanager] }] }] : [] },
    scrape_configs: [{ job_name: "exitsnoop", honor_labels: true, static_configs: [{ targets }] }],
  };
  const file = `${servers.folder}/prometheus.yaml`;
  await Bun.write(file, JSON.stringify(config));
  const command = [
    ...findPeer("prometheus"),
    `--config.file=${file}`,
    `--storage.tsdb.path=${servers.folder}/prometheus`,
    `--web.listen-address=${address}`,
    "--log.level=warn",
  ];
  await servers.startServer("prometheus", command, `http://${address}/-/ready`);
  return async (query) => {
    const answer = await fetch(`http://${address}/api/v1/query?${new URLSearchParams({ query })}`);
    const { data } = (await answer.json()) as {
      data: { result: { metric: Record<string, string>; value: [number, string] }[] };
    };
    return data.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
  };
}
