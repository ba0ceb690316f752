import { noFTL } from "bun:jsc";
import { Exit } from "../enrich/exit.ts";
import { Span } from "../enrich/span.ts";
import { Collector } from "../libbpf/collector.ts";
import { ByteWriter, columns } from "../output/index.ts";
import { RecordView } from "../record/view.ts";

/**
 * Spares JavaScriptCore's last and costliest tier for the loops over exits. The small functions below them are hot as well, and would
 * each be compiled that way by themselves, which costs more than half of all the compiling, only to be inlined into the loops
 * in the end. Over 60,000 exits this takes a third off the tracer's CPU time (npm run bench).
 */
export function compileLoopsOnly(): void {
  for (const { prototype } of [ByteWriter, Collector, Exit, RecordView, Span]) {
    for (const [name, { value, get }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      if (name === "constructor") continue;
      if (typeof value === "function") noFTL(value);
      if (get) noFTL(get);
    }
  }
  for (const column of columns) {
    for (const member of Object.values(column)) if (typeof member === "function") noFTL(member);
  }
}
