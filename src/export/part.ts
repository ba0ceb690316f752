import type { InputPosition } from "./spool/saved-position.ts";

/** `boundary`: what follows does not continue the last line. `end`: nothing follows. */
export type Part = Uint8Array | "boundary" | "end";

export interface Input {
  /** The name in messages. */
  readonly name: string;
  /** Resolves to the next bytes, which the next call overwrites. @throws TraceError */
  read(): Promise<Part>;
  /**
   * Returns the position after the lines that were read, without the `pendingBytes` of a line whose
   * end has not come. Undefined: the input cannot be read a second time.
   */
  positionBefore?(pendingBytes: number): InputPosition | undefined;
  /** Makes read() return what is there by now, and then `end`. */
  stop(): void;
}
