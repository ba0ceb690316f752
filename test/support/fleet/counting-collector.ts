/** A Collector that counts what it takes, and throws it away. */
import { findPeer, freePort, isUp, type Servers, until } from "./peers.ts";
import { sumOf } from "./series.ts";

export class CountingCollector {
  readonly address = `127.0.0.1:${freePort()}`;
  readonly #metrics = freePort();
  #child: Bun.Subprocess | undefined;

  constructor(readonly servers: Servers) {}

  get pid(): number {
    return this.#child!.pid;
  }

  async start(): Promise<void> {
    const reader = { pull: { exporter: { prometheus: { host: "127.0.0.1", port: this.#metrics } } } };
    const config = {
      receivers: { otlp: { protocols: { http: { endpoint: this.address } } } },
      processors: { batch: { timeout: "1s" } },
      exporters: { debug: { verbosity: "basic" } },
      service: {
        telemetry: { metrics: { level: "basic", readers: [reader] }, logs: { level: "error" } },
        pipelines: { logs: { receivers: ["otlp"], processors: ["batch"], exporters: ["debug"] } },
      },
    };
    const path = `${this.servers.folder}/counting-collector.yaml`;
    await Bun.write(path, JSON.stringify(config));
    this.#child = this.servers.start("counting-collector", [...findPeer("collector"), "--config", path]);
    await until("an answer of the Collector", 60, () => isUp(`http://127.0.0.1:${this.#metrics}/metrics`));
  }

  /** Returns how many log records it has accepted, according to its own counter. */
  async accepted(): Promise<number> {
    const answer = await fetch(`http://127.0.0.1:${this.#metrics}/metrics`);
    return sumOf(await answer.text(), "otelcol_receiver_accepted_log_records");
  }
}
