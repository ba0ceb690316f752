/**
 * OOM kills of pods, traced by the DaemonSet, arrive in a log store, by a Collector, and at a
 * webhook, by Prometheus and Alertmanager. Their numbers must be the kubelet's.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { version } from "../../package.json" with { type: "json" };
import { root } from "../../scripts/build/run.ts";
import { Cluster, type Termination } from "../support/fleet/cluster.ts";
import { packFixtureImage, packTracerImage } from "../support/fleet/images.ts";
import { freePort, requirePeers, Servers, until } from "../support/fleet/peers.ts";
import { FleetReport } from "../support/fleet/report.ts";
import {
  type Alert,
  type LogStore,
  startAlertmanager,
  startCollector,
  startLogStore,
  startPrometheus,
  startWebhook,
} from "../support/fleet/stores.ts";

const NAMESPACE = "exitsnoop-test";
const QUERY =
  "_time:1h exitsnoop.killed_by.kind:=oom " +
  "| stats by (k8s.namespace.name, k8s.pod.name, k8s.container.name) count() kills " +
  "| sort by (k8s.namespace.name, k8s.pod.name)";
/** Each pod of the Deployment must end this often, within MAX_WAIT seconds. */
const MIN_KILLS = 3;
const MAX_WAIT = 240;
/** How far the store may be behind, s: on a busy machine, exits wait for the Collector. */
const MAX_LAG = 180;

const servers = new Servers();
const report = new FleetReport();
const webhook = startWebhook();
let cluster: Cluster;
let logs: LogStore;
let query: Awaited<ReturnType<typeof startPrometheus>>;

/** Writes a kustomization as a user would: the Collector's address, and the node's network. */
async function writeOverlay(collector: string, port: number): Promise<string> {
  const path = `${servers.folder}/overlay`;
  const base = `${"../".repeat(path.split("/").length - 1)}${root.slice(1)}deploy/kubernetes`;
  const patch = [
    { op: "add", path: "/spec/template/spec/hostNetwork", value: true },
    { op: "test", path: "/spec/template/spec/containers/1/args/5", value: "--prometheus=:9464" },
    { op: "replace", path: "/spec/template/spec/containers/1/args/5", value: `--prometheus=127.0.0.1:${port}` },
    { op: "remove", path: "/spec/template/spec/containers/1/ports" },
  ];
  const kustomization = {
    resources: [base],
    components: [`${base}/otlp`],
    configMapGenerator: [
      { name: "exitsnoop", namespace: "exitsnoop", behavior: "merge", literals: [`collector=${collector}`] },
    ],
    patches: [{ target: { kind: "DaemonSet" }, patch: JSON.stringify(patch) }],
  };
  await Bun.write(`${path}/kustomization.yaml`, JSON.stringify(kustomization));
  return path;
}

/** Rows as `POD/CONTAINER KILLS`, sorted. */
const rowsOf = (counts: readonly { pod: string; container: string; count: number }[]) =>
  counts.map(({ pod, container, count }) => `${pod}/${container} ${count}`).toSorted();

async function storedKills() {
  const rows = await logs.query(QUERY);
  return rows
    .filter((row) => row["k8s.namespace.name"] === NAMESPACE)
    .map((row) => ({
      pod: row["k8s.pod.name"]!,
      container: row["k8s.container.name"]!,
      count: Number(row.kills),
    }));
}

async function countedKills() {
  const samples = await query(`exitsnoop_oom_kills_total{namespace="${NAMESPACE}"}`);
  return samples.map(({ metric, value }) => ({ pod: metric.pod!, container: metric.container!, count: value }));
}

/** A pod whose process ends with an error message. */
const ONE_EXIT = ["--image=localhost/hungry:1", "--image-pull-policy=Never", "--restart=Never"];

const ofDeployment = (pod: string) => pod.startsWith("hungry-");

/** The ends of the Deployment's pods, once each has enough of them and none is running. */
async function settledEnds(): Promise<Termination[] | undefined> {
  const ends = (await cluster.terminations(NAMESPACE)).filter(({ pod }) => ofDeployment(pod));
  return ends.length === 2 && ends.every(({ count }) => count >= MIN_KILLS) ? ends : undefined;
}

beforeAll(async () => {
  requirePeers("logs", "collector", "prometheus", "alertmanager", "kubectl");
  logs = await startLogStore(servers);
  const collector = await startCollector(servers, logs.otlp);
  const alertmanager = await startAlertmanager(servers, webhook.url);
  const port = freePort();
  const rules = `${root}monitoring/exitsnoop.rules.yaml`;
  query = await startPrometheus(servers, { targets: [`127.0.0.1:${port}`], rules, alertmanager });
  cluster = await Cluster.start(servers);
  await report.begin(cluster);
  for (const archive of [await packTracerImage(), await packFixtureImage("hungry", "localhost/hungry:1")])
    await cluster.load(archive);
  await report.run(cluster, "apply", "-k", await writeOverlay(collector, port));
  await cluster.waitForDaemonSet("exitsnoop", "exitsnoop");
  await report.run(cluster, "-n", "exitsnoop", "get", "pods");
  await until("scraped", 30, async () => (await query("exitsnoop_build_info")).length > 0);
  await report.run(cluster, "apply", "-f", `${root}test/fleet/hungry.yaml`);
}, 600_000);

