import { expect } from "bun:test";
import { type Subject, subjects } from "../../support/signal-scenarios/index.ts";
import { signalFlood } from "../../support/signal-scenarios/loads.ts";
import { allMistakesOf, readFacts, type Scenario, toScript } from "../../support/signal-scenarios/scenario.ts";
import { type Feature, tracerOutput, commandOutput, wide } from "./feature.ts";

/** A VM has no pseudo-terminals. */
const LEFT_OUT: readonly Subject[] = ["terminals"];

const scenarios: Record<string, readonly Scenario[]> = {
  killer: (Object.keys(subjects) as Subject[])
    .filter((subject) => !LEFT_OUT.includes(subject))
    .flatMap((subject) => subjects[subject]),
  // more processes than pids: a step, and so a tracer, of its own
  "killer noise": [signalFlood],
};

const command = (all: readonly Scenario[]) => `/signal-scenarios <<'SCRIPT'\n${toScript(all)}SCRIPT`;

export const killer: Feature = {
  name: "killer of a process: a process, the kernel or the OOM killer",
  steps: Object.fromEntries(
    Object.entries(scenarios).map(([step, all]) => [step, { tracers: { "": wide }, command: command(all) }]),
  ),
  check(outcome) {
    for (const [step, all] of Object.entries(scenarios)) {
      const { of } = tracerOutput(outcome, step);
      expect(allMistakesOf(all, readFacts(commandOutput(outcome, step)), of)).toEqual([]);
    }
    return undefined;
  },
};
