/** How many letters must change, go, come or swap places to make one word the other (Damerau-Levenshtein, restricted). */
function distance(a: string, b: string): number {
  let above: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = isSwap ? above[j - 2]! + 1 : Number.POSITIVE_INFINITY;
      next.push(Math.min(change, swap, row[j]! + 1, next[j - 1]! + 1));
    }
    above = row;
    row = next;
  }
  return row[b.length]!;
}

/** The word that somebody who typed `typed` most probably meant; none where nothing is close. */
export function nearest(typed: string, words: readonly string[]): string | undefined {
  const asked = typed.slice(0, 64).toLowerCase();
  const begun = words.filter((word) => asked.length > 1 && word.startsWith(asked));
  if (begun.length === 1) return begun[0];
  const [best] = words.map((word) => ({ word, off: distance(asked, word) })).sort((a, b) => a.off - b.off);
  return best && best.off <= Math.max(1, Math.floor(best.word.length / 3)) ? best.word : undefined;
}
