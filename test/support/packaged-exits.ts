/** Compares the JSON output of a package with the expected records of a fixture. */
import { expect } from "bun:test";
import type { ExpectedRecord } from "./expected-record.ts";

/** The five fields of the tutorial's package; the recorder's package has more. */
interface Event {
  pid: number;
  ppid: number;
  exit_code: number;
  duration_ns: number;
  comm: string;
  signal?: number;
  core_dumped?: boolean;
  uid?: number;
  killer?: string;
  lost?: number;
}

/**
 * Each expected record must be one event. Under load pids are soon reused, also by the fixture
 * itself, so records and events with one comm, pid and parent are compared in their order.
 * @param maxLost the part of the events that may be missing, as a full ring drops events without a
 * report; the recorder's package reports how many it lost
 * @returns the number of expected records
 */
export function checkRecords(fixtureOutput: string, stdout: string, maxLost = 0): number {
  const keyOf = ({ pid, ppid, comm }: ExpectedRecord | Event) => `${comm} ${pid}, child of ${ppid}`;
  const expectedByKey = Map.groupBy(jsonLines<ExpectedRecord>(fixtureOutput), keyOf);
  const eventsByKey = Map.groupBy(jsonLines<Event>(stdout), keyOf);
  let count = 0;
  let lost = 0;
  for (const [key, expected] of expectedByKey) {
    const found = eventsByKey.get(key) ?? [];
    count += expected.length;
    expect(found.length, `${expected[0]!.case}: events for ${key}`).toBeLessThanOrEqual(expected.length);
    if (found.length < expected.length) lost += expected.length - found.length;
    else for (const [i, one] of expected.entries()) compare(one, found[i]!);
  }
  const reported = Math.max(...Array.from(eventsByKey.values(), (list) => list.at(-1)!.lost ?? count * maxLost));
  expect(lost, `missing of ${count}`).toBeLessThanOrEqual(reported);
  return count;
}

function compare(expected: ExpectedRecord, event: Event): void {
  const { case: name, uid, status, min_duration_ns, max_duration_ns } = expected;
  const { duration_ns } = event;
  expect(event.exit_code, name).toBe((status >> 8) & 0xff);
  expect(duration_ns, `${name}: duration`).toBeGreaterThanOrEqual(min_duration_ns);
  expect(duration_ns, `${name}: duration`).toBeLessThanOrEqual(max_duration_ns);
  if (event.signal === undefined) return;
  expect(event, name).toMatchObject({ signal: status & 0x7f, core_dumped: (status & 0x80) !== 0, uid });
  if (!event.signal) expect(event.killer, name).toBe("NOBODY(0)");
}

function jsonLines<T>(text: string): T[] {
  return text
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as T);
}
