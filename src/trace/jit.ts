import { Exit } from "../exit/exit.ts";
import { Span } from "../exit/timespec.ts";
import { Collector } from "../bpf/reader.ts";
import { ByteWriter, columns } from "../output/index.ts";
import { inlined } from "../output/ftl.ts";
import { RecordView } from "../record/view.ts";

/** What divides, whose own machine code the last tier makes twice as fast. */
const worthIt = new Set(["integer", "nine"]);

/** From so many on, one loop over them has nothing inlined that it could forgo. */
const MANY_COLUMNS = 16;

/**
 * Of all that the loops over exits and events call, but for the decimal numbers in it. Over 60,000 exits this takes a third off the
 * tracer's CPU time (npm run bench). The writers of many columns are never inlined, and are worth that tier as well: compiling them costs
 * what the first 250,000 exits save by it.
 */
export function excludeFromFtl(columnsALine: number): void {
  for (const { prototype } of [ByteWriter, Collector, Exit, RecordView, Span]) {
    for (const [name, { value, get }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      if (name === "constructor" || worthIt.has(name)) continue;
      if (typeof value === "function") inlined(value);
      if (get) inlined(get);
    }
  }
  if (columnsALine >= MANY_COLUMNS) return;
  for (const column of columns) {
    for (const member of Object.values(column)) if (typeof member === "function") inlined(member);
  }
}
