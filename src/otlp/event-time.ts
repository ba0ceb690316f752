/** Converts times of events to those of OTLP, which are ns since 1970. */

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/;
/** The length of a time up to its second. */
const SECOND = 19;
const MS = 1000;
/** OTLP's times have 64 bits: they end in 2554. */
const MAX_SECONDS = 18_446_744_072;

/** The last second: most events have that of the one before. */
const last = { text: "", seconds: 0 };

function secondsOf(text: string): number {
  if (text !== last.text) Object.assign(last, { text, seconds: Date.parse(`${text}Z`) / MS });
  return last.seconds;
}

/** Returns ns since 1970 in decimal; undefined: no time in UTC from 1970 on. */
export function nanosecondsOf(time: unknown): string | undefined {
  if (typeof time !== "string" || !RFC3339.test(time)) return undefined;
  const seconds = secondsOf(time.slice(0, SECOND));
  if (!(seconds >= 0 && seconds <= MAX_SECONDS)) return undefined;
  const nanoseconds = time.slice(SECOND + 1, -1).padEnd(9, "0");
  return seconds === 0 ? String(Number(nanoseconds)) : `${seconds}${nanoseconds}`;
}

/** Returns ms since 1970 as ns in decimal. */
export function fromMilliseconds(ms: number): string {
  return `${Math.floor(ms)}000000`;
}
