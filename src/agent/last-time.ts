import { LINE_FEED } from "../text/ascii.ts";
import { parseTime } from "./gap.ts";

/** Every kind of line has its time within its first bytes. */
const MAX_TIME_OFFSET = 64;
const TIME_KEY = '"time":"';
const TIME_BYTES = "2026-11-30T09:00:00.123456789Z".length;

/**
 * Returns the time of the last line that is whole, in nanoseconds since 1970.
 * @param isWhole true if a line begins with the chunk.
 */
export function lastTimeIn(chunk: Uint8Array, isWhole: boolean): bigint | undefined {
  const end = chunk.lastIndexOf(LINE_FEED);
  if (end < 1) return undefined;
  const start = chunk.lastIndexOf(LINE_FEED, end - 1) + 1;
  if (start === 0 && !isWhole) return undefined;
  const head = new TextDecoder("latin1").decode(
    chunk.subarray(start, Math.min(end, start + MAX_TIME_OFFSET + TIME_BYTES)),
  );
  const at = head.indexOf(TIME_KEY);
  return at < 0 ? undefined : parseTime(head.slice(at + TIME_KEY.length, at + TIME_KEY.length + TIME_BYTES));
}
