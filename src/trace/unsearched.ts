import type { Redactor } from "../exit/redactor.ts";
import { log } from "../log.ts";
import { counted } from "../text/counted.ts";

/** Reports command lines in which --redact replaced more than its expressions match. */
export class UnsearchedReporter {
  #reported = 0;

  constructor(readonly redactor: Pick<Redactor, "unsearched"> | undefined) {}

  /** Called after each batch: warns of the first ones. @param isLast true at the end, for all. */
  update(isLast = false): void {
    const count = this.redactor?.unsearched ?? 0;
    if (count === this.#reported || (this.#reported > 0 && !isLast)) return;
    this.#reported = count;
    log.warn(
      `--redact replaced more than what matches in ${counted(count, "command line")}: the search took too long; ` +
        "use simpler expressions",
    );
  }
}
