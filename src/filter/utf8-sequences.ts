/** Sets of characters as sequences of UTF-8 bytes, for an automaton that reads a byte at a time. */

/** Inclusive bounds. */
export type Range = readonly [low: number, high: number];

/** A character's bytes, each as a range. */
export interface Sequence {
  bytes: readonly Range[];
  /** True if the character is cut: the byte after it is not a continuation byte. */
  isCut: boolean;
}

/**
 * The forms of a character: its bits are in the lead byte and, six each, in continuation bytes.
 * `all` are the values that the form can hold; those below `min` have a shorter form.
 */
const forms: readonly { lead: number; continuations: number; all: Range; min: number }[] = [
  { lead: 0, continuations: 0, all: [0, 0x7f], min: 0 },
  { lead: 0xc0, continuations: 1, all: [0x80, 0x7ff], min: 0x80 },
  { lead: 0xe0, continuations: 2, all: [0, 0xffff], min: 0x800 },
  { lead: 0xf0, continuations: 3, all: [0, 0x13ffff], min: 0x10000 },
];

/** Surrogates, and the values above the last code point. */
const notCharacters: readonly Range[] = [
  [0xd800, 0xdfff],
  [0x110000, Infinity],
];

/** The bytes that are neither ASCII nor begin a form. */
const invalidBytes: readonly Range[] = [
  [0x80, 0xc1],
  [0xf5, 0xff],
];

/** The forms with too few continuation bytes. */
const cuts = (): Sequence[] =>
  forms.flatMap(({ lead, continuations, all }) => {
    const [whole] = split(all, continuations, lead);
    return whole!.slice(1).map((_, i) => ({ bytes: whole!.slice(0, i + 1), isCut: true }));
  });

/**
 * Returns the byte sequences of the code points in a set. A negated set has all other characters,
 * including the invalid ones: other bytes, cut characters and forms with an invalid code point.
 */
export function sequencesOf(set: readonly Range[], isNegated: boolean): Sequence[] {
  const whole = forms.flatMap(({ lead, continuations, all, min }) => {
    const members = set
      .flatMap((range) => intersect(range, [min, all[1]]))
      .flatMap((range) => subtract(range, notCharacters));
    const ranges = isNegated ? subtract(all, members) : members;
    return ranges.flatMap((range) => split(range, continuations, lead));
  });
  if (isNegated) whole.push(...invalidBytes.map((range) => [range]));
  return [...whole.map((bytes) => ({ bytes, isCut: false })), ...(isNegated ? cuts() : [])];
}

function intersect([low, high]: Range, [from, to]: Range): Range[] {
  const both: Range = [Math.max(low, from), Math.min(high, to)];
  return both[0] <= both[1] ? [both] : [];
}

export function subtract(range: Range, holes: readonly Range[]): Range[] {
  return holes.reduce<Range[]>(
    (rest, [low, high]) =>
      rest.flatMap((part) => [...intersect(part, [-Infinity, low - 1]), ...intersect(part, [high + 1, Infinity])]),
    [range],
  );
}

/** Returns the byte sequences of a range of values in the form with this lead byte. */
function split([low, high]: Range, continuations: number, lead: number): Range[][] {
  if (continuations === 0) return [[[lead + low, lead + high]]];
  // the number of values under one lead byte
  const unit = 64 ** continuations;
  const [first, last] = [Math.floor(low / unit), Math.floor(high / unit)];
  if (low === first * unit && high === (last + 1) * unit - 1) {
    return [[[lead + first, lead + last], ...new Array<Range>(continuations).fill([0x80, 0xbf])]];
  }
  if (first === last) {
    const rest = split([low % unit, high % unit], continuations - 1, 0x80);
    return rest.map((bytes) => [[lead + first, lead + first], ...bytes]);
  }
  // cut at a lead byte's border, so that one part is whole or both have fewer lead bytes
  const border = low % unit ? (first + 1) * unit : last * unit;
  return [...split([low, border - 1], continuations, lead), ...split([border, high], continuations, lead)];
}
