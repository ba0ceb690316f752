import { expect } from "bun:test";
import { argumentsOf, isDisturbed, type LifeEvent, mistakes, readTruths, type Truth } from "../../e2e/lives.ts";
import type { Outcome } from "../guest.ts";
import { type Feature, recorded, truthsOf, wide } from "./feature.ts";

/** What is remembered of arguments at exec, bytes, where they are gone at exit. */
const REMEMBERED = 1023;

const steps = { lives: { tracers: { "": wide }, command: "/lives 2" } };

/** Each gets exactly one record. */
function lives(outcome: Outcome): [truth: Truth, event: LifeEvent][] {
  const { of } = recorded(outcome, "lives");
  const truths = readTruths(truthsOf(outcome, "lives"));
  expect(truths.length).toBeGreaterThan(80);
  return truths.map((truth) => {
    const [event, ...more] = of(truth.pid) as LifeEvent[];
    expect([truth.kind, event !== undefined, more.length]).toEqual([truth.kind, true, 0]);
    return [truth, event!];
  });
}

/**
 * What the truth leaves open here. A thread that is joined may not be reaped yet, as long as that takes in emulation. And getrusage(2) of
 * those who have children of their own misses memory that older kernels count thread by thread, in lots; their end settles it.
 */
function lenient(truth: Truth, event: LifeEvent): Truth {
  if (truth.kind === "joined threads") return { ...truth, threads: 9 };
  const hasChildren = truth.kind.endsWith("parent") && event.max_rss_bytes > truth.max_rss_kb * 1024;
  return hasChildren ? { ...truth, max_rss_kb: event.max_rss_bytes / 1024 } : truth;
}

export const resources: Feature = {
  name: "what it used: CPU, memory, faults, switches, I/O, threads",
  steps,
  check(outcome) {
    const pairs = lives(outcome);
    expect(pairs.flatMap(([truth, event]) => mistakes(lenient(truth, event), event))).toEqual([]);
    const disturbed = pairs.filter(([truth, event]) => isDisturbed(truth, event));
    expect(disturbed.length).toBeLessThanOrEqual(pairs.length * 0.1);
  },
};

export const command: Feature = {
  name: "arguments and executable",
  steps,
  check(outcome) {
    const { said } = recorded(outcome, "lives");
    const isRemembered = /remembered/.test(said);
    for (const [{ kind, is_told, args: hex, exe }, event] of lives(outcome)) {
      // a title is younger than the exec
      if (!is_told || (isRemembered && kind.startsWith("title"))) continue;
      expect([kind, event.exe]).toEqual([kind, Buffer.from(exe, "hex").toString()]);
      const isLong = isRemembered ? hex.length / 2 > REMEMBERED : kind === "args too long";
      expect([kind, event.args_truncated]).toEqual([kind, isLong]);
      if (isLong && !isRemembered) continue;
      const right = argumentsOf(isLong ? hex.slice(0, 2 * REMEMBERED) : hex);
      expect([kind, event.args]).toEqual([kind, right]);
    }
    return isRemembered ? `as its last exec had them, up to ${REMEMBERED} bytes` : undefined;
  },
};
