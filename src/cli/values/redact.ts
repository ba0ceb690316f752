import * as v from "valibot";

const MAX_EXPRESSION = 1000;

/** A regular expression; src/text/redact.ts, which needs RE2, checks it. */
export const redaction = v.pipe(
  v.string(),
  v.minLength(1, "empty; give an expression for what is to be replaced"),
  v.maxLength(MAX_EXPRESSION, `too long; the longest expression has ${MAX_EXPRESSION} characters`),
  v.transform((text) => [text]),
);
