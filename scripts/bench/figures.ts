/** Measured figures, and their report: a median and its spread, never a single run. */

/** One figure of one tool, with a value for each round. */
interface Figure {
  figure: string;
  unit: string;
  tool: string;
  values: number[];
}

interface Summary {
  median: number;
  min: number;
  max: number;
}

export function summary(values: readonly number[]): Summary {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { median, min: sorted[0]!, max: sorted.at(-1)! };
}

/** Formats with three significant digits, and integers in full. */
function text(value: number): string {
  if (Number.isNaN(value)) return "-";
  const digits = value === 0 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return Number.isInteger(value) ? String(value) : value.toFixed(Math.min(digits, 4));
}

export class Figures {
  /** In the order of their first values. */
  readonly all: Figure[] = [];

  add(figure: string, unit: string, tool: string, value: number): void {
    let found = this.all.find((other) => other.figure === figure && other.tool === tool);
    if (!found) {
      found = { figure, unit, tool, values: [] };
      this.all.push(found);
    }
    found.values.push(value);
  }

  /** Returns a Markdown table: a row for each tool and figure, with the ratio to the baseline. */
  table(baseline: string): string {
    const lines = ["| figure | tool | median (min to max) | ratio to baseline |", "| --- | --- | --- | --- |"];
    for (const name of new Set(this.all.map(({ figure }) => figure))) {
      const rows = this.all.filter(({ figure }) => figure === name);
      const base = summary(rows.find(({ tool }) => tool === baseline)?.values ?? [0]).median;
      for (const { unit, tool, values } of rows) {
        const { median, min, max } = summary(values);
        const spread = min === max ? "" : ` (${text(min)} to ${text(max)})`;
        const ratio = base > 0 ? (median / base).toFixed(3) : "";
        lines.push(`| ${name}, ${unit} | ${tool} | ${text(median)}${spread} | ${ratio} |`);
      }
    }
    return lines.join("\n");
  }
}
