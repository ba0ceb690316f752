/** Runs signal scenarios with the agent, test/fixtures/signal-scenarios. */
import { writeFileSync } from "node:fs";
import { fixture, runToEnd, temporaryFolder } from "../tracer.ts";
import { readFacts, type Scenario, toScript } from "./scenario.ts";

/** Runs them in a folder of their own, one after the other; returns the facts by their index. */
export async function runScenarios(scenarios: readonly Scenario[]) {
  using folder = temporaryFolder();
  const script = `${folder.path}/script`;
  writeFileSync(script, toScript(scenarios));
  const { status, stdout, stderr } = await runToEnd([fixture("signal-scenarios"), script], { cwd: folder.path });
  return { status, stderr, facts: readFacts(stdout) };
}
