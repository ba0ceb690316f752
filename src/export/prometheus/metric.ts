/** Metrics, and their text for Prometheus: format 0.0.4, and OpenMetrics 1.0.0. */
import { sanitizeForTerminal } from "../../text/sanitize.ts";

/** The longest value of a label, in characters: Kubernetes' names have up to 253. */
const MAX_LABEL_LENGTH = 256;

export interface Sample {
  /** The end of the name, such as `_bucket`. That of counters, `_total`, is added. */
  suffix?: string;
  /** The labels as labelsOf() writes them. */
  labels: string;
  value: number;
}

/** Metrics of one name. */
export interface Family {
  /** Without `_total`. */
  name: string;
  type: "counter" | "gauge" | "histogram";
  /** The unit, with which the name ends. */
  unit?: "seconds" | "bytes";
  help: string;
  samples(): Iterable<Sample>;
}

const familyOf =
  (type: Family["type"]) =>
  (name: string, help: string, samples: Family["samples"], unit?: Family["unit"]): Family => ({
    name,
    type,
    ...(unit && { unit }),
    help,
    samples,
  });
export const counter = familyOf("counter");
export const gauge = familyOf("gauge");
export const histogram = familyOf("histogram");

/** Returns the samples of a metric that has one, without labels. */
export const single = (value: () => number) => (): Sample[] => [{ labels: "", value: value() }];

/** Writes `{pod="api",container="web"}`. The values are text that others chose. */
export function labelsOf(labels: Readonly<Record<string, string>>): string {
  const parts = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return parts.length ? `{${parts.join(",")}}` : "";
}

/** Control characters become visible text, as in the table: a parser may end at one. */
function escapeLabel(value: string): string {
  return sanitizeForTerminal(value, MAX_LABEL_LENGTH).replace(/[\\"]/g, "\\$&");
}

export type TextForm = "plain" | "openmetrics";

/** The Content-Type of each form; Prometheus 3 refuses an answer without one. */
export const contentTypes: Record<TextForm, string> = {
  plain: "text/plain; version=0.0.4; charset=utf-8",
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

/** Writes the families in the order of the list. */
export function render(families: readonly Family[], form: TextForm): string {
  const lines: string[] = [];
  for (const { name, type, unit, help, samples } of families) {
    const total = type === "counter" ? "_total" : "";
    const family = form === "openmetrics" ? name : name + total;
    lines.push(`# TYPE ${family} ${type}`);
    if (unit && form === "openmetrics") lines.push(`# UNIT ${family} ${unit}`);
    lines.push(`# HELP ${family} ${help}`);
    for (const { suffix = "", labels, value } of samples()) lines.push(`${name}${suffix}${total}${labels} ${value}`);
  }
  if (form === "openmetrics") lines.push("# EOF");
  return `${lines.join("\n")}\n`;
}
