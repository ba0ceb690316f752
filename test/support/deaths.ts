/** Deaths of test/fixtures/deaths.c, and what a record must say of each. */
import { expect } from "bun:test";
import { signalName } from "../../src/record/signal-names.ts";
import type { ExitEvent } from "./tracer.ts";
import type { Truth } from "./truth.ts";

/** How far the two clock readings that make a wall time may lie apart, on a machine that is busy with something else, ns. */
export const CLOCK_SLACK = 1_000_000n;

/** RFC 3339 with nanoseconds, as ns since 1970. */
function nanoseconds(time: string): bigint {
  const match = /^(.*)\.(\d{9})Z$/.exec(time);
  if (!match) throw new Error(`not a time: ${time}`);
  return BigInt(Date.parse(`${match[1]}Z`)) * 1_000_000n + BigInt(match[2]!);
}

/** The event that a truth calls for. */
function expected({ pid, ppid, comm, uid, status }: Truth) {
  const signal = status & 0x7f;
  return {
    pid,
    ppid,
    comm,
    uid,
    exit_code: signal ? null : status >> 8,
    signal: signal ? signalName(signal) : null,
    core_dumped: (status & 0x80) !== 0,
  };
}

/** Exactly one of the events is of this death, and says what wait4() said, when, and after what life. */
export function checkDeath(truth: Truth, events: ExitEvent[], slack = CLOCK_SLACK): void {
  const found = events.filter((event) => event.pid === truth.pid);
  expect(found.length, `${truth.how}: one event for ${truth.pid}`).toBe(1);
  const event = found[0]!;
  const { pid, ppid, comm, uid, exit_code, signal, core_dumped } = event;
  expect({ how: truth.how, pid, ppid, comm, uid, exit_code, signal, core_dumped }).toEqual({
    how: truth.how,
    ...expected(truth),
  });
  expect(event.duration_ns, `${truth.how}: age`).toBeGreaterThanOrEqual(truth.least_ns);
  expect(event.duration_ns, `${truth.how}: age`).toBeLessThanOrEqual(truth.most_ns);
  const died = nanoseconds(event.time);
  expect(died >= BigInt(truth.born_ns) - slack, `${truth.how}: time`).toBe(true);
  expect(died <= BigInt(truth.dead_ns) + slack, `${truth.how}: time`).toBe(true);
}
