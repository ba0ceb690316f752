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

test("every form is one line of its own kind", () => {
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

test.each(["local", "utc", "iso", "unix"] as const)("the table leaves %s as much room as it takes", (form) => {
  const { write, width } = timeFormat(form)!;
  expect(show(write, SOME)).toHaveLength(width);
});

test("the table leaves deltas room for 999 seconds", () => {
  expect(timeFormat("delta")!.width).toBe("999.999999".length);
});

test("decimals keep their leading zeros, and a moment before 2001 its few digits", () => {
  expect(show(writerOf("iso"), at("2026-01-02T03:04:05Z", 7))).toBe("2026-01-02T03:04:05.000000007Z");
  expect(show(writerOf("unix"), moment(5, 70))).toBe("5.000000070");
});

describe("what is kept from moment to moment", () => {
  const forms = ["iso", "utc", "local"] as const;

  test.each(forms)("%s is right on both sides of each border of a minute", (form) => {
    const write = writerOf(form);
    const tail = (iso: string) => show(write, at(iso)).replace("Z", "").replace(/\.0+$/, "").slice(-5);
    expect(tail("2026-11-23T23:58:59Z")).toBe("58:59");
    expect(tail("2026-11-23T23:59:00Z")).toBe("59:00");
    expect(tail("2026-11-23T23:59:59Z")).toBe("59:59");
    expect(tail("2026-11-24T00:00:00Z")).toBe("00:00");
    // two CPUs can hand exits over out of order
    expect(tail("2026-11-23T23:59:59Z")).toBe("59:59");
  });

  test("a writer that is used again writes what a new one would, in any order", () => {
    const random = new Random(6);
    const writers = forms.map((form) => ({ form, write: writerOf(form) }));
    for (let i = 0; i < 5_000; i++) {
      // within eighty seconds, so that the same second and the same minute come again
      const when = moment(1_795_441_400 + random.below(80), random.below(1e9));
      for (const { form, write } of writers) {
        if (show(write, when) !== show(writerOf(form), when)) throw new Error(`${form} of ${when.seconds}`);
      }
    }
  });

  test("the same time of another day is another moment", () => {
    const write = writerOf("iso");
    expect(show(write, at("2026-11-23T13:44:41Z"))).toStartWith("2026-11-23T13:44:41");
    expect(show(write, at("2026-11-24T13:44:41Z"))).toStartWith("2026-11-24T13:44:41");
  });
});

test("any moment of four-digit years is written as Date writes it", () => {
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
