/** Compares the tracer's events with the expected records of test/fixtures/exit-statuses. */
import { expect } from "bun:test";
import { signalName } from "../../src/record/signal-names.ts";
import type { ExpectedRecord } from "./expected-record.ts";
import type { ExitEvent } from "./tracer.ts";

/** How far apart the two clock readings that make a wall time may lie on a busy machine, ns. */
export const CLOCK_SLACK = 1_000_000n;

/** Parses RFC 3339 with nanoseconds to ns since 1970. @throws Error for other text. */
function nanoseconds(time: string): bigint {
  const match = /^(.*)\.(\d{9})Z$/.exec(time);
  if (!match) throw new Error(`not a time: ${time}`);
  return BigInt(Date.parse(`${match[1]}Z`)) * 1_000_000n + BigInt(match[2]!);
}

function expectedFields({ pid, ppid, comm, uid, status }: ExpectedRecord) {
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

/** Exactly one of the events must be of this process, with the expected values. */
export function checkRecord(expected: ExpectedRecord, events: ExitEvent[], slack = CLOCK_SLACK): void {
  const found = events.filter((event) => event.pid === expected.pid);
  const name = expected.case;
  expect(found.length, `${name}: one event for ${expected.pid}`).toBe(1);
  const event = found[0]!;
  const { pid, ppid, comm, uid, exit_code, signal, core_dumped } = event;
  expect({ name, pid, ppid, comm, uid, exit_code, signal, core_dumped }).toEqual({ name, ...expectedFields(expected) });
  expect(event.duration_ns, `${name}: duration`).toBeGreaterThanOrEqual(expected.min_duration_ns);
  expect(event.duration_ns, `${name}: duration`).toBeLessThanOrEqual(expected.max_duration_ns);
  const time = nanoseconds(event.time);
  expect(time >= BigInt(expected.min_time_ns) - slack, `${name}: time`).toBe(true);
  expect(time <= BigInt(expected.max_time_ns) + slack, `${name}: time`).toBe(true);
}
