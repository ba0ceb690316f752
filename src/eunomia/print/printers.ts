import type { BtfTypes } from "../object/btf.ts";
import type { Export } from "../exports.ts";
import { Histogram } from "./histogram.ts";
import { JsonLines, JsonSamples } from "./json-lines.ts";
import type { Look, Printer } from "./printer.ts";
import { Rows, SampleRows } from "./rows.ts";
import { StackTraces } from "./stack-traces.ts";

/** The printer that a map's events want. @throws PackageError where they are of what nobody can print. */
export function printerOf(btf: BtfTypes, what: Export, isJson: boolean, look: Look): Printer {
  if (what.kind !== "sample") {
    if (isJson) return new JsonLines(btf, what.shape, look);
    return what.stack ? new StackTraces(btf, what.shape, what.stack, look) : new Rows(btf, what.shape, look);
  }
  const { key, value, sample } = what;
  if (isJson) return new JsonSamples(btf, key, value, look);
  if (sample.type === "default_kv") return new SampleRows(btf, key, value, look);
  return new Histogram(btf, key, value, sample.type === "linear_hist", sample.unit, look);
}
