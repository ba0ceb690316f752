import { isUnsafeText } from "../text/sanitize.ts";

/** The decoder's replacement for invalid UTF-8. */
const REPLACEMENT = "\ufffd";

/**
 * Returns true if a name in a package or its object contains text that no compiler writes: control
 * characters, characters that reorder or hide text, invalid UTF-8. Such a name can only deceive the
 * reader of a message.
 */
export function isUnsafeName(name: string): boolean {
  return isUnsafeText(name) || name.includes(REPLACEMENT) || !name.isWellFormed();
}

/** Describes such a name in a message. */
export const UNSAFE_NAME = "control or format characters, or invalid UTF-8, in a name";
