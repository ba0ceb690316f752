import { Reader } from "../bpf/reader.ts";
import { Exit } from "../exit/exit.ts";
import { Timespec } from "../exit/timespec.ts";
import { withoutFtl } from "../output/ftl.ts";
import { columns } from "../output/index.ts";
import { RecordView } from "../record/view.ts";
import { ByteWriter } from "../text/byte-writer.ts";
import { ClosingLine } from "./closing-line.ts";
import { TraceLoop } from "./loop.ts";

/** Division-heavy formatters: FTL doubles their speed, so they stay eligible. */
const ftlWorthy = new Set(["integer", "nineDigits"]);

/** FTL does not inline the writers of that many columns into the loop over the columns. */
const MIN_COLUMNS_NOT_INLINED = 16;

/**
 * Excludes the functions that FTL inlines into the loops over exits and events: see withoutFtl().
 * This saves a third of the tracer's CPU time for the first 60,000 exits (npm run bench). The
 * methods of the loop over a batch are excluded as well: they call a format once per exit, and
 * compiling that format once more with them takes 40 ms. The writers of many columns are not
 * inlined and stay eligible: compiling them pays off after 250,000 exits.
 */
export function excludeFromFtl(columnCount: number): void {
  for (const { prototype } of [ByteWriter, Reader, Exit, RecordView, Timespec, ClosingLine, TraceLoop]) {
    for (const [name, { value, get }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      if (name === "constructor" || ftlWorthy.has(name)) continue;
      if (typeof value === "function") withoutFtl(value);
      if (get) withoutFtl(get);
    }
  }
  if (columnCount >= MIN_COLUMNS_NOT_INLINED) return;
  for (const column of columns) {
    for (const member of Object.values(column)) if (typeof member === "function") withoutFtl(member);
  }
}
