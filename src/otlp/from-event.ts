/** Makes a log record of an event of exitsnoop's JSON. */
import { type ArgumentOptions, type EventObject, processAttributes } from "./attributes.ts";
import { bodyOfExit, bodyOfSuppressed } from "./body.ts";
import { gapMembers, lostMembers, suppressedMembers } from "./event-members.ts";
import { nanosecondsOf } from "./event-time.ts";
import { addValue, flatten } from "./flatten.ts";
import type { Attribute, LogRecord } from "./log-record.ts";
import { errorTypeOf, Severity, severityOfExit, severityOfSuppressed } from "./severity.ts";
import type { NamedMember } from "./shape.ts";

interface Kind {
  members: readonly NamedMember[];
  severity(event: EventObject): number;
  body(event: EventObject): string;
}

/** The kinds of events besides exits. */
const kinds = new Map<unknown, Kind>([
  [
    "lost",
    {
      members: lostMembers,
      severity: () => Severity.warn,
      body: ({ count }) => `exits lost by the tracer: ${countOf(count)}`,
    },
  ],
  ["gap", { members: gapMembers, severity: () => Severity.warn, body: () => "no exit was traced for a time" }],
  ["suppressed", { members: suppressedMembers, severity: severityOfSuppressed, body: bodyOfSuppressed }],
]);

const countOf = (count: unknown) =>
  typeof count === "number" || typeof count === "bigint" ? String(count) : "unknown";

/**
 * Returns the log record of an event; undefined: it is of a kind that is not exported, as sums are.
 * @param observedTime when the event was read: ns since 1970 in decimal.
 */
export function toLogRecord(event: EventObject, options: ArgumentOptions, observedTime: string): LogRecord | undefined {
  if (event.event === "exit") return exitRecord(event, options, observedTime);
  const kind = kinds.get(event.event);
  if (!kind) return undefined;
  const attributes: Attribute[] = [];
  flatten(attributes, event, kind.members);
  return {
    time: nanosecondsOf(event.time ?? event.to),
    observedTime,
    severityNumber: kind.severity(event),
    eventName: `exitsnoop.${event.event as string}`,
    body: kind.body(event),
    attributes,
  };
}

function exitRecord(event: EventObject, options: ArgumentOptions, observedTime: string): LogRecord {
  const attributes = processAttributes(event, options);
  const errorType = errorTypeOf(event);
  if (errorType !== undefined) addValue(attributes, "error.type", errorType);
  return {
    time: nanosecondsOf(event.time),
    observedTime,
    severityNumber: severityOfExit(event),
    eventName: "exitsnoop.process.exit",
    body: bodyOfExit(event),
    attributes,
  };
}
