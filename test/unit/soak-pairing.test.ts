/** What the soak makes of marked deaths: scripts/bench/soak/samples.ts. */
import { describe, expect, test } from "bun:test";
import type { Marked } from "../../scripts/bench/soak/processes.ts";
import { Pairing } from "../../scripts/bench/soak/samples.ts";

const START = 1_795_441_481_000_000_000n;

/** The load's note of a death, ns after the start, of one who lived 5 to 7 ns. */
const noted = (pid: number, at: number): Marked => ({ pid, time: START + BigInt(at), least: 5n, most: 7n });
const told = (pid: number, at: number, lived = 6): Marked => {
  return { pid, time: START + BigInt(at), least: BigInt(lived), most: BigInt(lived) };
};

test("how much later they are told to have died", () => {
  const clocks = new Pairing().take(
    [noted(7, 0), noted(8, 100), noted(9, 200)],
    [told(7, 1), told(8, 103), told(9, 202)],
  );
  expect(clocks).toEqual({ count: 3, least: 1, median: 2, most: 3, age: 0 });
});

test("each is taken once, and what is told before the load could say so, the next time", () => {
  const pairing = new Pairing();
  const load = [noted(7, 0)];
  const tracer = [told(7, 4), told(8, 105)];
  expect(pairing.take(load, tracer)).toMatchObject({ count: 1, median: 4 });
  expect(pairing.take(load, tracer).count).toBe(0);
  load.push(noted(8, 100));
  expect(pairing.take(load, tracer)).toMatchObject({ count: 1, median: 5 });
});

test("one that was lost has no second half; a pid that comes again is not taken for it", () => {
  const load = [noted(7, 0), noted(8, 100), noted(7, 200), noted(9, 300)];
  expect(new Pairing().take(load, [told(7, 1), told(7, 202), told(9, 303)])).toMatchObject({
    count: 3,
    least: 1,
    most: 3,
  });
});

describe("an age", () => {
  test.each([
    ["that is too short", 3, 2],
    ["that is too long, by more than the death was late", 21, 13],
    ["that is longer than at most by as much as the death was late", 8, 0],
  ])("%s", (_, lived, wrong) => {
    expect(new Pairing().take([noted(7, 0)], [told(7, 1, lived)]).age).toBe(wrong);
  });
});
