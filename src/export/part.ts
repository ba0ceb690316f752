/** `boundary`: what follows does not continue the last line. `end`: nothing follows. */
export type Part = Uint8Array | "boundary" | "end";

export interface Input {
  /** The name in messages. */
  readonly name: string;
  /** Resolves to the next bytes, which the next call overwrites. @throws TraceError */
  read(): Promise<Part>;
  /** Makes read() return what is there by now, and then `end`. */
  stop(): void;
}
