import { bytesOf } from "../text/byte-writer.ts";
import type { FormatOptions } from "./format.ts";

const utf8 = { ellipsis: bytesOf("…"), arrow: bytesOf("← "), step: bytesOf(" → ") };
const ascii = { ellipsis: bytesOf("..."), arrow: bytesOf("<- "), step: bytesOf(" -> ") };

/**
 * Returns the signs for truncated text, before a killer and between ancestors that the terminal can
 * show.
 */
export function signsOf({ isUtf8 = true }: Pick<FormatOptions, "isUtf8">): typeof utf8 {
  return isUtf8 ? utf8 : ascii;
}
