/** Times as the stream has them, and the line for a time without a tracer. */

const NS_PER_MS = 1_000_000n;
const SECONDS_PER_NS = 1e-9;
const TIME = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})\.(\d{9})Z$/;
const TIME_LENGTH = "2026-11-30T09:00:00.123456789Z".length;

/** Converts a time of the stream to nanoseconds since 1970; undefined: the text is not a time. */
export function parseTime(text: string): bigint | undefined {
  const [, seconds, nanoseconds] = text.length === TIME_LENGTH ? (TIME.exec(text) ?? []) : [];
  const ms = seconds === undefined ? Number.NaN : Date.parse(`${seconds}Z`);
  return Number.isNaN(ms) ? undefined : BigInt(ms) * NS_PER_MS + BigInt(nanoseconds!);
}

/** Formats nanoseconds since 1970 as RFC 3339 with nine decimals. */
export function formatTime(time: bigint): string {
  const ms = time / NS_PER_MS;
  return new Date(Number(ms)).toISOString().replace("Z", `${String(time % NS_PER_MS).padStart(6, "0")}Z`);
}

export function fromMilliseconds(ms: number): bigint {
  return BigInt(Math.floor(ms)) * NS_PER_MS;
}

/**
 * Returns the line about a gap: exits between the two times may be missing. If the clock was set
 * back, the gap has no length.
 */
export function gapLine(from: bigint, to: bigint): string {
  const end = formatTime(to);
  return `{"event":"gap","time":"${end}","from":"${from < to ? formatTime(from) : end}","to":"${end}"}\n`;
}

/** Returns the message about a gap. */
export function gapText(from: bigint, to: bigint): string {
  if (from >= to) {
    return `no tracer ran until ${formatTime(to)}, it is unknown how long, as the clock was set back; the stream has a gap`;
  }
  const seconds = (Number(to - from) * SECONDS_PER_NS).toFixed(1);
  return `no tracer ran for up to ${seconds} s, from ${formatTime(from)}; the stream has a gap`;
}

/** Returns the line about lines that were lost on the way to the exporter. */
export function lostLine(time: bigint, count: number): string {
  return `{"event":"lost","time":"${formatTime(time)}","count":${count}}\n`;
}
