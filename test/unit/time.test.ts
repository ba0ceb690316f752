import { describe, expect, test } from "bun:test";
import { Timespec } from "../../src/exit/timespec.ts";
import { type TimeForm, type TimeWriter, timeForms, timeFormat } from "../../src/output/time.ts";
import { written } from "../support/fake-exit.ts";
import { Random } from "../support/random.ts";

const moment = (seconds: number, nanoseconds = 0) => new Timespec().add(seconds, nanoseconds);
const at = (iso: string, nanoseconds = 0) => moment(Date.parse(iso) / 1000, nanoseconds);
const writerOf = (form: TimeForm) => timeFormat(form)!.write;
const show = (write: TimeWriter, when: Timespec) => written((out) => write(out, when));

const SOME = at("2026-11-23T13:44:41Z", 123_456_789);

test("timeFormat: each form has its own text", () => {
  const shown = timeForms
    .filter((form) => form !== "local")
    .map((form) => {
      const time = timeFormat(form);
      return [form, time && show(time.write, SOME)];
    });
  expect(Object.fromEntries(shown)).toEqual({
    utc: "13:44:41",
    iso: "2026-11-23T13:44:41.123456789Z",
    unix: "1795441481.123456789",
    delta: "0.000000",
    none: undefined,
  });
});

test.each(["local", "utc", "iso", "unix"] as const)(
  "timeFormat(%j): the width of the column is that of the text",
  (form) => {
    const { write, width } = timeFormat(form)!;
    expect(show(write, SOME)).toHaveLength(width);
  },
);

test('timeFormat("delta"): the column holds 999 seconds', () => {
  expect(timeFormat("delta")!.width).toBe("999.999999".length);
});

test("timeFormat: keeps leading zeros of decimals, and adds none to the seconds", () => {
  expect(show(writerOf("iso"), at("2026-01-02T03:04:05Z", 7))).toBe("2026-01-02T03:04:05.000000007Z");
  expect(show(writerOf("unix"), moment(5, 70))).toBe("5.000000070");
});

describe("the cached text of a second", () => {
  const forms = ["iso", "utc", "local"] as const;

  test.each(forms)("--time %s: changes with the second, the minute and the day, and back", (form) => {
    const write = writerOf(form);
    const tail = (iso: string) => show(write, at(iso)).replace("Z", "").replace(/\.0+$/, "").slice(-5);
    expect(tail("2026-11-23T23:58:59Z")).toBe("58:59");
    expect(tail("2026-11-23T23:59:00Z")).toBe("59:00");
    expect(tail("2026-11-23T23:59:59Z")).toBe("59:59");
    expect(tail("2026-11-24T00:00:00Z")).toBe("00:00");
    // the records of two CPUs can arrive out of order
    expect(tail("2026-11-23T23:59:59Z")).toBe("59:59");
  });

  test("a reused writer: writes the text of a new one, in any order of times", () => {
    const random = new Random(6);
    const writers = forms.map((form) => ({ form, write: writerOf(form) }));
    for (let i = 0; i < 5_000; i++) {
      // within eighty seconds, so that seconds and minutes repeat
      const when = moment(1_795_441_400 + random.below(80), random.below(1e9));
      for (const { form, write } of writers) {
        if (show(write, when) !== show(writerOf(form), when)) throw new Error(`${form} of ${when.seconds}`);
      }
    }
  });

  test("a time of day on two days: shows both dates", () => {
    const write = writerOf("iso");
    expect(show(write, at("2026-11-23T13:44:41Z"))).toStartWith("2026-11-23T13:44:41");
    expect(show(write, at("2026-11-24T13:44:41Z"))).toStartWith("2026-11-24T13:44:41");
  });
});

test("timeFormat: random times until the year 9999 equal the text of Date", () => {
  const random = new Random(7);
  const [iso, utc, unix] = [writerOf("iso"), writerOf("utc"), writerOf("unix")];
  for (let i = 0; i < 10_000; i++) {
    const when = moment(random.below(253_402_300_800), random.below(1e9));
    const date = new Date(when.seconds * 1000).toISOString().slice(0, 19);
    const decimals = String(when.nanoseconds).padStart(9, "0");
    expect(show(iso, when)).toBe(`${date}.${decimals}Z`);
    expect(show(utc, when)).toBe(date.slice(11));
    expect(show(unix, when)).toBe(`${when.seconds}.${decimals}`);
  }
});
