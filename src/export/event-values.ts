/** The types of values in a line, and their checks. */

/** Collects the names of the keys whose values have a wrong type. */
export interface WrongValues {
  add(key: string): void;
}

/** The results of the checks of a line. */
export class Findings {
  /** True if an integer is beyond 2^53, so that a JavaScript number may have rounded it. */
  isInexact = false;

  constructor(readonly wrong?: WrongValues) {}
}

/**
 * Returns true if a value has the type T. Members of an object that have a wrong type are replaced
 * by null and reported, and the object is kept.
 * @param path the name of the value, for the report.
 */
export type Check<T> = (value: unknown, path: string, findings: Findings) => value is T;

/** The type that a check assures. */
type Checked<C> = C extends (value: unknown, path: string, findings: Findings) => value is infer T ? T : never;
/** The values of an object. A key that the line lacks is undefined, an unknown value is null. */
export type Values<Table> = { readonly [Key in keyof Table]?: Checked<Table[Key]> | null };

/** The largest number of 64 bits, which is larger than what a JavaScript number has exactly. */
const MAX_INTEGER = 2 ** 64;
/** More exits than any machine loses before the tracer reports it. */
const MAX_EXITS = 2 ** 40;
const RFC3339 = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{9}Z$/;

export const text = (value: unknown): value is string => typeof value === "string";
export const boolean = (value: unknown): value is boolean => typeof value === "boolean";
/** An integer; exactInteger() has the exact value of one above 2^53. */
export const integer: Check<number> = (value, _path, findings): value is number => {
  if (Number.isSafeInteger(value)) return true;
  if (!Number.isInteger(value) || Math.abs(value as number) > MAX_INTEGER) return false;
  return (findings.isInexact = true);
};
/** A count: an integer that is not negative. */
export const count: Check<number> = (value, path, findings): value is number =>
  integer(value, path, findings) && value >= 0;
/** A number of exits: sums of them stay exact. */
export const exitCount: Check<number> = (value, path, findings): value is number =>
  count(value, path, findings) && value <= MAX_EXITS;
/** A time as exitsnoop writes it: UTC, nine decimals. */
export const time = (value: unknown): value is string => typeof value === "string" && RFC3339.test(value);

export const texts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every(text);

/** An object with some of the keys of a table; other keys are ignored. */
export function object<const Table extends Readonly<Record<string, unknown>>>(table: Table): Check<Values<Table>> {
  const checks = new Map(Object.entries(table as Record<string, Check<unknown>>));
  // known keys of earlier objects by their place: most objects have the same keys in this order
  const lastKeys: string[] = [];
  const lastChecks: Check<unknown>[] = [];
  return (value, path, findings): value is Values<Table> => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
    const members = value as Record<string, unknown>;
    let i = -1;
    for (const key in members) {
      const member = members[key];
      i++;
      const isSame = lastKeys[i] === key;
      const check = isSame ? lastChecks[i] : checks.get(key);
      // unknown keys are not kept: they may be long, and many
      if (!isSame && check && i < checks.size) {
        lastKeys[i] = key;
        lastChecks[i] = check;
      }
      if (member === null || !check) continue;
      // names are composed for objects only, which are few
      const name = typeof member !== "object" ? key : path ? `${path}.${key}` : key;
      if (check(member, name, findings)) continue;
      findings.wrong?.add(path ? `${path}.${key}` : key);
      members[key] = null;
    }
    return true;
  };
}

export function arrayOf<T>(check: Check<T>): Check<readonly T[]> {
  return (value, path, findings): value is readonly T[] =>
    Array.isArray(value) && value.every((item) => check(item, path, findings));
}
