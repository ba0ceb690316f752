/**
 * killed_by names the sender of the signal, one that the scenario allows, never another process.
 * The rows are in test/support/signal-scenarios.
 */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { watch } from "../support/cgroups.ts";
import { subjects } from "../support/signal-scenarios/index.ts";
import { READY, sentBeforeTracing, signalFlood } from "../support/signal-scenarios/loads.ts";
import { reboots } from "../support/signal-scenarios/namespaces.ts";
import { mistakesIn, runScenarios } from "../support/signal-scenarios/run.ts";
import { allMistakesOf, mistakesOf, readFacts, type Scenario, toScript } from "../support/signal-scenarios/scenario.ts";
import { fixture, type Tracer } from "../support/tracer.ts";

/** Runs the scenarios under one tracer, when the first of their tests starts. */
function traceOnce(scenarios: readonly Scenario[]) {
  let traced: ReturnType<typeof trace> | undefined;
  return () => (traced ??= trace(scenarios));
}

async function trace(scenarios: readonly Scenario[], options: string[] = []) {
  const { value, of, stderr } = await watch(() => runScenarios(scenarios), options);
  expect(value.stderr).toBe("");
  expect(value.status).toBe(0);
  expect(stderr).toMatch(/, 0 lost$/m);
  return { facts: value.facts, of };
}

for (const [subject, scenarios] of Object.entries<readonly Scenario[]>(subjects)) {
  describe(`killed_by, ${subject}`, () => {
    const traced = traceOnce(scenarios);

    test.each(scenarios.map((scenario, i) => [scenario.title, scenario, i] as const))("%s", async (_, scenario, i) => {
      const { facts, of } = await traced();
      const own = { facts: new Map([[0, facts.get(i)!]]), of };
      expect(await mistakesIn([scenario], own, trace)).toEqual([]);
    });
  });
}

test("scenarios have titles of their own", () => {
  const titles = Object.values<readonly Scenario[]>(subjects).flatMap((all) => all.map(({ title }) => title));
  expect(titles.length).toBeGreaterThan(240);
  expect(titles.length).toBe(new Set(titles).size);
});

describe("--signal selects by the status that wait4() gives", () => {
  test.each([
    ["HUP,INT", (signal: number) => signal === 1 || signal === 2, 12],
    ["KILL", (signal: number) => signal === 9, 20],
  ])(
    "-s %s with reboot(2) in a PID namespace: reports the deaths by these signals only",
    async (signals, isSelected, count) => {
      const { facts, of } = await trace(reboots, ["-s", signals]);
      const isReported = ({ signal }: { signal: number | null }) => signal !== null && isSelected(signal);
      const selected = reboots.map((one) => ({ ...one, deaths: one.deaths.filter(isReported) }));
      expect(selected.flatMap(({ deaths }) => deaths).length).toBe(count);
      expect(allMistakesOf(selected, facts, of)).toEqual([]);
      const others = reboots.flatMap(({ deaths }, i) =>
        deaths
          .filter((death) => death.senders && !isReported(death))
          .flatMap(({ actor }) => of(facts.get(i)!.actors.get(actor)!.pid)),
      );
      expect(others).toEqual([]);
    },
  );
});

test("killed_by, signal sent before tracing begins: reports unknown", async () => {
  const agent = Bun.spawn([fixture("signal-scenarios")], { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
  const reader = agent.stdout.getReader();
  let stdout = "";
  const decoder = new TextDecoder();
  const more = async () => {
    const { value, done } = await reader.read();
    stdout += decoder.decode(value, { stream: true });
    return !done;
  };
  const [before, after] = toScript([sentBeforeTracing]).split(`say ${READY}\n`);
  agent.stdin.write(`${before}say ${READY}\n`);
  await agent.stdin.flush();
  while (!stdout.includes(`${READY}\n`)) expect(await more()).toBe(true);
  const { of } = await watch(async () => {
    agent.stdin.write(after!);
    await agent.stdin.end();
    while (await more());
    await agent.exited;
  });
  expect(agent.exitCode).toBe(0);
  expect(mistakesOf(sentBeforeTracing, readFacts(stdout).get(0), of)).toEqual([]);
});

const residentKb = ({ process }: Tracer) =>
  Number(/^VmRSS:\s*(\d+)/m.exec(readFileSync(`/proc/${process.pid}/status`, "utf8"))![1]);

test("killed_by, 100,000 signals between processes that live on: names no other process, and memory does not grow", async () => {
  let resident = 0;
  const { value, of, stderr } = await watch(async (tracer) => {
    const runs = [];
    for (let i = 0; i < 3; i++) {
      runs.push(await runScenarios([signalFlood]));
      // the first run warms up what grows only once
      if (i === 0) resident = residentKb(tracer);
    }
    return { runs, grown: residentKb(tracer) - resident };
  });
  expect(stderr).toMatch(/, 0 lost$/m);
  for (const { status, stderr, facts } of value.runs) {
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const [first, second] = facts.get(0)!.results;
    expect(first! + second!).toBeGreaterThan(100_000);
    expect(mistakesOf(signalFlood, facts.get(0), of)).toEqual([]);
  }
  // senders are kept in two generations of 2 MiB, and the engine frees memory late
  expect(value.grown).toBeLessThan(20 * 1024);
});
