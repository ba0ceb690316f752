/** What a package that is run with JSON must say of processes whose deaths are known. */
import { expect } from "bun:test";
import type { Truth } from "./truth.ts";

/** The tutorial's five fields; the recorder's package has more. */
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
 * Every death that the driver tells is one event, with what wait4() said. Under load pids are soon used again, by others and by
 * the driver itself: the deaths of one name, pid and parent are those events, in their order.
 * @param mostLost which part may be missing, where the ring overflows in silence; the recorder's package tells how many were lost
 * @returns how many there were
 */
export function checkDeaths(driver: string, stdout: string, mostLost = 0): number {
  const of = ({ pid, ppid, comm }: Truth | Event) => `${comm} ${pid}, child of ${ppid}`;
  const truths = Map.groupBy(lines<Truth>(driver), of);
  const events = Map.groupBy(lines<Event>(stdout), of);
  let count = 0;
  let lost = 0;
  for (const [whose, deaths] of truths) {
    const found = events.get(whose) ?? [];
    count += deaths.length;
    expect(found.length, `${deaths[0]!.how}: events for ${whose}`).toBeLessThanOrEqual(deaths.length);
    if (found.length < deaths.length) lost += deaths.length - found.length;
    else for (const [i, truth] of deaths.entries()) compare(truth, found[i]!);
  }
  const told = Math.max(...Array.from(events.values(), (list) => list.at(-1)!.lost ?? count * mostLost));
  expect(lost, `missing of ${count}`).toBeLessThanOrEqual(told);
  return count;
}

function compare(truth: Truth, event: Event): void {
  const { how, uid, status, least_ns, most_ns } = truth;
  const { duration_ns } = event;
  expect(event.exit_code, how).toBe((status >> 8) & 0xff);
  expect(duration_ns, `${how}: age`).toBeGreaterThanOrEqual(least_ns);
  expect(duration_ns, `${how}: age`).toBeLessThanOrEqual(most_ns);
  if (event.signal === undefined) return;
  expect(event, how).toMatchObject({ signal: status & 0x7f, core_dumped: (status & 0x80) !== 0, uid });
  if (!event.signal) expect(event.killer, how).toBe("NOBODY(0)");
}

function lines<T>(text: string): T[] {
  return text
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as T);
}
