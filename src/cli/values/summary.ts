import { summaryKeyNames } from "../../views/keys.ts";
import { listOf, oneOf } from "./common.ts";

/** A list of the keys of --by. */
export const summaryKeyList = listOf(oneOf(summaryKeyNames));
