/** Validates lines of JSON with ajv, by the schema that `exitsnoop schema` prints. */
import { Ajv2020 } from "ajv/dist/2020.js";

/** RFC 3339 in UTC with nanoseconds, as exitsnoop writes every time. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/;

interface ObjectSchema {
  properties?: Record<string, ObjectSchema>;
  additionalProperties?: boolean;
}

/** Forbids keys that the schema does not name: they are missing in the table of columns. */
function closed(schema: ObjectSchema): ObjectSchema {
  if (!schema.properties) return schema;
  const properties = Object.entries(schema.properties).map(([key, value]) => [key, closed(value)]);
  return { ...schema, properties: Object.fromEntries(properties), additionalProperties: false };
}

/**
 * Returns a function that returns the violations of a line, none if it is valid.
 * @throws Error if the schema itself is invalid.
 */
export function lineValidator(schema: object): (line: string) => string[] {
  // to optimize the code of the validator takes longer than all that tests validate with it
  const code = { optimize: false };
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true, code });
  ajv.addFormat("date-time", TIME);
  const { oneOf, ...rest } = schema as { oneOf: ObjectSchema[] };
  const validate = ajv.compile({ ...rest, oneOf: oneOf.map(closed) });
  return (line) => {
    const isValid = validate(JSON.parse(line));
    return isValid ? [] : validate.errors!.map(({ instancePath, message }) => `${instancePath} ${message}: ${line}`);
  };
}