afterAll(async () => {
  webhook.stop();
  await cluster?.[Symbol.asyncDispose]();
  await servers[Symbol.asyncDispose]();
}, 120_000);

describe("OOM kills of pods", () => {
  test("the log store and Prometheus have the kubelet's own counts, by namespace, pod and container", async () => {
    await until(`${MIN_KILLS} kills of each pod`, MAX_WAIT, settledEnds);
    // a kill may come between two questions, so the kubelet is asked before and after
    const same = await until("the same counts everywhere", MAX_LAG, async () => {
      const before = await settledEnds();
      const stored = (await storedKills()).filter(({ pod }) => ofDeployment(pod));
      const counted = (await countedKills()).filter(({ pod }) => ofDeployment(pod));
      const after = await settledEnds();
      if (!before || !after || !Bun.deepEquals(rowsOf(before), rowsOf(after))) return undefined;
      const all = { kubelet: rowsOf(before), store: rowsOf(stored), prometheus: rowsOf(counted) };
      if (!Bun.deepEquals(all.kubelet, all.store) || !Bun.deepEquals(all.kubelet, all.prometheus))
        throw new Error(JSON.stringify({ ...all, lost: await query("exitsnoop_lost_exits_total") }));
      return { ends: before, ...all };
    });
    expect(same.store).toEqual(same.kubelet);
    expect(same.prometheus).toEqual(same.kubelet);
    // the kubelet does not always hear of the OOM killer, and says Error then
    for (const { exitCode, reason } of same.ends)
      expect([exitCode, /^(OOMKilled|Error)$/.test(reason)]).toEqual([137, true]);
    report.addCounts(same.ends, QUERY, await logs.query(QUERY));
  }, 500_000);

  test("a child's kill is counted, although its container goes on", async () => {
    const kill = await until("the child's kill", MAX_LAG, async () =>
      (await storedKills()).find(({ pod }) => pod === "parent"),
    );
    const end = (await cluster.terminations(NAMESPACE)).find(({ pod }) => pod === "parent");
    // with cgroup v2, the kubelet lets the OOM killer end all processes of a container
    const count = end?.exitCode === 137 ? 2 : 1;
    expect(kill).toEqual({ pod: "parent", container: "child-eater", count });
    if (!end) await report.addChild(cluster, NAMESPACE, kill);
  }, 300_000);

  test("an alert fires for each pod, and reaches the webhook", async () => {
    const isOom = ({ labels, status }: Alert) => labels.alertname === "ExitsnoopOomKill" && status === "firing";
    const alerts = await until("alerts of three pods", 60, () => {
      const found = webhook.alerts.filter((alert) => isOom(alert) && alert.labels.namespace === NAMESPACE);
      return new Set(found.map(({ labels }) => labels.pod)).size === 3 && found;
    });
    expect(alerts.every(({ labels }) => labels.container !== undefined)).toBe(true);
    report.addAlert(alerts.find(({ labels }) => ofDeployment(labels.pod!))!);
  });

  test("each exit has the node, and the memory of its victim", async () => {
    const [kill] = await logs.query(
      `_time:1h exitsnoop.killed_by.kind:=oom k8s.namespace.name:=${NAMESPACE} | limit 1`,
    );
    const [node] = (await cluster.kubectl("get", "nodes", "-o", "name")).trim().split("\n");
    expect(kill).toMatchObject({
      "k8s.node.name": node!.replace("node/", ""),
      "host.name": node!.replace("node/", ""),
      "service.name": "exitsnoop",
      "service.version": version,
      event_name: "exitsnoop.process.exit",
    });
    expect(Number(kill!["exitsnoop.oom.limit_bytes"])).toBe(16 * 1024 * 1024);
    report.addRecord(kill!);
  });

  test.each(["exporter", "tracer"])(
    "a killed %s starts again, the other container goes on",
    async (container) => {
      const other = container === "tracer" ? "exporter" : "tracer";
      const ends = async () =>
        Object.fromEntries((await cluster.terminations("exitsnoop")).map((end) => [end.container, end.count]));
      const before = await ends();
      await cluster.killContainer("exitsnoop", container);
      const count = (before[container] ?? 0) + 1;
      const after = await until("a new start", 60, async () => {
        const now = await ends();
        return now[container] === count && now;
      });
      expect(after[other]).toBe(before[other]);
      const pod = `after-${container}`;
      await cluster.kubectl("-n", NAMESPACE, "run", pod, ...ONE_EXIT);
      const uid = await cluster.kubectl("-n", NAMESPACE, "get", "pod", pod, "-o", "jsonpath={.metadata.uid}");
      // a container that lives for an instant has no name yet
      const exits = () => logs.query(`_time:1h k8s.pod.uid:=${uid} exitsnoop.comm:=hungry`);
      await until("its exit in the store", MAX_LAG, async () => (await exits()).length > 0);
      if (container === "tracer")
        await until("a gap", 30, async () => (await query("exitsnoop_gaps_total"))[0]?.value === 1);
    },
    400_000,
  );
});

afterAll(() => report.write());
