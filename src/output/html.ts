import type { Exit } from "../exit/exit.ts";
import { CLOSE_BRACKET, COMMA, LINE_FEED, OPEN_BRACKET } from "../text/ascii.ts";
import { ByteWriter, bytesOf, Literal } from "../text/byte-writer.ts";
import type { ColumnKey } from "./columns.ts";
import type { Format, FormatOptions } from "./format.ts";
import { PAGE_AFTER_DATA, pageBeforeData } from "./html/page.ts";
import { Parents } from "./html/parents.ts";
import { placeless, timelineValues, writeValue } from "./timeline-values.ts";

/**
 * Bounds what a browser has to hold; what is more is counted in the page. A tenth more may be
 * parents of those that the page has: they exit last, and without them the tree falls apart.
 */
export const MAX_ROWS = 500_000;
const MAX_DATA_BYTES = 256 * 1024 * 1024;
const WITH_PARENTS = 1.1;

/**
 * The columns that the page needs for places, outcomes and names, whatever the columns of -C are.
 * Every trace records them.
 */
const NEEDED: readonly ColumnKey[] = [
  ...(["time", "duration_ns", "pid", "ppid", "id", "parent_id", "comm", "parent_comm"] as const),
  ...(["exit_code", "signal", "core_dumped"] as const),
];

const LESS_THAN = 0x3c;
const ESCAPED_LESS_THAN = new Literal("\\u003c");

/** 1 for each byte but `<`, which could end the script element or begin a comment in it. */
const isSafe = new Uint8Array(256).fill(1);
isSafe[LESS_THAN] = 0;

/**
 * A page with a timeline: one file without any other. Its data are lines of JSON in an element that
 * is not run, written as they come: the tracer keeps nothing. An exit is an array of the values
 * whose keys are in the first line.
 */
export class Html implements Format {
  #values;
  #label: string | undefined;
  #isPlaceless;
  #parents: Parents;
  #row = new ByteWriter();
  #rows = 0;
  #bytes = 0;
  #leftOut = 0;
  #placeless = 0;

  constructor(
    options: FormatOptions,
    readonly maxRows = MAX_ROWS,
    readonly maxBytes = MAX_DATA_BYTES,
  ) {
    const columns = [...new Set([...options.columns, ...NEEDED])];
    this.#values = timelineValues({ ...options, columns });
    this.#parents = new Parents(columns.includes("started_by"));
    this.#label = options.label;
    this.#isPlaceless = placeless(options);
  }

  /** Begins a page: also after SIGHUP has replaced the file. */
  header(out: ByteWriter): void {
    this.#rows = this.#bytes = this.#leftOut = this.#placeless = 0;
    out.put(bytesOf(pageBeforeData()));
    this.#writeObject(out, { keys: this.#values.map(({ key }) => key), label: this.#label });
  }

  exit(out: ByteWriter, exit: Exit): void {
    if (this.#isPlaceless(exit)) {
      this.#placeless++;
      return;
    }
    if (!this.#hasRoom(exit)) {
      this.#leftOut++;
      return;
    }
    this.#parents.add(exit);
    const row = this.#row;
    row.reset();
    row.byte(OPEN_BRACKET);
    for (let i = 0; i < this.#values.length; i++) {
      if (i > 0) row.byte(COMMA);
      writeValue(row, exit, this.#values[i]!);
    }
    row.reserve(0);
    row.byte(CLOSE_BRACKET);
    row.byte(LINE_FEED);
    const before = out.length;
    writeEscaped(out, row);
    this.#rows++;
    this.#bytes += out.length - before;
  }

  #hasRoom(exit: Exit): boolean {
    const use = Math.max(this.#rows / this.maxRows, this.#bytes / this.maxBytes);
    return use < 1 || (use < WITH_PARENTS && this.#parents.has(exit));
  }

  lost(out: ByteWriter, count: number): void {
    this.#writeObject(out, { lost: count });
  }

  footer(out: ByteWriter): void {
    this.#writeObject(out, { leftOut: this.#leftOut, placeless: this.#placeless, isEnd: true });
    out.put(bytesOf(PAGE_AFTER_DATA));
  }

  #writeObject(out: ByteWriter, value: object): void {
    const row = this.#row;
    row.reset();
    row.put(bytesOf(`${JSON.stringify(value)}\n`));
    writeEscaped(out, row);
  }
}

/** Writes JSON with each `<` escaped, which is in strings only. */
function writeEscaped(out: ByteWriter, { bytes, length }: ByteWriter): void {
  for (let at = 0; at < length;) {
    at = out.copyWhile(isSafe, bytes, at, length);
    if (at === length) return;
    out.reserve(0);
    out.literal(ESCAPED_LESS_THAN);
    at++;
  }
}
