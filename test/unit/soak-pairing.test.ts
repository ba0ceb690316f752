/** The comparison of timestamps in `npm run soak`: scripts/bench/soak/samples.ts. */
import { describe, expect, test } from "bun:test";
import type { TimedExit } from "../../scripts/bench/soak/processes.ts";
import { Pairing } from "../../scripts/bench/soak/samples.ts";

const START = 1_795_441_481_000_000_000n;

/** An exit as the workload prints it, ns after START, of a process that was 5 to 7 ns old. */
const expected = (pid: number, at: number): TimedExit => ({ pid, time: START + BigInt(at), minAge: 5n, maxAge: 7n });
const reported = (pid: number, at: number, age = 6): TimedExit => {
  return { pid, time: START + BigInt(at), minAge: BigInt(age), maxAge: BigInt(age) };
};

test("Pairing.take returns the minimum, median and maximum of the offsets", () => {
  const offsets = new Pairing().take(
    [expected(7, 0), expected(8, 100), expected(9, 200)],
    [reported(7, 1), reported(8, 103), reported(9, 202)],
  );
  expect(offsets).toEqual({ count: 3, min: 1, median: 2, max: 3, ageError: 0 });
});

test("Pairing.take pairs each exit once, also one whose expected time arrives later", () => {
  const pairing = new Pairing();
  const load = [expected(7, 0)];
  const traced = [reported(7, 4), reported(8, 105)];
  expect(pairing.take(load, traced)).toMatchObject({ count: 1, median: 4 });
  expect(pairing.take(load, traced).count).toBe(0);
  load.push(expected(8, 100));
  expect(pairing.take(load, traced)).toMatchObject({ count: 1, median: 5 });
});

test("Pairing.take skips a lost exit, and pairs a reused pid in order", () => {
  const load = [expected(7, 0), expected(8, 100), expected(7, 200), expected(9, 300)];
  const traced = [reported(7, 1), reported(7, 202), reported(9, 303)];
  expect(new Pairing().take(load, traced)).toMatchObject({ count: 3, min: 1, max: 3 });
});

describe("the age error of an exit that is reported 1 ns late", () => {
  test.each([
    ["an age below the minimum", 3, 2],
    ["an age above the maximum", 21, 13],
    ["an age above the maximum by the offset of the exit", 8, 0],
  ])("%s", (_, age, error) => {
    expect(new Pairing().take([expected(7, 0)], [reported(7, 1, age)]).ageError).toBe(error);
  });
});
