/** An event of a JSON line, as the sinks see it. */
import type { Fault } from "../replay/broken-line.ts";
import { parseExactly } from "../otlp/parse-exactly.ts";
import { exitKeys, gapKeys, lostKeys, suppressedKeys } from "./event-keys.ts";
import { Findings, object, type Values, type WrongValues } from "./event-values.ts";

export type ExitEvent = { readonly event: "exit" } & Values<typeof exitKeys>;
/** Exits that the tracer lost; `count` of them. */
export type LostEvent = { readonly event: "lost" } & Values<typeof lostKeys>;
export type SuppressedEvent = { readonly event: "suppressed" } & Values<typeof suppressedKeys>;
export type GapEvent = { readonly event: "gap" } & Values<typeof gapKeys>;
export type ExportedEvent = ExitEvent | LostEvent | SuppressedEvent | GapEvent;

const checks = {
  exit: object(exitKeys),
  lost: object(lostKeys),
  suppressed: object(suppressedKeys),
  gap: object(gapKeys),
} satisfies Record<ExportedEvent["event"], unknown>;
const kinds = new Map(Object.entries(checks));

/** The start of each line. Within a text, its quotes would be escaped. */
const START = '{"event":"';

/**
 * Reads the event in a line. A value of a wrong type becomes null and is reported.
 * @returns the event, or why the line has none.
 */
export function parseEvent(line: string, wrong: WrongValues): ExportedEvent | Fault {
  try {
    const findings = new Findings(wrong);
    const event = checkEvent(JSON.parse(line), findings);
    // few lines need it, and looking for such numbers first would take half as long as to parse
    if (findings.isInexact) return checkEvent(parseExactly(line), new Findings());
    return event;
  } catch {
    return "json";
  }
}

function checkEvent(value: unknown, findings: Findings): ExportedEvent | Fault {
  const kind = (value as { event?: unknown } | null)?.event;
  const check = typeof kind === "string" ? kinds.get(kind) : undefined;
  return check?.(value, "", findings) ? (value as ExportedEvent) : "other";
}

/**
 * Returns the last line that begins within a broken one: a tracer that is killed while it writes a
 * line leaves its start, and the next tracer appends a line to that. Undefined: there is none.
 */
export function lineWithin(broken: string): string | undefined {
  const at = broken.lastIndexOf(START);
  return at > 0 ? broken.slice(at) : undefined;
}

/** The ways in which a process ends, in the words of the metrics. */
export const outcomes = ["success", "failure", "signal", "core", "oom", "unknown"] as const;
export type Outcome = (typeof outcomes)[number];

/** Returns how processes ended; unknown if the line has neither code nor signal. */
export function outcomeOf(event: ExitEvent | SuppressedEvent): Outcome {
  const { exit_code, signal, core_dumped } = event;
  const isOom = event.event === "exit" ? event.oom || event.killed_by?.kind === "oom" : event.killed_by_kind === "oom";
  if (isOom) return "oom";
  if (core_dumped) return "core";
  if (typeof signal === "string") return "signal";
  if (typeof exit_code !== "number") return "unknown";
  return exit_code === 0 ? "success" : "failure";
}

/** Returns a time of a line in ns since 1970. */
export function epochNanoseconds(time: string): bigint {
  // RFC 3339 in UTC with nine decimals, as the check of `time` assures
  const seconds = Date.parse(`${time.slice(0, 19)}Z`) / 1000;
  return BigInt(seconds) * 1_000_000_000n + BigInt(time.slice(20, 29));
}
