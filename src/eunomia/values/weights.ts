/** How many values there are to be written of a type: unions lie over each other, so that a few bytes can hold as many as they like. */
import { type BtfTypes, Kind } from "../object/btf.ts";

export class Weights {
  /** By the type's id. */
  #known = new Map<number, number>();

  constructor(readonly btf: BtfTypes) {}

  /** Of a type and all that it holds by value. */
  of(typeId: number): number {
    const { btf } = this;
    const id = btf.resolve(typeId);
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const { kind } = btf.type(id);
    let weight = 1;
    if (kind === Kind.array) {
      const { elementId, length } = btf.array(id);
      weight += Math.max(1, length) * this.of(elementId);
    } else if (kind === Kind.struct || kind === Kind.union) {
      for (const part of btf.parts(id)) weight += this.of(part);
    }
    this.#known.set(id, weight);
    return weight;
  }
}
