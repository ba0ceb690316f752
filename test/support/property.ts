/**
 * Property tests with fast-check. `npm test` tries the same values each time; `npm run faults` sets
 * another seed and more runs. A failure reports the smallest value that it found, and the seed.
 */
import fc from "fast-check";
import { repeated } from "./random.ts";

const seed = Number(process.env.FAULTS_SEED ?? 20_261_124);

/** Tries many values. @param holds throws if the property does not hold for the value. */
export function always<T>(values: fc.Arbitrary<T>, holds: (value: T) => void, runs = 200): void {
  fc.assert(fc.property(values, holds), { seed, numRuns: repeated(runs), endOnFailure: false });
}

/** The number of surrogates, U+D800 to U+DFFF, which are not characters. */
const SURROGATES = 0x800;

/**
 * Any character, as the unit of fc.string(). The unit "binary" of fast-check generates the same
 * characters, but takes half a second to set up.
 */
export const character = fc
  .nat(0x10ffff - SURROGATES)
  .map((index) => String.fromCodePoint(index < 0xd800 ? index : index + SURROGATES));

/** Any bytes. */
export const bytes = (maxLength = 300) => fc.uint8Array({ maxLength });

/** The given bytes with up to `maxChanges` overwritten words, and in some cases a truncated end. */
export function mutated(original: Uint8Array, maxChanges = 6): fc.Arbitrary<Uint8Array> {
  const edge = fc.constantFrom(0, 1, 2, 4, 0x7f, 0x80, 0xff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff);
  const change = fc.record({
    at: fc.nat(Math.max(0, original.length - 4)),
    value: fc.oneof(edge, fc.nat(255), fc.integer({ min: 0, max: 0xffff_ffff })),
    width: fc.constantFrom(1, 1, 2, 4),
  });
  const cut = fc.option(fc.nat(original.length), { freq: 5, nil: undefined });
  return fc.tuple(fc.array(change, { minLength: 1, maxLength: maxChanges }), cut).map(([changes, length]) => {
    const bytes = Uint8Array.from(original);
    for (const { at, value, width } of changes) {
      for (let i = 0; i < width && at + i < bytes.length; i++) bytes[at + i] = (value / 2 ** (8 * i)) & 0xff;
    }
    return length === undefined ? bytes : bytes.subarray(0, length);
  });
}

/** Rethrows an error of any other class. Also limits the length of the message. */
export function onlyThrows(kind: new (...args: never[]) => Error, act: () => unknown): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof kind)) throw error;
    if (error.message.length > 4000) throw new Error(`a message of ${error.message.length} characters`);
  }
}
