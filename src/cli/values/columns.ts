import * as v from "valibot";
import { type ColumnKey, columnKeys } from "../../output/index.ts";
import { itemsOf } from "./common.ts";

const column = v.pipe(
  v.string(),
  v.toLowerCase(),
  v.picklist(columnKeys, "not a column; --columns help lists them") as v.GenericSchema<string, ColumnKey>,
);

/** `KEY[,KEY…]` or `help`. */
export const columnList = v.pipe(v.string(), itemsOf, v.union([v.strictTuple([v.literal("help")]), v.array(column)]));
