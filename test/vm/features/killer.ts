import { expect } from "bun:test";
import { baseOf, type WideEvent } from "../../support/cgroups.ts";
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

/** A killer as `--wide` shows it, as far as it is the same for all senders of these scenarios. */
const SENDER_IN_FULL = {
  ...{ args: ["/signal-scenarios"], exe: "/signal-scenarios", sender_cgroup: "/", unit: null, container_id: null },
  ...{ login_uid: null, session_id: null, tty: null },
};

interface FullKiller {
  kind: string;
  pid: number;
  id: string;
  ancestors: { pid: number; comm: string; id: string }[];
}

/** Checks what is shown of each sender besides its pid, name and user. */
function checkSenders(events: readonly WideEvent[]): void {
  const killers = events.flatMap(({ killed_by }) => (killed_by ? [killed_by as unknown as FullKiller] : []));
  const senders = killers.filter(({ kind }) => kind === "process");
  expect(senders.length).toBeGreaterThan(0);
  for (const sender of senders) {
    expect(sender).toMatchObject(SENDER_IN_FULL);
    expect(sender.id).toStartWith(`${sender.pid}-`);
    expect(sender.ancestors.at(-1)).toMatchObject({ pid: 1, comm: "init" });
  }
}

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
      const { events, lost, of } = tracerOutput(outcome, step, "", mayLose);
      checkSenders(events);
      const baseEventsOf = (pid: number) => of(pid).map((event) => ({ ...event, killed_by: baseOf(event.killed_by) }));
      const mistakes = allMistakesOf(all, readFacts(commandOutput(outcome, step)), baseEventsOf);
      const missing = mistakes.filter((mistake) => mistake.includes(": [], expected "));
      expect(mistakes.filter((mistake) => !missing.includes(mistake))).toEqual([]);
      expect(missing.length).toBeLessThanOrEqual(lost);
    }
    return undefined;
  },
};
