/** The severity numbers of events, by what they mean for a service. */
import type { EventObject } from "./attributes.ts";

/** Numbers of the OTLP log data model. */
export const Severity = { info: 9, info2: 10, warn: 13, error: 17, fatal: 21 } as const;

/** Signals by which people and programs ask a process to end, and of a reader that is gone. */
const requests: readonly unknown[] = ["SIGTERM", "SIGINT", "SIGHUP", "SIGPIPE"];
/** Signals for faults of the program itself. */
const faults: readonly unknown[] = [
  ...["SIGSEGV", "SIGBUS", "SIGILL", "SIGFPE", "SIGABRT", "SIGSYS", "SIGTRAP", "SIGQUIT", "SIGXCPU", "SIGXFSZ"],
];

/** Returns true if the OOM killer ended the process. */
export function isOomKill({ killed_by: killer }: EventObject): boolean {
  return typeof killer === "object" && killer !== null && "kind" in killer && killer.kind === "oom";
}

/** Returns the severity of an exit. */
export function severityOfExit(event: EventObject): number {
  const { signal } = event;
  if (isOomKill(event) || event.core_dumped === true || faults.includes(signal)) return Severity.fatal;
  if (requests.includes(signal)) return Severity.info2;
  if (typeof signal === "string") return Severity.error;
  return event.exit_code ? Severity.warn : Severity.info;
}

/** Returns the severity of suppressed exits, which is that of one of them. */
export function severityOfSuppressed(event: EventObject): number {
  return severityOfExit({ ...event, killed_by: { kind: event.killed_by_kind } });
}

/** Returns the conventions' `error.type`: a word for the kind of failure; undefined: none. */
export function errorTypeOf(event: EventObject): string | undefined {
  if (isOomKill(event)) return "oom";
  if (severityOfExit(event) < Severity.warn) return undefined;
  return typeof event.signal === "string" ? event.signal : "exit_status";
}
