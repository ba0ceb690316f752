/** Runs signal scenarios with the agent, test/fixtures/signal-scenarios. */
import { writeFileSync } from "node:fs";
import { fixture, runToEnd, temporaryFolder } from "../tracer.ts";
import type { WideEvent } from "../cgroups.ts";
import { type Facts, mistakesOf, readFacts, type Scenario, toScript } from "./scenario.ts";

/** Runs them in a folder of their own, one after the other; returns the facts by their index. */
export async function runScenarios(scenarios: readonly Scenario[]) {
  using folder = temporaryFolder();
  const script = `${folder.path}/script`;
  writeFileSync(script, toScript(scenarios));
  const { status, stdout, stderr } = await runToEnd([fixture("signal-scenarios"), script], { cwd: folder.path });
  return { status, stderr, facts: readFacts(stdout) };
}

/** A run of scenarios: the agent's facts by their index, and the tracer's records of a process. */
export interface Run {
  facts: ReadonlyMap<number, Facts>;
  of: (pid: number) => WideEvent[];
}

/**
 * Returns the mistakes in the records of scenarios. Those whose sender is missing run again, up to
 * three times: a kernel may keep BPF programs out of some tasks, such as a hypervisor's agent, and
 * a timer that interrupts such a task sends its signal unseen.
 */
export async function mistakesIn(
  scenarios: readonly Scenario[],
  { facts, of }: Run,
  runAgain: (scenarios: readonly Scenario[]) => Promise<Run>,
  reruns = 3,
): Promise<string[]> {
  const mistakes = scenarios.map((one, i) => mistakesOf(one, facts.get(i), of));
  const isUnseen = (_: unknown, i: number) =>
    mistakes[i]!.some((text) => text.includes('"killed_by":null}], expected'));
  const unseen = scenarios.filter(isUnseen);
  if (!unseen.length || !reruns) return mistakes.flat();
  const others = mistakes.filter((_, i) => !isUnseen(_, i)).flat();
  return [...others, ...(await mistakesIn(unseen, await runAgain(unseen), runAgain, reruns - 1))];
}
