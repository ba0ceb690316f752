import { expect } from "bun:test";
import type { WideEvent } from "../../support/cgroups.ts";
import { readJson } from "../../support/tracer.ts";
import type { Outcome } from "../vm.ts";
import type { Step } from "../init.ts";

/** Something that exitsnoop can do, tried on each kernel. */
export interface Feature {
  /** As the table of docs/kernels.md has it. */
  name: string;
  /** What happens in the guest for it. */
  steps: Record<string, Step>;
  /** In a guest of its own, where nobody has been before. */
  isAlone?: boolean;
  /**
   * Holds what came of it against the truth.
   * @returns what this kernel cannot give, or gives in part; nothing where it gives all.
   * @throws where something is wrong.
   */
  check(outcome: Outcome): string | void;
}

/** Room for all that dies while the tracer, in emulation, is slow. */
const RING = "--ring-size 4M";
export const plain = `/exitsnoop --json ${RING}`;
export const wide = `/exitsnoop --json --wide ${RING}`;

/**
 * What a tracer recorded in a step: attached, ended with 0, and lost nothing. Where kernels can preempt a tracepoint's programs, some may be
 * lost of many who die together amid programs as slow as they are in emulation.
 */
export function recorded(outcome: Outcome, step: string, tracer = "", mayLose = false) {
  const part = (name: string) => outcome.part(step, tracer ? `${name}-${tracer}` : name);
  const said = part("said");
  expect(said).toMatch(/^Tracing /m);
  expect(said).toMatch(mayLose ? /, \d+ lost$/m : /, 0 lost$/m);
  expect(part("ended")).toBe("0\n");
  const events = readJson(part("events")).events as WideEvent[];
  const lost = Number(/, (\d+) lost$/m.exec(said)![1]);
  return { events, said, lost, of: (pid: number) => events.filter((event) => event.pid === pid) };
}

/**
 * Whether a process may be without its arguments: fork(2), and whoever looks for memory to take back, mark pages as not accessed, and where
 * the processor does not mark them anew by itself, a program would have to wait for the fault that the next access is. Not so where arguments
 * are remembered from the exec.
 */
export const mayBeUntouched = (outcome: Outcome) =>
  outcome.release.includes("aarch64") && !/remembered/.test(outcome.part("lives", "said"));
export const UNTOUCHED = "this processor (Cortex-A72) keeps no access flag";

/** What the step's command printed. It ended with 0, and complained of nothing. */
export function truthsOf(outcome: Outcome, step: string): string {
  const [errors, status] = [outcome.part(step, "errors"), outcome.part(step, "status")];
  expect({ step, errors, status }).toEqual({ step, errors: "", status: "0\n" });
  return outcome.part(step, "truths");
}

/** Lines of JSON, among others. */
export function linesOf<T>(text: string): T[] {
  return text
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as T);
}
