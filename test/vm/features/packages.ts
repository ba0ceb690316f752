import { expect } from "bun:test";
import { checkRecords } from "../../support/packaged-exits.ts";
import { type Feature, linesOf, mayMissArguments, commandOutput, NO_ACCESS_FLAG } from "./feature.ts";

const DEATHS = "for way in codes signals threads; do /exit-statuses $way || return; done";

export const tutorialPackage: Feature = {
  name: "`package` and `run`: the tutorial's package",
  steps: {
    package: {
      before: "/exitsnoop package -q -o /package.json",
      tracers: { "": "/exitsnoop run -j /package.json" },
      command: "/exit-statuses codes",
    },
  },
  check(outcome) {
    expect(checkRecords(commandOutput(outcome, "package"), outcome.part("package", "events"))).toBeGreaterThan(250);
    expect(outcome.part("package", "ended")).toBe("0\n");
  },
};

export const recorderPackage: Feature = {
  name: "`package --recorder` and `run`: the full record",
  steps: {
    recorder: {
      before: "/exitsnoop package --recorder -q -o /recorder.json",
      tracers: { "": "/exitsnoop run -j /recorder.json" },
      command: `${DEATHS}\n/memory-hog child 4096 3 || [ $? = 3 ]`,
    },
  },
  check(outcome) {
    const truths = commandOutput(outcome, "recorder");
    const events = outcome.part("recorder", "events");
    const oom = linesOf<{ role: string; pid: number; case?: string }>(truths).find(({ role }) => role === "child")!;
    const deaths = truths.split("\n").filter((line) => line.includes('"case"'));
    expect(checkRecords(deaths.join("\n"), events)).toBeGreaterThan(350);
    const all = linesOf<{ pid: number; comm: string; args: string; exe: string }>(events);
    const commands = all.filter(({ comm }) => comm === "coded").map(({ args, exe }) => `${args},${exe}`);
    expect([commands.length, ...new Set(commands)]).toEqual([256, "/exit-statuses codes,/exit-statuses"]);
    const killed = all.find(({ pid }) => pid === oom.pid)!;
    const isMissing = mayMissArguments(outcome) && killed.args === "";
    const args = isMissing ? "" : "/memory-hog child 4096 3";
    expect(killed).toMatchObject({ signal: 9, killer: "OOM(4)", oom_cgroup: 0, args });
    if (isMissing) return `without the arguments of the process that the OOM killer chose: ${NO_ACCESS_FLAG}`;
  },
};
