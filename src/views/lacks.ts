/** Columns whose values exits lack, as they were not recorded. Live exits lack none. */
import type { Exit } from "../exit/exit.ts";
import type { ColumnKey } from "../output/index.ts";
import type { SummaryKey } from "./keys.ts";

/** Returns a function that decides which exits lack the value of a column. */
export type LacksColumn = (key: ColumnKey) => (exit: Exit) => boolean;

type Test = (exit: Exit) => boolean;

/** Tells which exits lack values that are summed up. */
export interface LackingSums {
  outcome: Test;
  killer: Test;
  duration: Test;
  cpu: Test;
  rss: Test;
}

/** Returns true if an exit lacks the values of all these columns. */
function lacksAll(lacks: LacksColumn, keys: readonly ColumnKey[]): Test {
  const tests = keys.map(lacks);
  return (exit) => tests.every((test) => test(exit));
}

export function lackingSums(lacks: LacksColumn | undefined): LackingSums | undefined {
  if (!lacks) return undefined;
  const [user, system] = [lacks("cpu_user_ns"), lacks("cpu_system_ns")];
  return {
    outcome: lacksAll(lacks, ["exit_code", "signal"]),
    killer: lacks("killed_by"),
    duration: lacks("duration_ns"),
    cpu: (exit) => user(exit) || system(exit),
    rss: lacks("max_rss_bytes"),
  };
}

/** Returns, for each key, the exits that lack its value. */
export function lackingKeys(lacks: LacksColumn | undefined, keys: readonly SummaryKey[]): readonly Test[] | undefined {
  return lacks && keys.map(({ valueColumns }) => lacksAll(lacks, valueColumns));
}
