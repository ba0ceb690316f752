/** Why a line of a recording is left out. */
export type Fault = "json" | "value" | "long" | "cut" | "other";

/** Is thrown for a line that is not an exit as exitsnoop writes it. */
export class BrokenLine extends Error {
  override readonly name = "BrokenLine";

  /** @param detail what is wrong with a value; empty for other faults. */
  constructor(
    readonly fault: Fault,
    readonly detail = "",
  ) {
    super(detail || fault);
  }
}

export const notJson = () => new BrokenLine("json");
export const wrongValue = (detail: string) => new BrokenLine("value", detail);
