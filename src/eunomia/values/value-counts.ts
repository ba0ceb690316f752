/**
 * Counts the values to print for a type. The members of a union share their bytes, so that a few
 * bytes can have any number of values.
 */
import { type BtfTypes, Kind } from "../object/btf.ts";

export class ValueCounts {
  /** The counts by type id. */
  #known = new Map<number, number>();

  constructor(readonly btf: BtfTypes) {}

  /** Returns the number of values in a type and in all types that it contains. */
  of(typeId: number): number {
    const { btf } = this;
    const id = btf.resolve(typeId);
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const { kind } = btf.type(id);
    let count = 1;
    if (kind === Kind.array) {
      const { elementId, length } = btf.array(id);
      count += Math.max(1, length) * this.of(elementId);
    } else if (kind === Kind.struct || kind === Kind.union) {
      for (const part of btf.partTypes(id)) count += this.of(part);
    }
    this.#known.set(id, count);
    return count;
  }
}
