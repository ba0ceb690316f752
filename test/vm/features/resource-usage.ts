import { expect } from "bun:test";
import {
  argumentsOf,
  type UsageEvent,
  mistakes,
  readExpected,
  type ExpectedUsage,
} from "../../support/resource-usage.ts";
import type { Outcome } from "../vm.ts";
import { type Feature, mayMissArguments, tracerOutput, commandOutput, NO_ACCESS_FLAG, wide } from "./feature.ts";

/** The bytes of arguments that the recorder stores at exec. */
const MAX_EXEC_ARGS = 1023;

const DRIVER = ["/resource-usage", "2"];
const steps = { "resource usage": { tracers: { "": wide }, command: DRIVER.join(" ") } };

/** Pairs each process with its event, and checks that it has exactly one. */
function pairsOf(outcome: Outcome): [truth: ExpectedUsage, event: UsageEvent][] {
  const { of } = tracerOutput(outcome, "resource usage");
  const truths = readExpected(commandOutput(outcome, "resource usage"));
  expect(truths.length).toBeGreaterThan(80);
  return truths.map((truth) => {
    const [event, ...more] = of(truth.pid) as UsageEvent[];
    expect([truth.kind, event !== undefined, more.length]).toEqual([truth.kind, true, 0]);
    return [truth, event!];
  });
}

/** CPU time of the exit itself in emulation, ns: wait4() counts it, but the record is older. */
const MAX_EXIT_CPU = 100_000_000;
/** Joined threads that may not be reaped yet. */
const MAX_UNREAPED = 8;

/**
 * Adapts the expected values to emulation. For a process with children, getrusage(2) misses memory
 * that older kernels count per thread, in batches, until the exit.
 */
function lenient(truth: ExpectedUsage, event: UsageEvent): ExpectedUsage {
  const open = { ...truth };
  const late = truth.user_us + truth.system_us - (event.cpu_user_ns + event.cpu_system_ns) / 1000;
  if (late > 0 && late < MAX_EXIT_CPU / 1000) open.system_us -= late;
  if (truth.kind === "joined threads") open.threads += MAX_UNREAPED;
  if (truth.kind.endsWith("parent")) open.max_rss_kb = Math.max(truth.max_rss_kb, event.max_rss_bytes / 1024);
  return open;
}

export const resources: Feature = {
  name: "resource usage: CPU, memory, faults, switches, I/O, threads",
  steps,
  check(outcome) {
    const pairs = pairsOf(outcome);
    expect(pairs.flatMap(([truth, event]) => mistakes(lenient(truth, event), event))).toEqual([]);
    // the busy processes have CPU time
    for (const [{ kind }, event] of pairs) {
      if (kind === "long") expect(event.cpu_user_ns + event.cpu_system_ns).toBeGreaterThan(240_000_000);
    }
  },
};

export const command: Feature = {
  name: "arguments and executable",
  steps,
  check(outcome) {
    const { stderr } = tracerOutput(outcome, "resource usage");
    const isStoredAtExec = /remembered/.test(stderr);
    let isMissing = false;
    for (const [{ kind, has_report, args: hex, exe }, event] of pairsOf(outcome)) {
      // a process changes its title after the exec
      if (!has_report || (isStoredAtExec && kind.startsWith("title"))) continue;
      expect([kind, event.exe]).toEqual([kind, Buffer.from(exe, "hex").toString()]);
      const isLong = isStoredAtExec ? hex.length / 2 > MAX_EXEC_ARGS : kind === "args too long";
      const expected = argumentsOf(isLong ? hex.slice(0, 2 * MAX_EXEC_ARGS) : hex);
      if (mayMissArguments(outcome) && event.args === null && Bun.deepEquals(expected, DRIVER)) {
        isMissing = true;
        continue;
      }
      expect([kind, event.args_truncated]).toEqual([kind, isLong]);
      if (isLong && !isStoredAtExec) continue;
      expect([kind, event.args]).toEqual([kind, expected]);
    }
    if (isMissing) return `null where a process only forked and never looked at its arguments: ${NO_ACCESS_FLAG}`;
    return isStoredAtExec ? `as its last exec had them, up to ${MAX_EXEC_ARGS} bytes` : undefined;
  },
};
