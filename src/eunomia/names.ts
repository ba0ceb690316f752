import { isUnsafe } from "../cli/visible.ts";

/** What the decoder makes of invalid UTF-8. */
const REPLACEMENT = "\ufffd";

/**
 * Whether a name of a package or its object holds what no compiler writes: control characters, characters that reorder or hide text, invalid
 * UTF-8. Such names exist only to deceive whoever reads a message about them.
 */
export function isDeceptive(name: string): boolean {
  return isUnsafe(name) || name.includes(REPLACEMENT);
}

/** For sentences about such a name. */
export const DECEPTIVE = "control or format characters, or invalid UTF-8, in a name";
