import { TraceError } from "../../errors.ts";
import type { Counters, SinkCounters } from "../counters.ts";
import type { ExportedEvent } from "../event.ts";
import type { ListenAddress } from "../plan.ts";
import type { Sink } from "../sink.ts";
import { ExitMetrics } from "./exit-metrics.ts";
import { contentTypes, render, type TextForm } from "./metric.ts";

/** The time after which a quiet connection is closed, s: a scraper opens another one. */
const IDLE_TIMEOUT = 30;
const PATH = "/metrics";

/** Counts events, and answers Prometheus' scrapes. Nothing waits, and nothing is dropped. */
export class PrometheusSink implements Sink {
  readonly name = "prometheus";
  readonly rights = { serves: true };
  readonly target: string;
  readonly #counters: SinkCounters;
  readonly #metrics = new ExitMetrics();
  #server: ReturnType<typeof Bun.serve> | undefined;

  constructor(
    readonly address: ListenAddress,
    readonly all: Counters,
  ) {
    this.#counters = all.sink(this.name);
    const host = address.host.includes(":") ? `[${address.host}]` : address.host;
    this.target = `Prometheus, at http://${host}:${address.port}${PATH}`;
  }

  async open(): Promise<void> {
    const { host, port } = this.address;
    try {
      this.#server = Bun.serve({
        hostname: host,
        port,
        idleTimeout: IDLE_TIMEOUT,
        maxRequestBodySize: 1,
        development: false,
        fetch: (request) => this.#answer(request),
        error: () => new Response("", { status: 500 }),
      });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const reason = code === "EADDRINUSE" ? "another program listens on it" : String((error as Error).message);
      throw new TraceError(`metrics cannot be served at ${host} port ${port}: ${reason}; choose another --prometheus`);
    }
  }

  accept(event: ExportedEvent): void {
    this.#metrics.add(event);
    this.#counters.sent++;
  }

  async flush(): Promise<void> {}

  async close(): Promise<void> {
    await this.#server?.stop(true);
  }

  #answer(request: Request): Response {
    const { pathname } = new URL(request.url);
    if (pathname !== PATH) return new Response(`metrics are at ${PATH}\n`, { status: 404 });
    if (request.method !== "GET" && request.method !== "HEAD") {
      return new Response("only GET is answered\n", { status: 405, headers: { allow: "GET, HEAD" } });
    }
    const form: TextForm = /application\/openmetrics-text/.test(request.headers.get("accept") ?? "")
      ? "openmetrics"
      : "plain";
    return new Response(render(this.#metrics.families, form), { headers: { "content-type": contentTypes[form] } });
  }
}
