/** What was measured, and how it is told: a median and its spread, never a single run. */

/** One figure of one tool, a value a round. */
export interface Figure {
  figure: string;
  unit: string;
  tool: string;
  values: number[];
}

export interface Summary {
  median: number;
  least: number;
  most: number;
}

export function summary(values: readonly number[]): Summary {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { median, least: sorted[0]!, most: sorted.at(-1)! };
}

/** Three significant digits; whole numbers as they are. */
function text(value: number): string {
  if (Number.isNaN(value)) return "-";
  const digits = value === 0 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return Number.isInteger(value) ? String(value) : value.toFixed(Math.min(digits, 4));
}

export class Figures {
  readonly all: Figure[] = [];

  /** @param unit stands behind the figure's name; figures are told in the order of their first value. */
  add(figure: string, unit: string, tool: string, value: number): void {
    let found = this.all.find((other) => other.figure === figure && other.tool === tool);
    if (!found) {
      found = { figure, unit, tool, values: [] };
      this.all.push(found);
    }
    found.values.push(value);
  }

  /** A table in Markdown for each figure's name: a line a tool, with its ratio to the peer where that has the figure, too. */
  table(peer: string): string {
    const lines = ["| figure | tool | median (least to most) | of the peer's |", "| --- | --- | --- | --- |"];
    for (const name of new Set(this.all.map(({ figure }) => figure))) {
      const same = this.all.filter(({ figure }) => figure === name);
      const base = summary(same.find(({ tool }) => tool === peer)?.values ?? [0]).median;
      for (const { unit, tool, values } of same) {
        const { median, least, most } = summary(values);
        const spread = least === most ? "" : ` (${text(least)} to ${text(most)})`;
        const ratio = base > 0 ? (median / base).toFixed(3) : "";
        lines.push(`| ${name}, ${unit} | ${tool} | ${text(median)}${spread} | ${ratio} |`);
      }
    }
    return lines.join("\n");
  }
}
