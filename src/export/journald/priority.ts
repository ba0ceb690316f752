import { Severity, severityOfExit, severityOfSuppressed } from "../../otlp/severity.ts";
import type { ExportedEvent } from "../event.ts";

/** Priorities of syslog(3). */
const CRITICAL = 2;
const ERROR = 3;
const WARNING = 4;
const NOTICE = 5;
const INFO = 6;

/** The priorities by severity. */
const priorities: Readonly<Record<number, number>> = {
  [Severity.info]: INFO,
  [Severity.info2]: INFO,
  [Severity.warn]: NOTICE,
  [Severity.error]: ERROR,
  [Severity.fatal]: CRITICAL,
};

/** Returns the priority of an event: that of its kind for suppressed exits. */
export function priorityOf(event: ExportedEvent): number {
  if (event.event === "exit") return priorities[severityOfExit(event)]!;
  if (event.event !== "suppressed") return WARNING;
  return priorities[severityOfSuppressed(event)]!;
}
