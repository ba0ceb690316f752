/**
 * The generated parts of the documents. A part begins with the line
 * `<!-- generated: NAME WORDS -->` and ends with `<!-- end -->`; the lines between are replaced.
 */

const PART = /^<!-- generated: (\S+)((?: \S+)*) -->\n[^]*?^<!-- end -->$/gm;

/** Returns the new text of a part, without an end of line, or null to keep the old one. */
export type Generator = (words: readonly string[]) => Promise<string | null> | string | null;

/** The names of the parts in a document, with their words. */
export function partsOf(document: string): string[] {
  return [...document.matchAll(PART)].map(([, name, words]) => `${name}${words}`);
}

/** Returns a document with new parts. @throws Error if it names a part that no generator makes */
export async function replaceParts(document: string, generators: Readonly<Record<string, Generator>>): Promise<string> {
  let result = "";
  let end = 0;
  for (const match of document.matchAll(PART)) {
    const [old, name, words] = match;
    const generator = generators[name!];
    if (!generator) throw new Error(`there is no generator for the part ${name}`);
    const text = await generator(words!.trim().split(" ").filter(Boolean));
    result += document.slice(end, match.index);
    result += text === null ? old : `<!-- generated: ${name}${words} -->\n\n${text}\n\n<!-- end -->`;
    end = match.index + old.length;
  }
  return result + document.slice(end);
}
