import { expect } from "bun:test";
import { MAX_STORED_ARGS } from "../../../src/record/layout.ts";
import {
  argumentsOf,
  type UsageEvent,
  mistakes,
  readExpected,
  type ExpectedUsage,
} from "../../support/resource-usage.ts";
import type { Outcome } from "../vm.ts";
import {
  commandOutput,
  copiesArgsAtExec,
  type Feature,
  mayMissArguments,
  NO_ACCESS_FLAG,
  tracerOutput,
  wide,
} from "./feature.ts";

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

/** If the host preempts the VM between two reads of a clock, the VM counts that as CPU time, µs. */
const MAX_PREEMPTION = 50_000;
/** Joined threads that may not be reaped yet. */
const MAX_UNREAPED = 8;

/**
 * Adapts the expected values to emulation. For a process with children, getrusage(2) misses memory
 * that older kernels count per thread, in batches, until the exit.
 */
function lenient(truth: ExpectedUsage, event: UsageEvent): ExpectedUsage {
  const open = { ...truth, max_cpu_us: truth.max_cpu_us + MAX_PREEMPTION };
  if (truth.kind === "joined threads") open.threads += MAX_UNREAPED;
  if (truth.kind.endsWith("parent")) open.max_rss_kb = Math.max(truth.max_rss_kb, event.max_rss_bytes / 1024);
  return open;
}

/** The fields that add up the threads of a process. */
const sums = [
  "cpu_user_ns",
  "cpu_system_ns",
  "minor_faults",
  "major_faults",
  "voluntary_switches",
  "involuntary_switches",
  "read_bytes",
  "write_bytes",
] as const satisfies (keyof UsageEvent)[];

/**
 * Whether the usage is unknown, with the sums of all threads null. The recorder reports this
 * (EXIT_USAGE_INCOMPLETE) if other threads are reaped during each of its walks over the threads. In
 * emulation on a busy host, where a walk takes long, this happens to processes with live threads.
 */
function isUsageUnknown(event: UsageEvent): boolean {
  return event.threads > 1 && sums.every((key) => (event[key] as number | null) === null);
}

/** Returns an event whose unknown sums are the expected ones, so that the rest can be compared. */
function withExpectedSums(truth: ExpectedUsage, event: UsageEvent): UsageEvent {
  const { min_cpu_ns, minor_faults, major_faults, voluntary_switches, involuntary_switches } = truth;
  return {
    ...event,
    ...{ cpu_user_ns: min_cpu_ns, cpu_system_ns: 0, minor_faults, major_faults },
    ...{ voluntary_switches, involuntary_switches, read_bytes: truth.read_bytes, write_bytes: truth.write_bytes },
  };
}

export const resources: Feature = {
  name: "resource usage: CPU, memory, faults, switches, I/O, threads",
  steps,
  check(outcome) {
    const pairs = pairsOf(outcome);
    const found = pairs.flatMap(([truth, event]) => {
      const comparable = isUsageUnknown(event) ? withExpectedSums(truth, event) : event;
      return mistakes(lenient(truth, comparable), comparable);
    });
    expect(found).toEqual([]);
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
    const isCopiedAtExec = copiesArgsAtExec(outcome);
    let isMissing = false;
    for (const [{ kind, has_report, args: hex, exe }, event] of pairsOf(outcome)) {
      // a process changes its title after the exec
      if (!has_report || (isCopiedAtExec && kind.startsWith("title"))) continue;
      expect([kind, event.exe]).toEqual([kind, Buffer.from(exe, "hex").toString()]);
      const isLong = isCopiedAtExec ? hex.length / 2 > MAX_STORED_ARGS : kind === "args too long";
      const expected = argumentsOf(isLong ? hex.slice(0, 2 * MAX_STORED_ARGS) : hex);
      if (mayMissArguments(outcome) && event.args === null && Bun.deepEquals(expected, DRIVER)) {
        isMissing = true;
        continue;
      }
      expect([kind, event.args_truncated]).toEqual([kind, isLong]);
      if (isLong && !isCopiedAtExec) continue;
      expect([kind, event.args]).toEqual([kind, expected]);
    }
    if (isMissing) return `null where a process only forked and never read its arguments: ${NO_ACCESS_FLAG}`;
    return isCopiedAtExec ? `as its last exec had them, up to ${MAX_STORED_ARGS} bytes` : undefined;
  },
};
