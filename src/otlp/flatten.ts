/** Turns a value of an event into attributes, which OTLP's events keep flat. */
import { type Attribute, type AttributeValue, isInt64 } from "./log-record.ts";
import { exactInteger } from "./parse-exactly.ts";
import type { NamedMember } from "./shape.ts";

/** Longer arrays are cut: a process has 16 ancestors, and a crash site 64 frames. */
const MAX_ITEMS = 4096;

/**
 * Adds the attributes of an object: one for each member, and for an array of objects one array for
 * each of their members. A value that is null or has another type adds nothing.
 */
export function flatten(attributes: Attribute[], object: unknown, members: readonly NamedMember[]): void {
  if (typeof object !== "object" || object === null) return;
  const values = object as Readonly<Record<string, unknown>>;
  for (let i = 0; i < members.length; i++) {
    const { key, name, members: inner } = members[i]!;
    const value = values[key];
    if (value === null || value === undefined) continue;
    if (!inner) addValue(attributes, name, typeof value === "number" ? (exactInteger(values, key) ?? value) : value);
    else if (Array.isArray(value)) addColumns(attributes, value.slice(0, MAX_ITEMS), inner);
    else flatten(attributes, value, inner);
  }
}

/** Adds an attribute, unless the value is of another type than attributes have. */
export function addValue(attributes: Attribute[], key: string, value: unknown): void {
  const attribute = Array.isArray(value) ? arrayOf(value.slice(0, MAX_ITEMS)) : simpleValue(value);
  if (attribute !== undefined) attributes.push({ key, value: attribute });
}

/** Returns an integer beyond int64 as text: a Collector refuses the whole request for one. */
function simpleValue(value: unknown): AttributeValue | undefined {
  switch (typeof value) {
    case "string":
      // protobuf's strings are UTF-8, which has no lone surrogates
      return value.toWellFormed();
    case "boolean":
      return value;
    case "number":
      if (Number.isSafeInteger(value)) return value;
      // events have no fractions
      return Number.isInteger(value) ? simpleValue(BigInt(value)) : undefined;
    case "bigint":
      return isInt64(value) ? value : String(value);
    default:
      return undefined;
  }
}

function addColumns(attributes: Attribute[], items: readonly unknown[], members: readonly NamedMember[]): void {
  for (const { key, name } of members) {
    addValue(
      attributes,
      name,
      items.map((item) => (item as Readonly<Record<string, unknown>> | null)?.[key]),
    );
  }
}

/**
 * Returns an array of one type, as the conventions ask for: integers, or else texts, which are
 * empty where there is no value. Undefined: an array of arrays or objects.
 */
function arrayOf(items: readonly unknown[]): readonly string[] | readonly number[] | undefined {
  if (items.some((item) => typeof item === "object" && item !== null)) return undefined;
  if (items.length > 0 && items.every((item) => Number.isSafeInteger(item))) return items as number[];
  return items.map((item) => (item === null || item === undefined ? "" : String(item).toWellFormed()));
}
