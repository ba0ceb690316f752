/** Summaries of records with any bytes: no error, no control characters, and JSON that parses. */
import fc from "fast-check";
import { expect, test } from "bun:test";
import { jsonSchema } from "../../../src/cli/schema.ts";
import { ByteWriter } from "../../../src/output/index.ts";
import { bytesOf } from "../../../src/text/byte-writer.ts";
import { summaryKeyNames } from "../../../src/views/keys.ts";
import { summaryOrders } from "../../../src/views/order.ts";
import { Top } from "../../../src/views/top.ts";
import { fakeExit, type Fields, written } from "../../support/fake-exit.ts";
import { lineValidator } from "../../support/json-schema.ts";
import { always, bytes } from "../../support/property.ts";
import { PERIOD, summaryOf, textOf } from "../../support/summaries.ts";

/** The number of values that each property gets. */
const RUNS = 70;

const violations = lineValidator(jsonSchema());
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const u32 = fc.nat(2 ** 32 - 1);
// names end at their first NUL, arguments at each
const name = bytes(15);
const fields: fc.Arbitrary<Partial<Fields>> = fc.record({
  comm: name,
  parentComm: name,
  status: fc.nat(0xffff),
  duration: u64,
  uid: u32,
  ppid: fc.nat(2 ** 31 - 1),
  parentStartNs: u64,
  args: fc.oneof(fc.constant(null), bytes(400)),
  exe: fc.oneof(
    fc.constant(null),
    bytes(300).map((path) => path.filter((byte) => byte !== 0)),
  ),
  killer: fc.option(fc.record({ kind: fc.constantFrom("process", "kernel", "oom"), comm: name }), { nil: undefined }),
  isUsageIncomplete: fc.boolean(),
  resources: fc.record({ cpuUserNs: u64, cpuSystemNs: u64, maxRssBytes: u64 }),
});
const options = fc.record({
  by: fc.uniqueArray(fc.constantFrom(...summaryKeyNames), { minLength: 1 }),
  sort: fc.constantFrom(...summaryOrders),
  isWide: fc.boolean(),
  width: fc.nat(250).map((columns) => () => columns),
  height: fc.nat(60).map((rows) => () => rows),
  maxAggregates: fc.integer({ min: 1, max: 4 }),
});

test("summaries of any exits: every layout writes safe text, and JSON matches the schema", () => {
  always(
    fc.tuple(fc.array(fields, { maxLength: 12 }), options),
    ([exits, { maxAggregates, ...given }]) => {
      for (const layout of ["table", "json", "csv"] as const) {
        const text = textOf(summaryOf(layout, given, exits, maxAggregates));
        expect(text.replaceAll("\n", "")).not.toMatch(/\p{C}/u);
        if (layout === "json") expect(text.trimEnd().split("\n").flatMap(violations)).toEqual([]);
      }
    },
    RUNS,
  );
});

test("exitsnoop top with any exits and any keys: draws a screen without other control sequences", () => {
  const typed = fc.oneof(bytes(20), fc.string({ maxLength: 20 }).map(bytesOf));
  always(
    fc.tuple(fc.array(fields, { maxLength: 8 }), options, fc.array(typed)),
    ([exits, given, keys]) => {
      const usual = { time: "utc", hasColor: false, hasHeader: true, label: undefined } as const;
      const top = new Top({ ...usual, ...given, interval: 2000, choices: summaryKeyNames });
      for (const key of keys) {
        for (const exit of exits) top.exit(new ByteWriter(), fakeExit(exit));
        top.next(PERIOD);
        top.type(key);
        const screen = written((out) => top.draw(out)).replace(/\x1b\[(H|K|J|\d+;1H)|\r\n/g, "");
        expect(screen).not.toMatch(/\p{C}/u);
      }
    },
    RUNS,
  );
});
