import { describe, expect, test } from "bun:test";
import { Timespec } from "../../src/exit/timespec.ts";
import { ByteWriter, bytesOf } from "../../src/output/byte-writer.ts";
import { textOf, written } from "../support/fake-exit.ts";
import { Random } from "../support/random.ts";

/** More than a new writer holds, so that it must grow. */
const LARGE = 64 * 1024 + 1;

describe("numbers", () => {
  test.each([0, 1, 9, 10, 99, 100, 4_194_304, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 1e15, 1e15 - 1, Number.MAX_SAFE_INTEGER])(
    "integer %p is written in full",
    (value) => {
      expect(written((out) => out.integer(value))).toBe(String(value));
    },
  );

  test("any whole number up to 2^53 is written as JavaScript writes it", () => {
    const random = new Random(2);
    for (let i = 0; i < 20_000; i++) {
      const value = Number(random.u64() & 0x1f_ffff_ffff_ffffn);
      if (written((out) => out.integer(value)) !== String(value)) throw new Error(String(value));
    }
  });

  test("a number is filled up with zeros where it should have so many digits", () => {
    expect(written((out) => out.padded(7, 2))).toBe("07");
    expect(written((out) => out.nineDigits(0))).toBe("000000000");
    expect(written((out) => out.nineDigits(123_456_789))).toBe("123456789");
  });

  test("a span's nanoseconds are exact over the whole range of a u64", () => {
    const random = new Random(3);
    const edges = [0n, 1n, 999_999_999n, 10n ** 9n, 10n ** 9n + 1n, 2n ** 53n - 1n, 2n ** 53n + 1n, 2n ** 64n - 1n];
    for (const ns of [...edges, ...Array.from({ length: 20_000 }, () => random.u64())]) {
      const span = new Timespec().set(Number(ns >> 32n), Number(ns & 0xffff_ffffn));
      const text = written((out) => out.nanoseconds(span));
      if (text !== String(ns)) throw new Error(`${ns} is written as ${text}`);
    }
  });
});

describe("the buffer", () => {
  // a byte that is written past the end of a Uint8Array is lost without a word
  test("reserve makes room for a text and a number, however full it is, and keeps what is there", () => {
    for (let room = 0; room < 300; room++) {
      const out = new ByteWriter();
      const before = "a".repeat(out.bytes.length - room);
      out.put(bytesOf(before));
      out.reserve(10);
      out.put(bytesOf("0123456789"));
      out.integer(Number.MAX_SAFE_INTEGER);
      if (textOf(out) !== `${before}0123456789${Number.MAX_SAFE_INTEGER}`) throw new Error(`with room for ${room}`);
    }
  });

  test("reserve makes room for more than twice its size", () => {
    const text = "b".repeat(10 * LARGE);
    const out = new ByteWriter();
    out.byte(0x61);
    out.reserve(text.length);
    out.put(bytesOf(text));
    expect(textOf(out)).toBe(`a${text}`);
  });

  test("reserve changes nothing where there is room", () => {
    const out = new ByteWriter();
    const { bytes } = out;
    out.reserve(1000);
    expect(out).toMatchObject({ length: 0, bytes });
    expect(out.bytes).toBe(bytes);
  });

  test("it grows seldom: a batch that is too large for it is not copied line by line", () => {
    const out = new ByteWriter();
    const sizes = new Set<number>();
    for (let i = 0; i < 10_000; i++) {
      out.reserve(100);
      out.put(new Uint8Array(100));
      sizes.add(out.bytes.length);
    }
    expect(sizes.size).toBeLessThan(8);
  });

  test("reset empties it and keeps the room", () => {
    const out = new ByteWriter();
    out.reserve(LARGE);
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
    expect(tabbed("a", 1)).toBe("a ");
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
