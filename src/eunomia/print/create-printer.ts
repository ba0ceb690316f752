import type { EventSource } from "../event-sources.ts";
import type { BtfTypes } from "../object/btf.ts";
import { HistogramPrinter } from "./histogram.ts";
import { JsonPrinter, JsonSamplePrinter } from "./json-lines.ts";
import type { PrinterContext, Printer } from "./printer.ts";
import { StackTracePrinter } from "./stack-trace-printer.ts";
import { TablePrinter, SampleTablePrinter } from "./table.ts";

/** Returns the printer for a map's events. @throws PackageError if their type cannot be printed */
export function createPrinter(btf: BtfTypes, source: EventSource, isJson: boolean, context: PrinterContext): Printer {
  if (source.kind !== "sample") {
    const { layout, stack } = source;
    if (isJson) return new JsonPrinter(btf, layout, context);
    return stack ? new StackTracePrinter(btf, layout, stack, context) : new TablePrinter(btf, layout, context);
  }
  const { key, value, sample } = source;
  if (isJson) return new JsonSamplePrinter(btf, key, value, context);
  if (sample.type === "default_kv") return new SampleTablePrinter(btf, key, value, context);
  return new HistogramPrinter(btf, key, value, sample.type === "linear_hist", sample.unit, context);
}
