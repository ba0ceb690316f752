/** Escapes characters in JSON that a terminal acts on, or that reorder the text around them. */
import { propertiesOf, UNSAFE } from "../text/characters.ts";

/** JSON.stringify() has escaped the other controls. */
const notPlain = /[^\x20-\x7e]/gu;
const hasOther = /[^\x20-\x7e]/;

function escape(character: string): string {
  const codePoint = character.codePointAt(0)!;
  if (codePoint >= 0x80 && (propertiesOf(codePoint) & UNSAFE) === 0) return character;
  return Array.from({ length: character.length }, (_, i) => {
    return `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`;
  }).join("");
}

/** Returns JSON with the same values, whose unsafe characters are written as `\uNNNN`. */
export function escapeUnsafe(json: string): string {
  return hasOther.test(json) ? json.replace(notPlain, escape) : json;
}
