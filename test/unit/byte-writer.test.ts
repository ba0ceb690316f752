import { describe, expect, test } from "bun:test";
import { Span } from "../../src/enrich/span.ts";
import { ByteWriter, bytesOf } from "../../src/output/byte-writer.ts";
import { textOf, written } from "./fake-exit.ts";
import { Random } from "./random.ts";

/** More than a new writer holds, so that it must grow. */
const LARGE = 64 * 1024 + 1;

describe("numbers", () => {
  test.each([0, 1, 9, 10, 99, 100, 4_194_304, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 1e15, 1e15 - 1, Number.MAX_SAFE_INTEGER])(
    "integer %p is written in full, with a minus where it is negative",
    (value) => {
      expect(written((out) => out.integer(value))).toBe(String(value));
      if (value) expect(written((out) => out.integer(-value))).toBe(String(-value));
    },
  );

  test("any whole number up to 2^53 is written as JavaScript writes it", () => {
    const random = new Random(2);
    for (let i = 0; i < 20_000; i++) {
      const value = Number(random.u64() & 0x1f_ffff_ffff_ffffn);
      if (written((out) => out.integer(value)) !== String(value)) throw new Error(String(value));
    }
  });

  test("digits are filled up with zeros", () => {
    expect(written((out) => out.digits(7, 2))).toBe("07");
    expect(written((out) => out.digits(0, 9))).toBe("000000000");
    expect(written((out) => out.digits(123_456_789, 9))).toBe("123456789");
  });

  test("a span's nanoseconds are exact over the whole range of a u64", () => {
    const random = new Random(3);
    const edges = [0n, 1n, 999_999_999n, 10n ** 9n, 10n ** 9n + 1n, 2n ** 53n - 1n, 2n ** 53n + 1n, 2n ** 64n - 1n];
    for (const ns of [...edges, ...Array.from({ length: 20_000 }, () => random.u64())]) {
      const span = new Span().set(Number(ns >> 32n), Number(ns & 0xffff_ffffn));
      const text = written((out) => out.nanoseconds(span));
      if (text !== String(ns)) throw new Error(`${ns} is written as ${text}`);
    }
  });
});

describe("the buffer", () => {
  test.each<[string, (out: ByteWriter) => void, string]>([
    ["byte", (out) => out.byte(0x78), "x"],
    ["put", (out) => out.put(bytesOf("xyz")), "xyz"],
    ["copy", (out) => out.copy(bytesOf("wxyz"), 1, 4), "xyz"],
    ["integer", (out) => out.integer(12345), "12345"],
    ["digits", (out) => out.digits(5, 4), "0005"],
    ["tabTo", (out) => out.tabTo(out.length + 3, 0), "   "],
    ["alignRight", (out) => out.alignRight(out.length - 1, 4), ""],
  ])("%s grows it where it is full, and keeps what is there", (_, write, added) => {
    for (let room = 0; room < 4; room++) {
      const out = new ByteWriter();
      const before = "a".repeat(out.bytes.length - room);
      out.put(bytesOf(before));
      write(out);
      const expected = added ? before + added : `${before.slice(0, -1)}   a`;
      if (textOf(out) !== expected) throw new Error(`with room for ${room}: ${textOf(out).slice(-20)}`);
    }
  });

  test("it takes more at once than twice its size", () => {
    const text = "b".repeat(10 * LARGE);
    const out = new ByteWriter();
    out.byte(0x61);
    out.put(bytesOf(text));
    expect(textOf(out)).toBe(`a${text}`);
  });

  test("reset empties it and keeps the room", () => {
    const out = new ByteWriter();
    out.put(new Uint8Array(LARGE));
    const { bytes } = out;
    out.reset();
    out.put(bytesOf("new"));
    expect(textOf(out)).toBe("new");
    expect(out.bytes).toBe(bytes);
  });
});

describe("alignment", () => {
  const tabbed = (text: string, column: number) =>
    written((out) => {
      out.put(bytesOf(`before\n${text}`));
      out.tabTo(column, 7);
    }).slice(7);

  test("tabTo fills up to a column of the line", () => {
    expect(tabbed("ab", 5)).toBe("ab   ");
    expect(tabbed("", 2)).toBe("  ");
  });

  test("tabTo leaves one space where the line is already there or past", () => {
    expect(tabbed("abcde", 5)).toBe("abcde ");
    expect(tabbed("abcdefg", 5)).toBe("abcdefg ");
  });

  test("tabTo puts nothing before the first column", () => {
    expect(tabbed("", 0)).toBe("");
  });

  const aligned = (text: string, width: number) =>
    written((out) => {
      out.put(bytesOf(`|${text}`));
      out.alignRight(1, width);
      out.put(bytesOf("|"));
    });

  test("alignRight moves the text to the right edge of its field", () => {
    expect(aligned("1234567", 15)).toBe("|        1234567|");
    expect(aligned("7", 2)).toBe("| 7|");
    expect(aligned("", 2)).toBe("|  |");
  });

  test("alignRight leaves alone what fills the field or more", () => {
    expect(aligned("1234", 4)).toBe("|1234|");
    expect(aligned("12345", 4)).toBe("|12345|");
    expect(aligned("1", -3)).toBe("|1|");
  });
});
