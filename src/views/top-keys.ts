/** The keys of exitsnoop top: those that have a meaning, from what a terminal sends. */

export type Key =
  { kind: "character"; character: string } | { kind: "enter" | "escape" | "erase" | "interrupt" | "up" | "down" };

const decoder = new TextDecoder();
const ESCAPE = "\x1b";
/** Matches one character, or a sequence that begins with escape: CSI, SS3, or Alt with a key. */
const KEY = /\x1b\[[0-?]*[ -/]*[@-~]|\x1bO.|\x1b[^[O]|[^]/gu;
const named: Record<string, Exclude<Key["kind"], "character">> = {
  "\r": "enter",
  "\n": "enter",
  "\x7f": "erase",
  "\b": "erase",
  "\x03": "interrupt",
  "\x04": "interrupt",
  [ESCAPE]: "escape",
  "\x1b[A": "up",
  "\x1b[B": "down",
  "\x1bOA": "up",
  "\x1bOB": "down",
};

/** Returns the keys in the bytes that were read at once. Keys without a meaning are left out. */
export function keysOf(bytes: Uint8Array): Key[] {
  const keys: Key[] = [];
  for (const [text] of decoder.decode(bytes).matchAll(KEY)) {
    const kind = Object.hasOwn(named, text) ? named[text] : undefined;
    if (kind) keys.push({ kind });
    else if (!text.startsWith(ESCAPE) && text >= " ") keys.push({ kind: "character", character: text });
  }
  return keys;
}
