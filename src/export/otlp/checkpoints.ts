import type { InputPosition } from "../spool/saved-position.ts";

/** A position in the input, and the last batch before it. */
export interface Checkpoint {
  batch: number;
  position: InputPosition;
}

/** The positions after batches, kept until those batches are sent or stored. */
export class Checkpoints {
  #checkpoints: Checkpoint[] = [];
  /** True if the input has positions. */
  isUsed = false;

  /** The oldest one; undefined: none waits. */
  get first(): Checkpoint | undefined {
    return this.#checkpoints[0];
  }

  /** Adds a position, or replaces the last one if no batch is between the two. */
  add(batch: number, position: InputPosition): void {
    this.isUsed = true;
    if (this.#checkpoints.at(-1)?.batch === batch) this.#checkpoints.pop();
    this.#checkpoints.push({ batch, position });
  }

  /** Returns the last position that only has this batch and earlier ones before it. */
  lastUntil(batch: number): Checkpoint | undefined {
    return this.#checkpoints.findLast((checkpoint) => checkpoint.batch <= batch);
  }

  /** Removes those that are saved. */
  removeUntil(batch: number): void {
    this.#checkpoints = this.#checkpoints.filter((checkpoint) => checkpoint.batch > batch);
  }
}
