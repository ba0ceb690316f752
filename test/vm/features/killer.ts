import { expect } from "bun:test";
import { type Subject, subjects } from "../../support/signal-scenarios/index.ts";
import { signalFlood } from "../../support/signal-scenarios/loads.ts";
import { allMistakesOf, readFacts, type Scenario, toScript } from "../../support/signal-scenarios/scenario.ts";
import { type Feature, tracerOutput, commandOutput, wide } from "./feature.ts";

/** A VM has no pseudo-terminals. */
const LEFT_OUT: readonly Subject[] = ["terminals"];

const NOISE = "killer noise";

const scenarios: Record<string, readonly Scenario[]> = {
  killer: (Object.keys(subjects) as Subject[])
    .filter((subject) => !LEFT_OUT.includes(subject))
    .flatMap((subject) => subjects[subject]),
  // more processes than pids: a step, and so a tracer, of its own
  [NOISE]: [signalFlood],
};

const command = (all: readonly Scenario[]) => `/signal-scenarios <<'SCRIPT'\n${toScript(all)}SCRIPT`;

export const killer: Feature = {
  name: "killer of a process: a process, the kernel or the OOM killer",
  steps: Object.fromEntries(
    Object.entries(scenarios).map(([step, all]) => [step, { tracers: { "": wide }, command: command(all) }]),
  ),
  check(outcome) {
    for (const [step, all] of Object.entries(scenarios)) {
      // amid the flood, such a kernel skips both programs for some exits; the tracer counts them
      const mayLose = step === NOISE && /can preempt a BPF program/.test(outcome.part(step, "stderr"));
      const { of, lost } = tracerOutput(outcome, step, "", mayLose);
      const mistakes = allMistakesOf(all, readFacts(commandOutput(outcome, step)), of);
      const missing = mistakes.filter((mistake) => mistake.includes(": [], expected "));
      expect(mistakes.filter((mistake) => !missing.includes(mistake))).toEqual([]);
      expect(missing.length).toBeLessThanOrEqual(lost);
    }
    return undefined;
  },
};
