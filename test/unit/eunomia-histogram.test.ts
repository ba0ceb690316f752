import { expect, test } from "bun:test";
import { BtfTypes } from "../../src/eunomia/object/btf.ts";
import { PackageError } from "../../src/eunomia/errors.ts";
import type { ValueLayout } from "../../src/eunomia/event-sources.ts";
import { HistogramPrinter } from "../../src/eunomia/print/histogram.ts";
import { renderBytes } from "../../src/eunomia/values/objects.ts";
import { FakeBtf } from "../support/fake-btf.ts";

const bytes = new Uint8Array(1024);
const view = new DataView(bytes.buffer);
const VALUE = 16;

/** Returns the types of a map with keys of one u32, and values of a u32 `total` and slots. */
function mapTypes(count: number, slotBytes = 4) {
  const btf = new FakeBtf();
  const u32 = btf.int("unsigned int", 4);
  const slots = btf.array(slotBytes === 4 ? u32 : btf.int("u64", slotBytes), count);
  const one = (name: string, typeId: number, bytes = 0) => ({ name, typeId, bitOffset: bytes * 8, bitSize: 0 });
  const key: ValueLayout = { members: [one("id", u32)], size: 4 };
  const value: ValueLayout = { members: [one("total", u32), one("slots", slots, 4)], size: 4 + slotBytes * count };
  return { btf: new BtfTypes(btf.bytes()), key, value };
}

function bars(counts: number[], unit: string, isLinear = false): string {
  const { btf, key, value } = mapTypes(counts.length);
  view.setUint32(0, 7, true);
  view.setUint32(VALUE, 1234, true);
  counts.forEach((count, i) => view.setUint32(VALUE + 4 + 4 * i, count, true));
  const histogram = new HistogramPrinter(btf, key, value, isLinear, unit, {
    from: { bytes, view },
    utcOffset: () => 0,
  });
  return new TextDecoder().decode(renderBytes((out) => histogram.write(out, 0, VALUE)));
}

const before = "key =  7\ntotal = 1234\n\n";

test("HistogramPrinter: powers of two equal the expected output of bpf-loader-lib 0.2.1's own test", () => {
  expect(bars([1, 8, 138, 512, 1029, 16, 0, 0], "qaq")).toBe(
    `${before}     qaq                 : count    distribution
         0 -> 1          : 1        |                                        |
         2 -> 3          : 8        |                                        |
         4 -> 7          : 138      |*****                                   |
         8 -> 15         : 512      |*******************                     |
        16 -> 31         : 1029     |****************************************|
        32 -> 63         : 16       |                                        |

`,
  );
});

test("HistogramPrinter: more than 33 slots have wider numbers, and bars of half the length", () => {
  const counts = Array.from({ length: 64 }, (_, i) => (i === 63 ? 4_294_967_295 : 0));
  const lines = bars(counts, "ns").split("\n");
  expect(lines[3]).toBe("               ns                            : count    distribution");
  expect(lines.at(-3)).toBe(" 9223372036854775808 -> 18446744073709551615 : 4294967295 |********************|");
});

test("HistogramPrinter: counts of zero have no bars", () => {
  expect(bars([0, 0, 0], "ms")).toBe(`${before}\n`);
});

test("HistogramPrinter: a linear histogram has one row per slot, as BCC prints it", () => {
  expect(bars([0, 2, 4], "CPU", true)).toBe(
    `${before}     CPU           : count     distribution
        0          : 0        |                                        |
        1          : 2        |********************                    |
        2          : 4        |****************************************|

`,
  );
});

test("HistogramPrinter: a hostile unit is escaped", () => {
  expect(bars([1], "\x1b[2J\n")).toMatch(/^ {5}\$'\\x1b\[2J\\n' +: count/m);
});

test.each([
  ["no slots", () => ({ ...mapTypes(4), value: mapTypes(4).key })],
  ["64-bit slots", () => mapTypes(4, 8)],
  ["5,000 slots", () => mapTypes(5000)],
])("HistogramPrinter: refuses %s", (_, make) => {
  const { btf, key, value } = make();
  const options = { from: { bytes, view }, utcOffset: () => 0 };
  expect(() => new HistogramPrinter(btf, key, value, false, "", options)).toThrow(PackageError);
});
