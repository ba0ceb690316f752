/** A Collector that writes what it takes to a file, and that fails as a test wants it to. */
import { existsSync, readFileSync } from "node:fs";
import { findPeer, freePort, type Servers } from "./peers.ts";

interface LogsData {
  resourceLogs: {
    scopeLogs: { logRecords: { attributes: { key: string; value: { intValue?: string } }[] }[] }[];
  }[];
}

export class FileCollector {
  readonly address = `127.0.0.1:${freePort()}`;
  readonly #file: string;
  #child: Bun.Subprocess | undefined;

  constructor(readonly servers: Servers) {
    this.#file = `${servers.folder}/logs.jsonl`;
  }

  /** @param isOverloaded true if it answers 503: its limit of memory is always met. */
  async start(isOverloaded = false): Promise<void> {
    const name = isOverloaded ? "memory_limiter" : "batch";
    const processors = isOverloaded
      ? { memory_limiter: { check_interval: "100ms", limit_mib: 1, spike_limit_mib: 0 } }
      : { batch: { timeout: "100ms" } };
    const config = {
      receivers: { otlp: { protocols: { http: { endpoint: this.address } } } },
      processors,
      exporters: { file: { path: this.#file, append: true, flush_interval: "50ms" } },
      service: {
        telemetry: { metrics: { level: "none" }, logs: { level: "error" } },
        pipelines: { logs: { receivers: ["otlp"], processors: [name], exporters: ["file"] } },
      },
    };
    const path = `${this.servers.folder}/file-collector.yaml`;
    await Bun.write(path, JSON.stringify(config));
    const child = this.servers.start("file-collector", [...findPeer("collector"), "--config", path]);
    this.#child = child;
    for (let tries = 0; tries < 300 && child.exitCode === null; tries++) {
      if (await fetch(`http://${this.address}/`).catch(() => undefined)) return;
      await Bun.sleep(100);
    }
    throw new Error(`the Collector does not answer: ${this.servers.log("file-collector")}`);
  }

  async stop(): Promise<void> {
    this.#child!.kill("SIGTERM");
    await this.#child!.exited;
  }

  freeze(): void {
    this.#child!.kill("SIGSTOP");
  }

  thaw(): void {
    this.#child!.kill("SIGCONT");
  }

  /** Returns the pids of the records that it wrote. */
  pids(): number[] {
    if (!existsSync(this.#file)) return [];
    const lines = readFileSync(this.#file, "utf8").split("\n");
    return lines
      .filter(Boolean)
      .flatMap((line) =>
        (JSON.parse(line) as LogsData).resourceLogs.flatMap(({ scopeLogs }) =>
          scopeLogs.flatMap(({ logRecords }) =>
            logRecords.map(({ attributes }) =>
              Number(attributes.find(({ key }) => key === "process.pid")!.value.intValue),
            ),
          ),
        ),
      );
  }
}
