import { expect } from "bun:test";
import type { WideEvent } from "../../support/cgroups.ts";
import { parseEvents } from "../../support/tracer.ts";
import type { Outcome } from "../vm.ts";
import type { Step } from "../init.ts";

/** A feature of exitsnoop that is tested on each kernel. */
export interface Feature {
  /** The row's name in docs/kernels.md. */
  name: string;
  /** The steps in the VM, by their names. */
  steps: Record<string, Step>;
  /** Whether the steps need a VM of their own. */
  isAlone?: boolean;
  /**
   * Compares the tracer's output with the expected values. Throws if they differ.
   * @returns the kernel's limitation, or nothing if the feature works in full.
   */
  check(outcome: Outcome): string | void;
}

/** A large ring, because an emulated tracer is slow. */
const RING = "--ring-size 4M";
export const plain = `/exitsnoop --json ${RING}`;
export const wide = `/exitsnoop --json --wide ${RING}`;

/**
 * Reads the output of a tracer, and checks that it attached, ended with 0, and lost nothing.
 * @param mayLose whether losses are allowed: kernels that preempt a tracepoint's programs lose some
 * of many simultaneous exits, as slow as the programs are in emulation.
 */
export function tracerOutput(outcome: Outcome, step: string, tracer = "", mayLose = false) {
  const part = (name: string) => outcome.part(step, tracer ? `${name}-${tracer}` : name);
  const stderr = part("stderr");
  expect(stderr).toMatch(/^Tracing /m);
  expect(stderr).toMatch(mayLose ? /, \d+ lost$/m : /, 0 lost$/m);
  expect(part("ended")).toBe("0\n");
  const events = parseEvents(part("events")).events as WideEvent[];
  const lost = Number(/, (\d+) lost$/m.exec(stderr)![1]);
  return { events, stderr, lost, of: (pid: number) => events.filter((event) => event.pid === pid) };
}

/**
 * Whether the tracer reported that it copies arguments at exec. On such kernels a process has no
 * memory at sched_process_exit any more.
 */
export const copiesArgsAtExec = (outcome: Outcome) =>
  /arguments are copied at the last exec/.test(outcome.part("resource usage", "stderr"));

/**
 * Whether the arguments of a process may be missing. fork(2) and page reclaim clear the accessed
 * bit of pages. A CPU that does not set it in hardware faults at the next access, which a BPF
 * program cannot wait for. Arguments that are copied at exec are not affected.
 */
export const mayMissArguments = (outcome: Outcome) => outcome.release.includes("aarch64") && !copiesArgsAtExec(outcome);
export const NO_ACCESS_FLAG = "this CPU (Cortex-A72) has no hardware access flag";

/** Returns the stdout of a step's command, and checks that it ended with 0 and without errors. */
export function commandOutput(outcome: Outcome, step: string): string {
  const [errors, status] = [outcome.part(step, "errors"), outcome.part(step, "status")];
  expect({ step, errors, status }).toEqual({ step, errors: "", status: "0\n" });
  return outcome.part(step, "truths");
}

/** Parses the lines that are JSON, and skips the others. */
export function linesOf<T>(text: string): T[] {
  return text
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as T);
}
