/** Converts times of events to those of OTLP, which are ns since 1970. */

const RFC3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/;
const MS = 1000;
/** OTLP's times have 64 bits: they end in 2554. */
const MAX_SECONDS = 18_446_744_072;

/** Returns ns since 1970 in decimal; undefined: no time in UTC from 1970 on. */
export function nanosecondsOf(time: unknown): string | undefined {
  const match = typeof time === "string" ? RFC3339.exec(time) : null;
  if (!match) return undefined;
  const seconds = Date.parse(`${match[1]}Z`) / MS;
  if (!(seconds >= 0 && seconds <= MAX_SECONDS)) return undefined;
  const nanoseconds = (match[2] ?? "").padEnd(9, "0");
  return seconds === 0 ? String(Number(nanoseconds)) : `${seconds}${nanoseconds}`;
}

/** Returns ms since 1970 as ns in decimal. */
export function fromMilliseconds(ms: number): string {
  return `${Math.floor(ms)}000000`;
}
