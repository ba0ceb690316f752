/** The selection of exits that a replay prints. */
import type { Exit } from "../exit/exit.ts";
import { compareTimes, type Timespec } from "../exit/timespec.ts";
import { chooses, compileSelection } from "../filter/matches.ts";
import { ANY, isOn } from "../filter/selection.ts";
import { userSpaceFilter } from "../trace/user-space-filter.ts";
import type { ReplayPlan } from "./plan.ts";
import type { RecordedSelection } from "./recorded-exits.ts";

/** Returns the selection of a plan. */
export function selectionOf({ trace, userNames, needs }: ReplayPlan): RecordedSelection {
  const { selection, withThreads } = trace;
  const byUser = userTest(selection.users, userNames);
  const others = compileSelection(byUser ? { ...selection, users: ANY } : selection, withThreads);
  const inUserSpace = userSpaceFilter(selection);
  const tests = [byUser, others, inUserSpace].filter((one) => one !== undefined);
  const passes = (exit: Exit) => tests.every((test) => test(exit));
  return { needs, passes: tests.length > 1 ? passes : tests[0], withThreads };
}

/** Returns the test of --user with names; undefined if it has none. */
function userTest(
  users: ReplayPlan["trace"]["selection"]["users"],
  names: ReplayPlan["userNames"],
): ((exit: Exit) => boolean) | undefined {
  if (!isOn(names)) return undefined;
  const decoder = new TextDecoder();
  const texts = new WeakMap<Uint8Array, string>();
  const keyOf = (name: string) => `name ${name}`;
  const selected = [...users.selected, ...names.selected.map(keyOf)];
  const removed = [...users.removed, ...names.removed.map(keyOf)];
  const passes = chooses<number | string>({ selected, removed });
  const isNotRemoved = chooses<number | string>({ selected: [], removed });
  return ({ record, context }) => {
    const bytes = context.users.name(record.uid);
    let name = bytes && texts.get(bytes);
    if (bytes && name === undefined) texts.set(bytes, (name = keyOf(decoder.decode(bytes))));
    const values = typeof name === "string" ? [record.uid, name] : [record.uid];
    return values.some(passes) && values.every(isNotRemoved);
  };
}

/** Returns a function that says whether a time is between --since and --until. */
export function insideOf({ since, until }: ReplayPlan): ((time: Timespec) => boolean) | undefined {
  if (!since && !until) return undefined;
  return (time) => (!since || compareTimes(time, since) >= 0) && (!until || compareTimes(time, until) <= 0);
}
