import type { Timespec } from "../../exit/timespec.ts";

/** Formats a time as in JSON: UTC with nine decimals. */
export function rfc3339({ seconds, nanoseconds }: Timespec): string {
  const date = new Date(1000 * seconds).toISOString();
  return `${date.slice(0, -".000Z".length)}.${String(nanoseconds).padStart(9, "0")}Z`;
}
