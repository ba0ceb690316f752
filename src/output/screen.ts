import type { Timespec } from "../exit/timespec.ts";
import { type ByteWriter, bytesOf } from "../text/byte-writer.ts";
import { endInnerLine } from "./exit-lines.ts";
import type { FormatOptions } from "./format.ts";
import { dayOfForm, formatDay } from "./time.ts";

/** The smallest height in lines at which the header is repeated. */
const MIN_HEIGHT = 4;
/** CPUs deliver their records out of order, by less than this, s. */
const MAX_DISORDER = 60;
const MS_PER_SECOND = 1000;

/** The lines between exits on a terminal: the header after each screenful, the date at midnight. */
export class Screen {
  /** The height of the terminal in lines; 0: unknown. */
  #height = 0;
  /** The number of lines since the header, which is one of them. */
  #lines = 0;
  #isHeaderDue = false;
  #dayOf: ReturnType<typeof dayOfForm>;
  /** The day of the last exit; undefined: there was none. */
  #day: number | undefined;
  /** The second of the last call of writeDate(), for which another one has nothing to do. */
  second = Number.NaN;

  constructor(readonly options: FormatOptions) {
    this.#dayOf = dayOfForm(options.time, options.utcOffset);
  }

  /** Called at the start of the trace: the first exit gets a date if it is after midnight. */
  start(): void {
    this.#day = this.#dayOf?.(Math.floor(Date.now() / MS_PER_SECOND));
  }

  /** Called before the lines of a batch. */
  begin(): void {
    this.#height = this.options.height?.() ?? 0;
  }

  /** Makes the header due before the next exit, if there is one at all. */
  requireHeader(): void {
    this.#isHeaderDue = true;
  }

  get isHeaderDue(): boolean {
    if (!this.options.hasHeader) return false;
    return this.#isHeaderDue || (this.#height >= MIN_HEIGHT && this.#lines >= this.#height - 1);
  }

  /** Called when the header was written. */
  headerWritten(): void {
    this.#isHeaderDue = false;
    this.#lines = 1;
  }

  addLines(count: number): void {
    this.#lines += count;
  }

  /** Writes a line with the date before the first exit of a day. */
  writeDate(out: ByteWriter, { seconds }: Timespec): void {
    this.second = seconds;
    if (!this.#dayOf) return;
    const day = this.#dayOf(seconds);
    const last = this.#day;
    if (day === last) return;
    // the wall clock may have been set back, but not by the disorder of records around midnight
    if (last !== undefined && day < last && this.#dayOf(seconds + MAX_DISORDER) >= last) return;
    this.#day = day;
    if (last === undefined) return;
    out.put(bytesOf(formatDay(day)));
    endInnerLine(out);
    this.#lines++;
  }
}
