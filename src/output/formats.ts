import type { Format, FormatOptions, Layout } from "./format.ts";
import { Html } from "./html.ts";
import { lineFormats } from "./line-formats.ts";
import { Otlp } from "./otlp.ts";
import { TraceEvents } from "./trace-events.ts";

const formats = { ...lineFormats, otlp: Otlp, trace: TraceEvents, html: Html };

export function createFormat(layout: Layout, options: FormatOptions): Format {
  return new formats[layout](options);
}
