import { wordOf } from "../../output/columns/killer.ts";
import { KillerReason } from "../../record/layout.ts";
import {
  epochNanoseconds,
  type ExitEvent,
  type ExportedEvent,
  outcomeOf,
  outcomes,
  type SuppressedEvent,
} from "../event.ts";
import { BoundedCounter } from "./bounded-counter.ts";
import { Histogram } from "./histogram.ts";
import { KnownCounter } from "./known-counter.ts";
import { counter, type Family, gauge, histogram, single } from "./metric.ts";

const NS = 1e9;
const MIB = 2 ** 20;
const LIFETIMES = [0.001, 0.01, 0.1, 1, 10, 60, 600, 3600, 86_400];
const MEMORY = [1, 4, 16, 64, 256, 1024, 4096, 16_384].map((size) => size * MIB);
/** The signals whose default action is to end a process, and that have names. */
const SIGNALS =
  "SIGHUP SIGINT SIGQUIT SIGILL SIGTRAP SIGABRT SIGBUS SIGFPE SIGKILL SIGUSR1 SIGSEGV SIGUSR2 SIGPIPE SIGALRM SIGTERM SIGXCPU SIGXFSZ SIGSYS".split(
    " ",
  );
/** The failures of processes in containers or units; OOM kills are a metric of their own. */
const FAILURES = ["failure", "signal", "core"];
/** The digits of a container's id that runtimes show. */
const SHORT_ID = 12;
/** The label of signals that are not among SIGNALS. */
const OTHER = "other";

/** Sums of events. Each series whose labels are known begins with 0: increase() needs that. */
export class ExitMetrics {
  readonly #outcomes = new KnownCounter("outcome", outcomes);
  readonly #signals = new KnownCounter("signal", [...SIGNALS, OTHER], OTHER);
  readonly #reasons = new KnownCounter("reason", Object.keys(KillerReason).map(wordOf), "unknown");
  readonly #oomKills = new BoundedCounter(["namespace", "pod", "container"]);
  readonly #containers = new BoundedCounter(["namespace", "pod", "container"], FAILURES);
  readonly #units = new BoundedCounter(["unit"], [...FAILURES, "oom"]);
  readonly #cpu = new KnownCounter("mode", ["user", "system"]);
  readonly #lifetimes = new Histogram(LIFETIMES);
  readonly #memory = new Histogram(MEMORY);
  #lost = 0;
  #suppressed = 0;
  #gaps = 0;
  #gapSeconds = 0;
  #lastTime: string | undefined;

  constructor() {
    // processes outside of containers
    this.#oomKills.prepare(["", "", ""]);
  }

  add(event: ExportedEvent): void {
    if (event.event === "exit") {
      this.#addDeaths(event, event.killed_by?.reason, 1);
      this.#addUsage(event);
    } else if (event.event === "suppressed") {
      const count = event.count ?? 0;
      this.#suppressed += count;
      this.#addDeaths(event, event.killed_by_reason, count);
    } else if (event.event === "lost") {
      this.#lost += event.count ?? 0;
    } else {
      this.#addGap(event.from, event.to);
    }
  }

  #addDeaths(event: ExitEvent | SuppressedEvent, reason: string | null | undefined, count: number): void {
    const outcome = outcomeOf(event);
    this.#outcomes.add(outcome, count);
    if (typeof event.signal === "string") {
      this.#signals.add(event.signal, count);
      this.#reasons.add(reason ?? "unknown", count);
    }
    if (outcome !== "success" && outcome !== "unknown") this.#addFailures(event, outcome, count);
    this.#lastTime = event.time ?? this.#lastTime;
  }

  #addFailures(event: ExitEvent | SuppressedEvent, outcome: string, count: number): void {
    const container = containerOf(event);
    if (outcome === "oom") this.#oomKills.add(container ?? ["", "", ""], undefined, count);
    else if (container) this.#containers.add(container, outcome, count);
    if (!container && typeof event.unit === "string") this.#units.add([event.unit], outcome, count);
  }

  #addUsage({ duration_ns, max_rss_bytes, cpu_user_ns, cpu_system_ns }: ExitEvent): void {
    if (typeof duration_ns === "number") this.#lifetimes.add(duration_ns / NS);
    if (typeof max_rss_bytes === "number") this.#memory.add(max_rss_bytes);
    if (cpu_user_ns) this.#cpu.add("user", cpu_user_ns / NS);
    if (cpu_system_ns) this.#cpu.add("system", cpu_system_ns / NS);
  }

  #addGap(from: string | null | undefined, to: string | null | undefined): void {
    this.#gaps++;
    if (from && to) this.#gapSeconds += Math.max(0, Number(epochNanoseconds(to) - epochNanoseconds(from)) / NS);
  }

  readonly families: readonly Family[] = [
    counter("exitsnoop_exits", "Processes that ended, by outcome.", this.#outcomes.samples),
    counter("exitsnoop_signal_deaths", "Processes that a signal killed.", this.#signals.samples),
    counter("exitsnoop_killed", "Processes that a signal killed, by why it was sent.", this.#reasons.samples),
    counter("exitsnoop_oom_kills", "Kills by the OOM killer, also of children of a container's first process.", () =>
      this.#oomKills.samples(),
    ),
    counter("exitsnoop_container_failures", "Failed processes of containers, except OOM kills.", () =>
      this.#containers.samples(),
    ),
    counter("exitsnoop_unit_failures", "Failed processes of systemd units, except those in containers.", () =>
      this.#units.samples(),
    ),
    counter("exitsnoop_cpu_seconds", "CPU time of the processes that ended.", this.#cpu.samples, "seconds"),
    histogram(
      "exitsnoop_lifetime_seconds",
      "Lifetimes of the processes that ended.",
      this.#lifetimes.samples,
      "seconds",
    ),
    histogram(
      "exitsnoop_max_rss_bytes",
      "Largest resident memory of the processes that ended.",
      this.#memory.samples,
      "bytes",
    ),
    counter(
      "exitsnoop_lost_exits",
      "Exits that the tracer lost.",
      single(() => this.#lost),
    ),
    counter(
      "exitsnoop_suppressed_exits",
      "Exits without a line of their own (--limit); exitsnoop_exits_total has them, too.",
      single(() => this.#suppressed),
    ),
    counter(
      "exitsnoop_gaps",
      "Times without a tracer.",
      single(() => this.#gaps),
    ),
    counter(
      "exitsnoop_gap_seconds",
      "Time without a tracer.",
      single(() => this.#gapSeconds),
      "seconds",
    ),
    gauge(
      "exitsnoop_last_exit_timestamp_seconds",
      "When the last exit happened.",
      () =>
        this.#lastTime ? [{ labels: "", value: Number(epochNanoseconds(this.#lastTime) / 1_000_000n) / 1000 }] : [],
      "seconds",
    ),
  ];
}

/**
 * Returns namespace, pod and container: ids where there are no names. undefined: it was in none.
 */
function containerOf(event: ExitEvent | SuppressedEvent): [string, string, string] | undefined {
  const { container_id, pod_uid, container_name, pod_name, pod_namespace } = event;
  if (!container_id && !pod_uid && !container_name && !pod_name) return undefined;
  return [pod_namespace ?? "", pod_name ?? pod_uid ?? "", container_name ?? container_id?.slice(0, SHORT_ID) ?? ""];
}
