import { labelsOf, type Sample } from "./metric.ts";

/** A classic histogram: text cannot carry native ones. */
export class Histogram {
  readonly #counts: Float64Array;
  #sum = 0;

  /** @param bounds the upper bounds of the buckets, ascending, without infinity. */
  constructor(readonly bounds: readonly number[]) {
    this.#counts = new Float64Array(bounds.length + 1);
  }

  add(value: number): void {
    let bucket = 0;
    while (bucket < this.bounds.length && value > this.bounds[bucket]!) bucket++;
    this.#counts[bucket]!++;
    this.#sum += value;
  }

  readonly samples = (): Sample[] => {
    let count = 0;
    const buckets = [...this.bounds, Number.POSITIVE_INFINITY].map((bound, i) => {
      count += this.#counts[i]!;
      return { suffix: "_bucket", labels: labelsOf({ le: boundText(bound) }), value: count };
    });
    return [
      ...buckets,
      { suffix: "_count", labels: "", value: count },
      { suffix: "_sum", labels: "", value: this.#sum },
    ];
  };
}

/** Formats a bound as OpenMetrics requires; the text is a part of the series' identity. */
function boundText(bound: number): string {
  if (bound === Number.POSITIVE_INFINITY) return "+Inf";
  return Number.isInteger(bound) && bound < 1e15 ? `${bound}.0` : String(bound);
}
