import * as v from "valibot";

/** The file of one --output. A list, since the option may be given several times. */
export const outputFile = v.pipe(
  v.string(),
  v.transform((file) => [file]),
);
