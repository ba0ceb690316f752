/** The members of an event that are exported, and the names of their attributes. */

/** The members of a value; `true`: it is a text, a number, a boolean, or an array of such. */
export type Members = true | { readonly [key: string]: Members };

/** A member with the name of its attribute, and with its own members; none: a simple value. */
export interface NamedMember {
  readonly key: string;
  readonly name: string;
  readonly members: readonly NamedMember[] | undefined;
}

/**
 * Returns the members with the names of their attributes: `exitsnoop.killed_by.kind`.
 * @param names attributes whose names do not follow their keys.
 */
export function nameMembers(
  members: Members,
  prefix: string,
  names: Readonly<Record<string, string>> = {},
): readonly NamedMember[] | undefined {
  if (members === true) return undefined;
  return Object.entries(members).map(([key, of]) => {
    const name = names[key] ?? `${prefix}.${key}`;
    return { key, name, members: nameMembers(of, name) };
  });
}
