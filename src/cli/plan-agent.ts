import type { AgentPlan } from "../agent/plan.ts";
import { UsageError } from "../errors.ts";
import type { Host } from "./host.ts";
import { type agentOptions, agentExporterOptions, agentTracerOptions } from "./options/agent.ts";
import type { Options, Syntax } from "./options/index.ts";
import type { ParsedOptions } from "./parse.ts";
import { planTrace } from "./plan.ts";
import { planExport } from "./plan-export.ts";
import { longNames, tokensOf } from "./tokens.ts";

const DEFAULT_STATE = "/var/lib/exitsnoop/agent.state";

/**
 * Resolves the options of `exitsnoop agent`. The tracer and the exporter read theirs again; they
 * are resolved here, too, so that a wrong one ends the agent before it starts anything.
 * @param args the arguments that were parsed. @throws UsageError
 */
export function planAgent(
  parsed: ParsedOptions<typeof agentOptions>,
  args: readonly string[],
  syntax: Syntax<Options>,
  host: Host,
): AgentPlan {
  const { state, quiet, verbose, as: _as, args: _exported, ...options } = parsed;
  checkExport(parsed);
  const { latency } = planTrace({ parsed: { ...options, json: true, wide: true }, command: undefined }, host);
  const given = optionsOf(args, syntax);
  const of = (table: Options) => given.filter(({ key }) => Object.hasOwn(table, key)).map(({ word }) => word);
  return {
    tracerArgs: ["--json", "--wide", ...(verbose ? ["--verbose"] : []), ...of(agentTracerOptions)],
    exporterArgs: [
      "export",
      "--confirm",
      ...(verbose ? ["--verbose"] : []),
      ...(quiet ? ["--quiet"] : []),
      ...of(agentExporterOptions),
    ],
    stateFile: state ?? DEFAULT_STATE,
    isStateRequired: state !== undefined,
    latency,
  };
}

/** @throws UsageError with the words of the agent */
function checkExport(parsed: ParsedOptions<typeof agentOptions>): void {
  try {
    planExport(parsed, undefined);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(error.message.replaceAll("exitsnoop export", "exitsnoop agent"));
  }
}

/** Returns each option of the arguments as one word, with its key. */
function optionsOf(args: readonly string[], syntax: Syntax<Options>): { key: string; word: string }[] {
  const names = longNames(syntax.options);
  return tokensOf(args, syntax, names).tokens.flatMap((token) => {
    const key = token.kind === "option" ? names.get(token.name) : undefined;
    if (token.kind !== "option" || key === undefined) return [];
    return [{ key, word: token.value === undefined ? `--${key}` : `--${key}=${token.value}` }];
  });
}
