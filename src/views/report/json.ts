import { signalName } from "../../record/signal-names.ts";
import { coreDumped, exitCode, termSignal } from "../../record/wait-status.ts";
import { countSwallowed, type FlatFailure } from "./flatten.ts";
import { formatNanoseconds, formatTime } from "./phrases.ts";
import type { ReportData } from "./report-data.ts";
import type { ReportedProcess } from "./reported-process.ts";

/** A report as one line of JSON, which `exitsnoop schema` describes. */
export function reportJson(data: ReportData): string {
  const { status, total, failures } = data;
  const signal = status === undefined ? 0 : termSignal(status);
  const hasCode = status !== undefined && signal === 0;
  const { exits, failed, killed, oomKilled, maxRss } = total;
  const known = {
    event: "report",
    time: formatTime(data.time),
    command: data.command,
    exit_code: hasCode ? exitCode(status) : null,
    signal: signal ? signalName(signal) : null,
    core_dumped: status !== undefined && signal !== 0 && coreDumped(status),
    status: data.exitStatus,
    duration_ns: Math.round(data.elapsedNs),
    exits,
    failed,
    killed,
    oom_killed: oomKilled,
    swallowed: countSwallowed(failures),
    lost: data.lost,
    max_rss_bytes: maxRss,
    fail_on: data.found.map(({ event, count }) => ({ event, count })),
    left_running: data.runningCount,
    running: data.running.map(({ pid, name, args }) => ({ pid, comm: name || null, command: args || null })),
    failures_left_out: data.leftOut,
  };
  const lists = [
    // beyond 2^53, too
    `"cpu_user_ns":${formatNanoseconds(total.cpuUser)}`,
    `"cpu_system_ns":${formatNanoseconds(total.cpuSystem)}`,
    `"failures":[${failures.map(failureJson).join(",")}]`,
    ...Object.entries({ slowest: data.slowest, most_cpu: data.mostCpu, largest: data.largest }).map(
      ([key, processes]) => `"${key}":[${processes.map(({ json }) => json).join(",")}]`,
    ),
  ];
  return `${withoutCommands(`${JSON.stringify(known).slice(0, -1)},${lists.join(",")}}`)}\n`;
}

function failureJson({ process, depth, isFailure, isSwallowed, swallowedBy }: FlatFailure): string {
  const { count, json } = process;
  const known = { depth, count, failed: isFailure, swallowed: isSwallowed, swallowed_by: idOf(swallowedBy) };
  return `${JSON.stringify(known).slice(0, -1)},"process":${json}}`;
}

/** Returns the value of the key `id`. */
function idOf(process: ReportedProcess | undefined): string | null {
  return process ? `${process.pid}-${(BigInt(process.high) << 32n) + BigInt(process.low)}` : null;
}

/** `##[` is a command of a CI system anywhere in a line. */
const withoutCommands = (json: string) => json.replaceAll("##[", String.raw`\u0023\u0023[`);
