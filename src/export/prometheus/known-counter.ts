import { labelsOf, type Sample } from "./metric.ts";

/** A counter with one label, whose values are known. Each begins with 0. */
export class KnownCounter {
  readonly #counts: Map<string, number>;

  constructor(
    readonly label: string,
    values: readonly string[],
    /** The value that counts for all others; undefined: they are not counted. */
    readonly rest?: string,
  ) {
    this.#counts = new Map(values.map((value) => [value, 0]));
  }

  add(value: string, amount = 1): void {
    const key = this.#counts.has(value) ? value : this.rest;
    if (key !== undefined) this.#counts.set(key, this.#counts.get(key)! + amount);
  }

  readonly samples = (): Sample[] =>
    [...this.#counts].map(([value, count]) => ({ labels: labelsOf({ [this.label]: value }), value: count }));
}
