/** Writes docs/fleet.md: what the fleet tests saw. */
import { version } from "../../../package.json" with { type: "json" };
import { root } from "../../../scripts/build/run.ts";
import { formatted } from "../../../scripts/docs/documents.ts";
import type { Cluster, Termination } from "./cluster.ts";
import type { Alert } from "./stores.ts";

const block = (language: string, text: string) => `\`\`\`${language}\n${text.trimEnd()}\n\`\`\`\n`;

/** Aligns rows of a table of text. */
function columnsOf(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i]!))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

export class FleetReport {
  readonly #steps: string[] = [];
  readonly #parts: string[] = [];
  /** The parts that the page cannot do without: tests that fail do not add them. */
  readonly #missing = new Set(["counts", "alert", "record"]);
  readonly #start = performance.now();
  #kubernetes = "";

  /** Asks the cluster for its version. */
  async begin(cluster: Cluster): Promise<void> {
    const { serverVersion } = JSON.parse(await cluster.kubectl("version", "-o", "json")) as {
      serverVersion: { gitVersion: string };
    };
    this.#kubernetes = serverVersion.gitVersion.replace(/^v/, "");
  }

  /** Runs kubectl and keeps the command with its output. */
  async run(cluster: Cluster, ...args: string[]): Promise<void> {
    const stdout = await cluster.kubectl(...args);
    const shown = args.map((arg) =>
      arg.startsWith("/") ? (arg.startsWith(root) ? arg.slice(root.length) : "overlay") : arg,
    );
    this.#steps.push(`$ kubectl ${shown.join(" ")}\n${stdout.trimEnd()}`);
  }

  addCounts(ends: readonly Termination[], query: string, rows: readonly Record<string, string>[]): void {
    this.#missing.delete("counts");
    const kubelet = [
      ["NAMESPACE", "POD", "CONTAINER", "ENDED", "LAST REASON", "EXIT CODE"],
      ...ends.map((end) => [
        end.namespace,
        end.pod,
        end.container,
        String(end.count),
        end.reason,
        String(end.exitCode),
      ]),
    ];
    this.#parts.push(
      "## OOM kills of the last hour\n",
      "The question, in VictoriaLogs, and its answer:\n",
      block("", query.replaceAll(" | ", "\n  | ")),
      block("json", rows.map((row) => JSON.stringify(row)).join("\n")),
      "The kubelet's own counts at that moment, from the status of the pods, are the same, and so are those of\n" +
        "`exitsnoop_oom_kills_total` in Prometheus:\n",
      block("", columnsOf(kubelet)),
    );
  }

  async addChild(cluster: Cluster, namespace: string, kill: { pod: string; container: string }): Promise<void> {
    const pods = await cluster.kubectl("-n", namespace, "get", "pod", kill.pod);
    this.#parts.push(
      `The first process of container \`${kill.container}\` lost a child to the OOM killer, and goes on. Kubernetes has\n` +
        "nothing to report; exitsnoop has the kill:\n",
      block("", `$ kubectl -n ${namespace} get pod ${kill.pod}\n${pods}`),
    );
  }

  addAlert({ labels, annotations }: Alert): void {
    this.#missing.delete("alert");
    this.#parts.push(
      "## The alert\n",
      "Prometheus evaluated `monitoring/exitsnoop.rules.yaml`; Alertmanager posted this to a webhook:\n",
      block("json", JSON.stringify({ labels, annotations }, null, 2)),
    );
  }

  addRecord(record: Record<string, string>): void {
    this.#missing.delete("record");
    const entries = Object.entries(record).filter(([key]) => !/^_(stream|stream_id)$/.test(key));
    this.#parts.push(
      "## One record\n",
      "All fields of one of these exits, as the log store has them:\n",
      block("json", JSON.stringify(Object.fromEntries(entries), null, 2)),
    );
  }

  /** Writes docs/fleet.md if FLEET_WRITE_DOCS is set and each test has added its part. */
  async write(): Promise<void> {
    if (!process.env.FLEET_WRITE_DOCS || this.#missing.size > 0) return;
    const seconds = Math.round((performance.now() - this.#start) / 1000);
    const text = [
      "# From a node to an alert\n",
      "`FLEET_WRITE_DOCS=1 npm run test:fleet` wrote this page. It is what the test saw with a Kubernetes " +
        `${this.#kubernetes} control plane\nand one node, an OpenTelemetry Collector, VictoriaLogs, Prometheus and ` +
        `Alertmanager, in ${seconds} s, with exitsnoop ${version}.\n[dev/fleet-tests.md](dev/fleet-tests.md) ` +
        "describes how to repeat it, [kubernetes.md](kubernetes.md) how to set it up.\n",
      "## The set-up\n",
      block("", this.#steps.join("\n\n")),
      ...this.#parts,
    ].join("\n");
    await Bun.write(`${root}docs/fleet.md`, await formatted("docs/fleet.md", text));
  }
}
