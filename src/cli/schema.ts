/** The JSON Schema of `--format json`, made from the table of columns. */
import { TIME } from "../output/columns/column.ts";
import { type Column, columns, schemaOf } from "../output/index.ts";
import { suppressedProperties, suppressedRequired } from "../output/suppressed-json.ts";
import { reportProperties, reportRequired } from "../views/report/schema.ts";
import { summaryProperties, summaryRequired } from "../views/schema.ts";

/** In lines of all kinds, with --label only. */
const LABEL = { label: { description: "the text of --label", type: "string" } };

/**
 * The kinds of lines by the value of `event`: the keys that every line of the kind has, and all
 * keys. Which columns an exit has depends on --columns, --wide and --threads.
 */
const kinds: { event: string; description: string; required: readonly string[]; properties: Record<string, object> }[] =
  [
    {
      event: "exit",
      description:
        "A process, or with --threads a thread, that ended. A key of a column that is not shown is left out.",
      required: [],
      properties: Object.fromEntries(
        columns.map((column: Column) => [column.key, { description: column.help, ...schemaOf(column) }]),
      ),
    },
    {
      event: "lost",
      description: "Exits that are missing in the output.",
      required: ["time", "count"],
      properties: {
        time: { description: "when the loss was noticed", ...TIME },
        count: { description: "how many exits", type: "integer", minimum: 1 },
      },
    },
    {
      event: "suppressed",
      description:
        "Exits within a second that --limit did not print, since they are like others that it did. A key is null if its value is not known, and all of them are if there were too many kinds.",
      required: suppressedRequired,
      properties: suppressedProperties,
    },
    {
      event: "gap",
      description: "A time in which no tracer ran, so that any number of exits is missing.",
      required: ["from", "to"],
      properties: {
        time: { description: "when it was noticed", ...TIME },
        from: { description: "when the last tracer was known to run", ...TIME },
        to: { description: "when the next one had begun to trace", ...TIME },
        reason: { description: "why, if that is known", type: ["string", "null"] },
      },
    },
    {
      event: "summary",
      description: "A row of --summary. It has the keys that --by names, null where exits have no such value.",
      required: summaryRequired,
      properties: summaryProperties,
    },
    {
      event: "report",
      description: "The report of exitsnoop report --report-format json.",
      required: reportRequired,
      properties: reportProperties,
    },
  ];

/**
 * Returns the schema (draft 2020-12) of every line that `--format json` prints. It allows keys that
 * it does not name: later versions may add some.
 */
export function jsonSchema(): object {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "One line of exitsnoop --format json",
    oneOf: kinds.map(({ event, description, required, properties }) => ({
      title: event,
      description,
      type: "object",
      properties: { event: { const: event }, ...properties, ...LABEL },
      required: ["event", ...required],
    })),
  };
}
