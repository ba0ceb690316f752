/** The exporter's metrics of itself. */
import { readdirSync } from "node:fs";
import type { BuildInfo } from "../plan.ts";
import type { Counters, SinkCounters } from "../counters.ts";
import { counter, type Family, gauge, labelsOf, type Sample, single } from "./metric.ts";

const MICROSECONDS = 1e6;
const MS = 1000;
/** Reasons for which a line is left out, as src/replay/left-out.ts counts them. */
const FAULTS = ["json", "cut", "long", "other"] as const;

export function ownFamilies(counters: Counters, build: BuildInfo): Family[] {
  const start = Date.now() / MS - performance.now() / MS;
  const bySink = (value: (one: SinkCounters) => number) => (): Sample[] =>
    [...counters.sinks].map(([sink, one]) => ({ labels: labelsOf({ sink }), value: value(one) }));
  return [
    gauge("exitsnoop_build_info", "The version of the exporter.", () => [
      { labels: labelsOf({ version: build.version, revision: build.commit ?? "" }), value: 1 },
    ]),
    gauge(
      "exitsnoop_export_queue_records",
      "Events that wait to be sent.",
      bySink(({ queued }) => queued),
    ),
    gauge(
      "exitsnoop_export_queue_bytes",
      "The bytes that waiting events take, in memory and in the spool.",
      bySink(({ queuedBytes }) => queuedBytes),
      "bytes",
    ),
    counter(
      "exitsnoop_export_sent_records",
      "Events that were sent.",
      bySink(({ sent }) => sent),
    ),
    counter(
      "exitsnoop_export_dropped_records",
      "Events that will not be sent.",
      bySink(({ dropped }) => dropped),
    ),
    counter("exitsnoop_export_failed_requests", "Requests that failed, by the code of the answer or error.", () =>
      [...counters.sinks].flatMap(([sink, { failed }]) =>
        [...failed].map(([code, value]) => ({ labels: labelsOf({ sink, code }), value })),
      ),
    ),
    counter("exitsnoop_export_left_out_lines", "Lines of the input that are left out.", () =>
      FAULTS.map((reason) => ({ labels: labelsOf({ reason }), value: counters.leftOut.linesWith(reason) })),
    ),
    counter(
      "exitsnoop_export_wrong_values",
      "Values of a wrong type in the input.",
      single(() => counters.wrongValues),
    ),
    counter("process_cpu_seconds", "CPU time of the exporter.", single(cpuSeconds), "seconds"),
    gauge(
      "process_resident_memory_bytes",
      "Resident memory of the exporter.",
      single(() => process.memoryUsage.rss()),
      "bytes",
    ),
    gauge(
      "process_start_time_seconds",
      "When the exporter was started.",
      single(() => start),
      "seconds",
    ),
    gauge("process_open_fds", "Open descriptors of the exporter.", openDescriptors),
  ];
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / MICROSECONDS;
}

function openDescriptors(): Sample[] {
  try {
    // without the one that reads the directory
    return [{ labels: "", value: readdirSync("/proc/self/fd").length - 1 }];
  } catch {
    return [];
  }
}
