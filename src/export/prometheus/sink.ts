import { TraceError } from "../../errors.ts";
import { describeErrno } from "../../native/errno.ts";
import type { Counters, SinkCounters } from "../counters.ts";
import type { ExportedEvent } from "../event.ts";
import type { BuildInfo, ListenAddress } from "../plan.ts";
import type { Sink } from "../sink.ts";
import { acceptedForm } from "./accept.ts";
import { ExitMetrics } from "./exit-metrics.ts";
import type { HttpRequest } from "./http-request.ts";
import { type HttpAnswer, HttpServer } from "./http-server.ts";
import { contentTypes, type Family, render, type TextForm } from "./metric.ts";
import { ownFamilies } from "./own-metrics.ts";

/** The time for which a text is served again, ms. It bounds the cost of many requests. */
const MAX_TEXT_AGE = 100;
const PATH = "/metrics";
const HEALTH_PATH = "/healthz";
const PLAIN = "text/plain; charset=utf-8";

/** Counts events, and answers Prometheus' scrapes. Nothing waits, and nothing is dropped. */
export class PrometheusSink implements Sink {
  readonly name = "prometheus";
  readonly rights = { serves: true };
  readonly target: string;
  readonly #counters: SinkCounters;
  readonly #metrics = new ExitMetrics();
  /** The last text of each form. */
  readonly #texts = new Map<TextForm, { text: string; made: number }>();
  readonly #families: readonly Family[];
  readonly #server = new HttpServer((request) => this.#answer(request));

  constructor(
    readonly address: ListenAddress,
    counters: Counters,
    build: BuildInfo,
  ) {
    this.#counters = counters.sink(this.name);
    this.#families = [...this.#metrics.families, ...ownFamilies(counters, build)];
    const host = address.host.includes(":") ? `[${address.host}]` : address.host;
    this.target = `Prometheus, at http://${host}:${address.port}${PATH}`;
  }

  async open(): Promise<void> {
    const { host, port } = this.address;
    try {
      this.#listen(host, port);
    } catch (error) {
      throw new TraceError(`metrics cannot be served at ${host} port ${port}: ${refusal(error)}`);
    }
  }

  #listen(host: string, port: number): void {
    try {
      this.#server.listen(host, port);
    } catch (error) {
      // a machine without IPv6
      const { code } = error as NodeJS.ErrnoException;
      if (host !== "::" || (code !== "EAFNOSUPPORT" && code !== "EADDRNOTAVAIL")) throw error;
      this.#server.listen("0.0.0.0", port);
    }
  }

  accept(event: ExportedEvent): void {
    this.#metrics.add(event);
    this.#counters.sent++;
  }

  async flush(): Promise<void> {}

  async close(): Promise<void> {
    this.#server.close();
  }

  #answer({ method, path, headers }: HttpRequest): HttpAnswer {
    if (method !== "GET" && method !== "HEAD") return { status: 405, type: PLAIN, body: "only GET is answered\n" };
    if (path === HEALTH_PATH) return { status: 200, type: PLAIN, body: "ok\n" };
    if (path !== PATH) return { status: 404, type: PLAIN, body: `metrics are at ${PATH}\n` };
    const form = acceptedForm(headers.get("accept") ?? "");
    return { status: 200, type: contentTypes[form], body: this.#text(form) };
  }

  #text(form: TextForm): string {
    const now = performance.now();
    const known = this.#texts.get(form);
    if (known && now - known.made < MAX_TEXT_AGE) return known.text;
    const text = render(this.#families, form);
    this.#texts.set(form, { text, made: now });
    return text;
  }
}

/** Returns why a port cannot be bound, and what to do. */
function refusal(error: unknown): string {
  const { code, errno, message } = error as NodeJS.ErrnoException;
  const reason = errno ? describeErrno(Math.abs(errno)) : message;
  if (code === "EADDRINUSE") return "another program listens on it; choose another --prometheus";
  if (code === "EACCES") return `${reason}; choose a port from 1024 on, or start as root`;
  return `${reason}; choose an address of this machine`;
}
