/**
 * Returns the number of letters to change, insert, delete or swap with their neighbor that turn one
 * word into another: the optimal string alignment distance.
 */
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

/** Bounds the time for a long word. */
const MAX_TYPED = 64;

/** The number of words with a common start that are all suggested. */
const MAX_BEGUN = 4;

/** Returns the words that begin with `typed`, if it has two letters and few words do. */
function begunWith(typed: string, words: readonly string[]): readonly string[] {
  const start = typed.slice(0, MAX_TYPED).toLowerCase();
  const begun = words.filter((word) => start.length > 1 && word.startsWith(start));
  return begun.length <= MAX_BEGUN ? begun : [];
}

/**
 * Returns the word that was probably meant by `typed`: the only one that begins with it, or the
 * closest one if at most a third of its letters are wrong.
 */
export function nearest(typed: string, words: readonly string[]): string | undefined {
  const begun = begunWith(typed, words);
  if (begun.length === 1) return begun[0];
  const start = typed.slice(0, MAX_TYPED).toLowerCase();
  const close = words
    .map((word) => ({ word, off: distance(start, word) }))
    .filter(({ word, off }) => off <= Math.max(1, Math.floor(word.length / 3)));
  return close.sort((a, b) => a.off - b.off)[0]?.word;
}

/** Returns the words that may be meant by `typed`: all that begin with it, or the closest one. */
export function suggestions(typed: string, words: readonly string[]): readonly string[] {
  const begun = begunWith(typed, words);
  if (begun.length) return begun;
  const meant = nearest(typed, words);
  return meant === undefined ? [] : [meant];
}
