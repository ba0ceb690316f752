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

/** A map with keys of one u32, and values of a u32 `total` and so many slots. */
function shapes(count: number, slotBytes = 4) {
  const btf = new FakeBtf();
  const u32 = btf.int("unsigned int", 4);
  const slots = btf.array(slotBytes === 4 ? u32 : btf.int("u64", slotBytes), count);
  const one = (name: string, typeId: number, bytes = 0) => ({ name, typeId, bitOffset: bytes * 8, bitSize: 0 });
  const key: ValueLayout = { members: [one("id", u32)], size: 4 };
  const value: ValueLayout = { members: [one("total", u32), one("slots", slots, 4)], size: 4 + slotBytes * count };
  return { btf: new BtfTypes(btf.bytes()), key, value };
}

function bars(counts: number[], unit: string, isLinear = false): string {
  const { btf, key, value } = shapes(counts.length);
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

test("a histogram by powers of two: equals the expected output of bpf-loader-lib 0.2.1's own test", () => {
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

test("a histogram with more than 33 slots: wider numbers, and bars of half the length", () => {
  const counts = Array.from({ length: 64 }, (_, i) => (i === 63 ? 4_294_967_295 : 0));
  const lines = bars(counts, "ns").split("\n");
  expect(lines[3]).toBe("               ns                            : count    distribution");
  expect(lines.at(-3)).toBe(" 9223372036854775808 -> 18446744073709551615 : 4294967295 |********************|");
});

test("a histogram of zeros: no bars", () => {
  expect(bars([0, 0, 0], "ms")).toBe(`${before}\n`);
});

test("a linear histogram: one row per slot, as BCC prints it", () => {
  expect(bars([0, 2, 4], "CPU", true)).toBe(
    `${before}     CPU           : count     distribution
        0          : 0        |                                        |
        1          : 2        |********************                    |
        2          : 4        |****************************************|

`,
  );
});

test("a histogram's hostile unit: escaped", () => {
  expect(bars([1], "\x1b[2J\n")).toMatch(/^ {5}\$'\\x1b\[2J\\n' +: count/m);
});

test.each([
  ["no slots", () => ({ ...shapes(4), value: shapes(4).key })],
  ["slots of 64 bits", () => shapes(4, 8)],
  ["more slots than a screen has lines", () => shapes(5000)],
])("%s", (_, make) => {
  const { btf, key, value } = make();
  const look = { from: { bytes, view }, utcOffset: () => 0 };
  expect(() => new HistogramPrinter(btf, key, value, false, "", look)).toThrow(PackageError);
});
