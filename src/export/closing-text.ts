import { counted } from "../text/counted.ts";
import type { Counters } from "./counters.ts";

/**
 * Returns the last line: `8 exits in 41 s, 0 lost by the tracer; prometheus: 8 sent, 0 dropped`.
 * A sink's numbers count events of all kinds.
 */
export function closingText({ exits, lost, suppressed, gaps, sinks }: Counters, time: string): string {
  const parts = [`${counted(exits, "exit")} in ${time}`, `${lost} lost by the tracer`];
  if (suppressed) parts.push(`${suppressed} suppressed by --limit`);
  if (gaps) parts.push(counted(gaps, "gap"));
  const bySink = [...sinks].map(([name, { sent, dropped, queued }]) =>
    [`${name}: ${sent} sent`, `${dropped} dropped`, ...(queued ? [`${queued} queued`] : [])].join(", "),
  );
  return [parts.join(", "), ...bySink].join("; ");
}

/** Returns the sentence on values of a wrong type; undefined if there were none. */
export function wrongValuesText({ wrongValues, firstWrongKey }: Counters): string | undefined {
  if (wrongValues === 0) return undefined;
  const values = counted(wrongValues, "value has a type", "values have types");
  return `${values} that exitsnoop does not write, and counted as unknown (first: ${firstWrongKey})`;
}
