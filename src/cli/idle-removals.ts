import { isGlob } from "../filter/glob.ts";
import type { Choice, Selection } from "../filter/selection.ts";
import { signalName } from "../record/signal-names.ts";
import { listRemoved } from "./plan-choice.ts";

/**
 * Returns a warning if the removed values of an option remove nothing from what others select:
 * `!0,1` is probably meant as `!0,!1`.
 */
function warn<T>(
  option: string,
  { selected, removed }: Choice<T>,
  canRemove = (value: T) => selected.includes(value),
  format: (value: T) => string = String,
): string[] {
  if (!removed.length || removed.some(canRemove)) return [];
  const them = listRemoved(removed.map(format));
  return [`${option}: ${them} removes nothing from the other values; give each value to leave out its own !: !1,!2`];
}

/** Returns warnings about values with a `!` that remove nothing from what the others select. */
export function warnOfIdleRemovals({ pids, parents, users, names, outcome }: Selection): string[] {
  const { signals, codes, coreDumps, oomKills } = outcome;
  const selectsSignals = coreDumps || oomKills;
  const selectsOutcomes = signals.selected.length + codes.selected.length > 0 || selectsSignals;
  const sets: [string, Choice<number>][] = [
    ["--pid", pids],
    ["--ppid", parents],
    ["--user", users],
  ];
  const canRemoveName = (name: string) => [...names.selected, name].some(isGlob) || names.selected.includes(name);
  const canRemoveSignal = (signal: number) => selectsSignals || signals.selected.includes(signal);
  return [
    ...sets.flatMap(([option, choice]) => (choice.selected.length ? warn(option, choice) : [])),
    ...(names.selected.length ? warn("--name", names, canRemoveName) : []),
    ...(selectsOutcomes ? [...warn("--code", codes), ...warn("--signal", signals, canRemoveSignal, signalName)] : []),
  ];
}
