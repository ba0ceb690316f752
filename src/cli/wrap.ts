/** Fits text for people to the width of a terminal. Widths are in characters. */

/** A line of two columns, e.g. an option and its meaning. */
export type Row = readonly [left: string, right: string];

export const INDENT = "  ";
const GAP = 2;
/** The left column's share of the width; a longer left part has a line of its own. */
const LEFT_SHARE = 0.45;
/** The least width of the right column, also where the terminal has no room for it. */
const MIN_RIGHT = 16;

const widthOf = (text: string) => [...text].length;

/**
 * Breaks a text between words into lines of at most `width` characters, each after `indent`. A
 * longer word has a line of its own; line feeds stay.
 */
export function wrap(text: string, width: number, indent = ""): string[] {
  const room = Math.max(1, width - widthOf(indent));
  const lines: string[] = [];
  for (const paragraph of text.split("\n")) {
    let line = "";
    for (const word of paragraph.split(" ")) {
      if (line !== "" && widthOf(line) + 1 + widthOf(word) > room) {
        lines.push(line);
        line = word;
      } else {
        line = line === "" ? word : `${line} ${word}`;
      }
    }
    lines.push(line);
  }
  return lines.map((line) => (line === "" ? "" : `${indent}${line}`));
}

/** Formats rows, indented, with the right parts aligned and wrapped. The left parts stay whole. */
export function wrapRows(rows: readonly Row[], width: number): string[] {
  const limit = Math.max(1, Math.floor(width * LEFT_SHARE));
  const fitting = rows.map(([left]) => widthOf(left)).filter((each) => each <= limit);
  const leftWidth = Math.max(0, ...fitting);
  const start = Math.max(0, Math.min(INDENT.length + leftWidth + GAP, width - MIN_RIGHT));
  return rows.flatMap(([left, right]) => {
    const head = `${INDENT}${left}`;
    if (right === "") return [head];
    const lines = wrap(right, width, " ".repeat(start));
    if (widthOf(head) + GAP > start) return [head, ...lines];
    return [`${head.padEnd(start + head.length - widthOf(head))}${lines[0]!.trimStart()}`, ...lines.slice(1)];
  });
}
