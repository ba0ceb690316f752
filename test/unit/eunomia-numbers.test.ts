import { describe, expect, test } from "bun:test";
import { BitField } from "../../src/eunomia/values/bit-field.ts";
import { floatText, integerWriter } from "../../src/eunomia/values/numbers.ts";
import { renderBytes } from "../../src/eunomia/values/objects.ts";
import { Random } from "../support/random.ts";

const random = new Random(5);

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** Returns an integer's bytes in little-endian order. */
function bytesOf(value: bigint, size: number): DataView {
  const view = new DataView(new ArrayBuffer(size));
  for (let i = 0; i < size; i++) view.setUint8(i, Number((value >> BigInt(8 * i)) & 0xffn));
  return view;
}

describe.each([1, 2, 4, 8, 16])("integerWriter() of %d bytes:", (size) => {
  const bits = 8 * size;
  const edges = [0n, 1n, 9n, 10n, 1n << BigInt(bits - 1), (1n << BigInt(bits - 1)) - 1n, (1n << BigInt(bits)) - 1n];
  const powers = Array.from({ length: 39 }, (_, i) => 10n ** BigInt(i)).flatMap((ten) => [ten - 1n, ten, ten + 1n]);
  const some = Array.from({ length: 500 }, () =>
    Array.from({ length: size }, () => BigInt(random.below(256))).reduce((sum, byte) => (sum << 8n) | byte, 0n),
  );

  test.each([true, false])("signed %p: edges, powers of ten and random integers are written exactly", (isSigned) => {
    for (const value of [...edges, ...powers, ...some]) {
      const view = bytesOf(value, size);
      const right = isSigned ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
      const write = integerWriter(view, size, isSigned)!;
      expect(text(renderBytes((out) => write(out, 0)))).toBe(String(right));
    }
  });
});

test("integerWriter() of 3 bytes: undefined", () => {
  expect(integerWriter(new DataView(new ArrayBuffer(8)), 3, false)).toBeUndefined();
});

test("BitField.read() of 3,000 random widths and bit offsets: exact", () => {
  for (let round = 0; round < 3000; round++) {
    const bitSize = 1 + random.below(64);
    const bitOffset = random.below(60);
    const isSigned = random.below(2) === 0;
    const view = new DataView(new ArrayBuffer(20));
    for (let i = 0; i < 20; i++) view.setUint8(i, random.below(256));
    let all = 0n;
    for (let i = 19; i >= 2; i--) all = (all << 8n) | BigInt(view.getUint8(i));
    const bits = (all >> BigInt(bitOffset)) & ((1n << BigInt(bitSize)) - 1n);
    const right = isSigned ? BigInt.asIntN(bitSize, bits) : bits;
    const { high, low } = new BitField(view, bitOffset, bitSize, isSigned).read(2);
    const value = BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low));
    expect([bitSize, bitOffset, isSigned ? value : BigInt.asUintN(64, value)]).toEqual([bitSize, bitOffset, right]);
  }
});

// the expected texts are those of serde_json 1.0
test.each([
  [0, "0.0"],
  [-0, "-0.0"],
  [1, "1.0"],
  [-1.5, "-1.5"],
  [0.1, "0.1"],
  [Math.fround(0.1), "0.10000000149011612"],
  [100, "100.0"],
  [123456789, "123456789.0"],
  [1e15, "1000000000000000.0"],
  [1e16, "1e16"],
  [1.5e16, "1.5e16"],
  [1234567890123456.8, "1234567890123456.8"],
  [1e21, "1e21"],
  [1e-4, "0.0001"],
  [1.2e-5, "0.000012"],
  [1e-5, "0.00001"],
  [1e-6, "1e-6"],
  [1.5e-7, "1.5e-7"],
  [5e-324, "5e-324"],
  [1.7976931348623157e308, "1.7976931348623157e308"],
  [Number.NaN, "null"],
  [Number.NEGATIVE_INFINITY, "null"],
])("floatText(%p): %p", (value, right) => {
  expect(floatText(value)).toBe(right);
});

test("floatText() of random numbers: parses to the same number", () => {
  const view = new DataView(new ArrayBuffer(8));
  for (let round = 0; round < 3000; round++) {
    for (let i = 0; i < 8; i++) view.setUint8(i, random.below(256));
    const value = view.getFloat64(0);
    if (Number.isFinite(value)) expect(Number(floatText(value))).toBe(value);
  }
});
