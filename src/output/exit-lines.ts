/**
 * Finds the end of an exit in the lines of a format. In a format that spans lines, a line that ends
 * with a space is not an exit's last: it has another part of the exit, or a header before it.
 */
import { LINE_FEED, SPACE } from "../text/ascii.ts";
import type { ByteWriter } from "../text/byte-writer.ts";

/** Ends a line that is not an exit's last. */
export function endInnerLine(out: ByteWriter): void {
  out.byte(SPACE);
  out.byte(LINE_FEED);
}

/** Removes the blanks of an empty last column. */
export function trimEnd(out: ByteWriter): void {
  while (out.length > 0 && out.bytes[out.length - 1] === SPACE) out.length--;
}

/** Returns true if the byte at `at` is the last one of an exit. */
export function endsExit(bytes: Uint8Array, at: number, spansLines: boolean): boolean {
  return bytes[at] === LINE_FEED && !(spansLines && at > 0 && bytes[at - 1] === SPACE);
}

/** Returns the position after the exit that has the byte at `start`; `end` if it is incomplete. */
export function endOfExit(bytes: Uint8Array, start: number, end: number, spansLines: boolean): number {
  let at = start;
  while (at < end && !endsExit(bytes, at, spansLines)) at++;
  return Math.min(at + 1, end);
}

/** Returns the number of exits that end in this part of the bytes. */
export function countExits(bytes: Uint8Array, start: number, end: number, spansLines: boolean): number {
  let exits = 0;
  for (let at = start; at < end; at++) if (endsExit(bytes, at, spansLines)) exits++;
  return exits;
}
