import { isUnsafe } from "../output/sanitize.ts";

/** The decoder's replacement for invalid UTF-8. */
const REPLACEMENT = "\ufffd";

/**
 * Returns true if a name in a package or its object contains text that no compiler writes: control
 * characters, characters that reorder or hide text, invalid UTF-8. Such a name can only deceive the
 * reader of a message.
 */
export function isDeceptive(name: string): boolean {
  return isUnsafe(name) || name.includes(REPLACEMENT) || !name.isWellFormed();
}

/** The words for such a name in a sentence. */
export const DECEPTIVE = "control or format characters, or invalid UTF-8, in a name";
