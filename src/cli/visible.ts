/** Somebody's words in a sentence of ours: harmless to a terminal, and no longer than a line. */
export function visible(text: string): string {
  const harmless = text.replace(/[^\x20-\x7e]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`);
  return harmless.length > 60 ? `${harmless.slice(0, 57)}...` : harmless;
}
