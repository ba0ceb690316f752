import { describe, expect, test } from "bun:test";
import { compileOutcomes } from "../../src/filter/outcomes.ts";
import { ALL_EXITS, type Choice, type OutcomeFilter } from "../../src/filter/selection.ts";

const choice = (selected: number[], removed: number[] = []): Choice<number> => ({ selected, removed });

/** Returns true if the sets select an outcome, as the BPF program does. */
function selects(
  given: Partial<OutcomeFilter>,
  outcome: { code?: number; signal?: number; core?: boolean; oom?: boolean },
) {
  const compiled = compileOutcomes({ ...ALL_EXITS.outcome, ...given })!;
  const { code, signal, core = false, oom = false } = outcome;
  if (signal === undefined) return ((compiled.codes >> BigInt(code!)) & 1n) === 1n;
  const bit = BigInt(signal - 1);
  if ((compiled.removedSignals >> bit) & 1n) return false;
  return ((compiled.signals >> bit) & 1n) === 1n || (compiled.coreDumps && core) || (compiled.oomKills && oom);
}

test("compileOutcomes() without any outcome: off", () => {
  expect(compileOutcomes(ALL_EXITS.outcome)).toBeUndefined();
});

describe("compileOutcomes():", () => {
  test("codes 0, 63, 64 and 255: selects these, no other code and no signal", () => {
    const codes = choice([0, 63, 64, 255]);
    for (const code of [0, 63, 64, 255]) expect(selects({ codes }, { code })).toBeTrue();
    for (const code of [1, 62, 65, 128, 254]) expect(selects({ codes }, { code })).toBeFalse();
    for (const signal of [1, 9, 64]) expect(selects({ codes }, { signal })).toBeFalse();
  });

  test("signals 1 and 64: selects these, no other signal and no code", () => {
    const signals = choice([1, 64]);
    for (const signal of [1, 64]) expect(selects({ signals }, { signal })).toBeTrue();
    for (const signal of [2, 63]) expect(selects({ signals }, { signal })).toBeFalse();
    expect(selects({ signals }, { code: 1 })).toBeFalse();
  });

  test("a signal and a code: selects either", () => {
    const given = { signals: choice([9]), codes: choice([137]) };
    expect(selects(given, { signal: 9 })).toBeTrue();
    expect(selects(given, { code: 137 })).toBeTrue();
    expect(selects(given, { code: 9 })).toBeFalse();
  });

  test("a removed code alone: selects all other codes, and all signals", () => {
    const codes = choice([], [0]);
    expect(selects({ codes }, { code: 0 })).toBeFalse();
    for (const code of [1, 255]) expect(selects({ codes }, { code })).toBeTrue();
    for (const signal of [1, 64]) expect(selects({ codes }, { signal })).toBeTrue();
  });

  test("core dumps without a removed signal: the signal does not pass, and other signals need a core dump", () => {
    const given = { coreDumps: true, signals: choice([], [6]) };
    expect(selects(given, { signal: 11, core: true })).toBeTrue();
    expect(selects(given, { signal: 6, core: true })).toBeFalse();
    expect(selects(given, { signal: 11 })).toBeFalse();
    expect(selects(given, { code: 0 })).toBeFalse();
  });

  test("OOM kills and a signal: selects either", () => {
    const given = { oomKills: true, signals: choice([15]) };
    expect(selects(given, { signal: 9, oom: true })).toBeTrue();
    expect(selects(given, { signal: 9 })).toBeFalse();
    expect(selects(given, { signal: 15 })).toBeTrue();
  });
});
