import { UsageError } from "../errors.ts";
import type { Choice } from "../filter/selection.ts";
import { quoteWord } from "../text/sanitize.ts";
import { type Listed, Removed } from "./values/filters.ts";

/** Separates the values of an option by whether a `!` stands before them. */
export function choiceOf<T>(values: readonly Listed<T>[] | undefined): Choice<T> {
  const choice = { selected: [] as T[], removed: [] as T[] };
  for (const value of values ?? []) {
    if (value instanceof Removed) choice.removed.push(value.value);
    else choice.selected.push(value);
  }
  return choice;
}

export function mapChoice<T, U>({ selected, removed }: Choice<T>, convert: (value: T) => U): Choice<U> {
  return { selected: selected.map(convert), removed: removed.map(convert) };
}

/**
 * Checks that removed values leave some of the selected ones. @throws UsageError
 * @param covers returns true if the removed value removes the selected one entirely.
 */
export function checkChoice<T>(
  { selected, removed }: Choice<T>,
  option: string,
  covers: (removed: T, selected: T) => boolean,
): void {
  if (!selected.length) return;
  const left = selected.filter((value) => !removed.some((each) => covers(each, value)));
  if (!left.length) throw nothingLeft(option, removed.map(String));
}

/** Checks a choice of values that match only themselves, unlike globs. @throws UsageError */
export function checkSet<T>(choice: Choice<T>, option: string): void {
  checkChoice(choice, option, (removed, selected) => removed === selected);
}

/** Returns the error for values that are all removed again. */
export function nothingLeft(option: string, removed: readonly string[]): UsageError {
  return new UsageError(`${option}: ${listRemoved(removed)} leaves nothing to select`);
}

const MAX_NAMED = 3;

export function listRemoved(values: readonly string[]): string {
  const named = values.slice(0, MAX_NAMED).map((value) => `!${quoteWord(value)}`);
  return `${named.join(",")}${values.length > MAX_NAMED ? ",…" : ""}`;
}
