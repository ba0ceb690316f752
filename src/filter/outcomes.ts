import type { OutcomeFilter } from "./selection.ts";

export const MAX_SIGNAL = 64;
export const MAX_EXIT_CODE = 255;

/** The outcomes that the BPF program selects, as sets of bits. */
export interface CompiledOutcomes {
  /** Bit n - 1 is signal n. */
  signals: bigint;
  /** Bit n is exit code n. */
  codes: bigint;
  /** Signals that coreDumps and oomKills do not select. */
  removedSignals: bigint;
  coreDumps: boolean;
  oomKills: boolean;
}

const bits = (numbers: readonly number[], first: number) =>
  numbers.reduce((set, number) => set | (1n << BigInt(number - first)), 0n);

const ALL_SIGNALS = (1n << BigInt(MAX_SIGNAL)) - 1n;
const ALL_CODES = (1n << BigInt(MAX_EXIT_CODE + 1)) - 1n;

/**
 * Returns the sets of outcomes that a filter selects; undefined if it is off. Removed values are
 * removed from what all four options select, or from all outcomes if they select none.
 */
export function compileOutcomes({ signals, codes, coreDumps, oomKills }: OutcomeFilter): CompiledOutcomes | undefined {
  const selectsAny = signals.selected.length + codes.selected.length > 0 || coreDumps || oomKills;
  if (!selectsAny && signals.removed.length + codes.removed.length === 0) return undefined;
  const removedSignals = bits(signals.removed, 1);
  const selectedSignals = selectsAny ? bits(signals.selected, 1) : ALL_SIGNALS;
  const selectedCodes = selectsAny ? bits(codes.selected, 0) : ALL_CODES;
  return {
    signals: selectedSignals & ~removedSignals,
    codes: selectedCodes & ~bits(codes.removed, 0),
    removedSignals,
    coreDumps,
    oomKills,
  };
}
