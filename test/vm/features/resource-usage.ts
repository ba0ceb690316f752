import { expect } from "bun:test";
import { argumentsOf, type LifeEvent, mistakes, readTruths, type Truth } from "../../support/lives.ts";
import type { Outcome } from "../vm.ts";
import { type Feature, mayBeUntouched, recorded, truthsOf, UNTOUCHED, wide } from "./feature.ts";

/** The bytes of arguments that are stored at exec, for exits at which they are gone. */
const REMEMBERED = 1023;

const DRIVER = ["/lives", "2"];
const steps = { lives: { tracers: { "": wide }, command: DRIVER.join(" ") } };

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

/** The end itself, which wait4() counts and a record cannot, takes that long in emulation, ns. */
const LONGEST_END = 100_000_000;
/** A joined thread may not be reaped yet. */
const JOINED = 8;

/**
 * Takes from the event the values that the fixture cannot know here. Also, getrusage(2) of a
 * process with children misses memory that older kernels count per thread, in batches, until its
 * end.
 */
function lenient(truth: Truth, event: LifeEvent): Truth {
  const open = { ...truth };
  const late = truth.user_us + truth.system_us - (event.cpu_user_ns + event.cpu_system_ns) / 1000;
  if (late > 0 && late < LONGEST_END / 1000) open.system_us -= late;
  if (truth.kind === "joined threads") open.threads += JOINED;
  if (truth.kind.endsWith("parent")) open.max_rss_kb = Math.max(truth.max_rss_kb, event.max_rss_bytes / 1024);
  return open;
}

export const resources: Feature = {
  name: "what it used: CPU, memory, faults, switches, I/O, threads",
  steps,
  check(outcome) {
    const pairs = lives(outcome);
    expect(pairs.flatMap(([truth, event]) => mistakes(lenient(truth, event), event))).toEqual([]);
    // those who were busy were seen to be
    for (const [{ kind }, event] of pairs) {
      if (kind === "long") expect(event.cpu_user_ns + event.cpu_system_ns).toBeGreaterThan(240_000_000);
    }
  },
};

export const command: Feature = {
  name: "arguments and executable",
  steps,
  check(outcome) {
    const { said } = recorded(outcome, "lives");
    const isRemembered = /remembered/.test(said);
    let isUntouched = false;
    for (const [{ kind, is_told, args: hex, exe }, event] of lives(outcome)) {
      // a title is younger than the exec
      if (!is_told || (isRemembered && kind.startsWith("title"))) continue;
      expect([kind, event.exe]).toEqual([kind, Buffer.from(exe, "hex").toString()]);
      const isLong = isRemembered ? hex.length / 2 > REMEMBERED : kind === "args too long";
      const right = argumentsOf(isLong ? hex.slice(0, 2 * REMEMBERED) : hex);
      if (mayBeUntouched(outcome) && event.args === null && Bun.deepEquals(right, DRIVER)) {
        isUntouched = true;
        continue;
      }
      expect([kind, event.args_truncated]).toEqual([kind, isLong]);
      if (isLong && !isRemembered) continue;
      expect([kind, event.args]).toEqual([kind, right]);
    }
    if (isUntouched) return `null where a process only forked and never looked at its arguments: ${UNTOUCHED}`;
    return isRemembered ? `as its last exec had them, up to ${REMEMBERED} bytes` : undefined;
  },
};
