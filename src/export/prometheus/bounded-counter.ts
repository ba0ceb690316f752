import { labelsOf, type Sample } from "./metric.ts";

/** The number of series groups, above which those that are idle are evicted. */
const MAX_GROUPS = 100;
/** An idle group is evicted after that long, if another one needs its place, ms. */
const MIN_IDLE = 3_600_000;
const OTHER = "other";

interface Group {
  /** The labels of each series, as text. */
  series: readonly string[];
  counts: Float64Array;
  /** When it was counted last, ms. */
  used: number;
}

/**
 * A counter for things that come and go, such as containers. Each has a series for every outcome,
 * from 0 on. If there are too many, the one that was idle longest is evicted, as its pod is gone;
 * if none is idle, the rest is counted as `other`.
 */
export class BoundedCounter<Label extends string> {
  /** In the order of their use: the first one is idle longest. */
  readonly #groups = new Map<string, Group>();
  readonly #other: Group;
  readonly #otherKey: string;

  /**
   * @param outcomes the values of the label `outcome`; empty: there is no such label.
   * @param now returns milliseconds.
   */
  constructor(
    readonly labels: readonly Label[],
    readonly outcomes: readonly string[] = [],
    readonly maxGroups = MAX_GROUPS,
    readonly now = () => performance.now(),
  ) {
    const values = labels.map(() => OTHER);
    this.#other = this.#create(values);
    this.#otherKey = this.#keyOf(values);
  }

  /** Creates the series of a group with 0. */
  prepare(values: readonly string[]): void {
    this.#groupOf(values);
  }

  /** @param values those of the labels, in their order. */
  add(values: readonly string[], outcome?: string, count = 1): void {
    const index = outcome === undefined ? 0 : this.outcomes.indexOf(outcome);
    if (index >= 0) this.#groupOf(values).counts[index]! += count;
  }

  *samples(): Generator<Sample> {
    for (const { series, counts } of [...this.#groups.values(), this.#other]) {
      for (const [i, labels] of series.entries()) yield { labels, value: counts[i]! };
    }
  }

  #groupOf(values: readonly string[]): Group {
    const key = this.#keyOf(values);
    if (key === this.#otherKey) return this.#other;
    const known = this.#groups.get(key);
    if (known) {
      known.used = this.now();
      this.#groups.delete(key);
      this.#groups.set(key, known);
      return known;
    }
    if (this.#groups.size >= this.maxGroups && !this.#evictIdle()) return this.#other;
    const group = this.#create(values);
    this.#groups.set(key, group);
    return group;
  }

  #evictIdle(): boolean {
    const [first] = this.#groups;
    if (!first || this.now() - first[1].used < MIN_IDLE) return false;
    return this.#groups.delete(first[0]);
  }

  #create(values: readonly string[]): Group {
    const labels = this.#labelsOf(values);
    const { outcomes } = this;
    const series = outcomes.length ? outcomes.map((outcome) => labelsOf({ ...labels, outcome })) : [labelsOf(labels)];
    return { series, counts: new Float64Array(series.length), used: this.now() };
  }

  #labelsOf(values: readonly string[]): Record<string, string> {
    return Object.fromEntries(this.labels.map((label, i) => [label, values[i] ?? ""]));
  }

  /** Returns the text of the labels: of two values that are cut to the same text, one is known. */
  #keyOf(values: readonly string[]): string {
    return labelsOf(this.#labelsOf(values));
  }
}
