/** The JSON Schema of the rows of a summary. */
import { COUNT, orNull, type Schema, TIME } from "../output/columns/column.ts";
import { summaryKeys } from "./keys.ts";
import { rowKinds } from "./summary-data.ts";
import { values } from "./values.ts";

/** The members of a row that are there whatever the keys are. */
const common: Record<string, Schema & { description: string }> = {
  time: { description: "the end of the time that is summed up; null if no exit has a time", ...orNull(TIME) },
  from: { description: "its start", ...orNull(TIME) },
  row: {
    description: "the exits with one key; those of keys for which there was no room; all exits",
    type: "string",
    enum: rowKinds,
  },
  complete: {
    description: "false if earlier exits with this key are in the row other, so that all numbers are lower bounds",
    type: "boolean",
  },
  ...Object.fromEntries(
    values.map(({ key, help, schema, isAbsent }) => [
      key,
      { description: help, ...(isAbsent ? orNull(schema) : schema) },
    ]),
  ),
};

/** The keys of --by, of which a row has some, and the distribution of --wide. */
const optional: Record<string, object> = {
  ...Object.fromEntries(
    summaryKeys.flatMap(({ help, fields }) =>
      fields.map(({ key, schema }) => [key, { description: help, ...orNull(schema) }]),
    ),
  ),
  duration_histogram: {
    description: "how many lived from one time to another, both included, in us",
    type: "array",
    items: {
      type: "object",
      properties: { from_us: COUNT, to_us: COUNT, count: COUNT },
      required: ["from_us", "to_us", "count"],
    },
  },
};

export const summaryRequired: readonly string[] = Object.keys(common);
export const summaryProperties: Record<string, object> = { ...common, ...optional };
