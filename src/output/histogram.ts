/** Draws histograms as BCC's tools do. */

const BAR_WIDTH = 40;
/** Histograms with more slots have wider numbers and bars of half the length. */
const MAX_NARROW_SLOT = 32;

/** Formats the texts left of and above the bars. */
export interface Scale {
  heading(unit: string, last: number): string;
  row(slot: number, count: number, last: number): string;
}

/** Powers of two: slot n counts the values from 2^n to 2^(n+1) - 1, slot 0 also 0. */
export const log2Scale: Scale = {
  heading: (unit, last) => {
    const [left, right] = last <= MAX_NARROW_SLOT ? [5, 19] : [15, 29];
    return `${" ".repeat(left)}${unit.padEnd(right)} : count    distribution\n`;
  },
  row: (slot, count, last) => {
    const width = last <= MAX_NARROW_SLOT ? 10 : 20;
    const low = slot === 0 ? 0n : 1n << BigInt(slot);
    const high = (1n << BigInt(slot + 1)) - 1n;
    return `${String(low).padStart(width)} -> ${String(high).padEnd(width)} : ${String(count).padEnd(8)} |`;
  },
};

export const linearScale: Scale = {
  heading: (unit) => `     ${unit.padEnd(13)} : count     distribution\n`,
  row: (slot, count) => `        ${String(slot).padEnd(10)} : ${String(count).padEnd(8)} |`,
};

/** Returns the lines up to the last slot that is not empty; an empty text if all are. */
export function drawHistogram(counts: readonly number[], unit: string, scale: Scale): string {
  const last = counts.findLastIndex((count) => count > 0);
  if (last < 0) return "";
  const most = Math.max(...counts);
  const width = last <= MAX_NARROW_SLOT ? BAR_WIDTH : BAR_WIDTH / 2;
  const rows = counts.slice(0, last + 1).map((count, slot) => {
    const stars = Math.floor((count * width) / most);
    return `${scale.row(slot, count, last)}${"*".repeat(stars)}${" ".repeat(width - stars)}|\n`;
  });
  return `${scale.heading(unit, last)}${rows.join("")}`;
}
