import type { TracePlan } from "../trace/plan.ts";
import { summaryKeyNames } from "../views/keys.ts";
import type { Host } from "./host.ts";
import type { topOptions } from "./options/top.ts";
import type { ParsedOptions } from "./parse.ts";
import { planTrace } from "./plan.ts";
import { areTerminals } from "./plan-output.ts";

const STDIN = 0;
const INTERVAL = 2000;

/**
 * Resolves the options of `exitsnoop top`: a screen if stdin and every output are a terminal, else
 * summaries that follow each other. @throws UsageError
 */
export function planTop(given: ParsedOptions<typeof topOptions>, host: Host): TracePlan {
  const parsed = { sort: "cpu", interval: INTERVAL, ...given, summary: true } as const;
  const plan = planTrace({ parsed, command: undefined }, host);
  const { TERM } = host.environment;
  const hasScreen =
    plan.summary?.layout === "table" &&
    host.isTerminal(STDIN) &&
    areTerminals(plan.outputs, host) &&
    TERM &&
    TERM !== "dumb";
  if (!hasScreen) return plan;
  // the user may choose any key later
  const whole = planTrace({ parsed: { ...parsed, by: [...summaryKeyNames] }, command: undefined }, host);
  return { ...whole, summary: { ...plan.summary!, screen: { choices: summaryKeyNames } } };
}
