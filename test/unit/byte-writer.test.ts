import { describe, expect, test } from "bun:test";
import { Timespec } from "../../src/exit/timespec.ts";
import { bytesByNumber, ByteWriter, bytesOf } from "../../src/text/byte-writer.ts";
import { textOf, written } from "../support/fake-exit.ts";
import { Random } from "../support/random.ts";

/** Exceeds the capacity of a new writer. */
const LARGE = 64 * 1024 + 1;

describe("ByteWriter: numbers:", () => {
  test.each([0, 1, 9, 10, 99, 100, 4_194_304, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 1e15, 1e15 - 1, Number.MAX_SAFE_INTEGER])(
    "integer(%p): writes all digits",
    (value) => {
      expect(written((out) => out.integer(value))).toBe(String(value));
    },
  );

  test("integer() of 20,000 random numbers up to 2^53: writes what String() returns", () => {
    const random = new Random(2);
    for (let i = 0; i < 20_000; i++) {
      const value = Number(random.u64() & 0x1f_ffff_ffff_ffffn);
      if (written((out) => out.integer(value)) !== String(value)) throw new Error(String(value));
    }
  });

  test("padded() and nineDigits(): fill up with leading zeros", () => {
    expect(written((out) => out.padded(7, 2))).toBe("07");
    expect(written((out) => out.nineDigits(0))).toBe("000000000");
    expect(written((out) => out.nineDigits(123_456_789))).toBe("123456789");
  });

  test("nanoseconds(): exact over the whole range of a u64", () => {
    const random = new Random(3);
    const edges = [0n, 1n, 999_999_999n, 10n ** 9n, 10n ** 9n + 1n, 2n ** 53n - 1n, 2n ** 53n + 1n, 2n ** 64n - 1n];
    for (const ns of [...edges, ...Array.from({ length: 20_000 }, () => random.u64())]) {
      const duration = new Timespec().set(Number(ns >> 32n), Number(ns & 0xffff_ffffn));
      const text = written((out) => out.nanoseconds(duration));
      if (text !== String(ns)) throw new Error(`${ns} is written as ${text}`);
    }
  });
});

describe("ByteWriter: buffer:", () => {
  // a write past the end of a Uint8Array is ignored without an error
  test("reserve() with 0 to 299 free bytes: makes room for a text and a number, and keeps the content", () => {
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

  test("reserve() of more than twice the capacity: makes enough room", () => {
    const text = "b".repeat(10 * LARGE);
    const out = new ByteWriter();
    out.byte(0x61);
    out.reserve(text.length);
    out.put(bytesOf(text));
    expect(textOf(out)).toBe(`a${text}`);
  });

  test("reserve() of free bytes: keeps the buffer", () => {
    const out = new ByteWriter();
    const { bytes } = out;
    out.reserve(1000);
    expect(out).toMatchObject({ length: 0, bytes });
    expect(out.bytes).toBe(bytes);
  });

  test("reserve() of 10,000 lines in turn: grows fewer than 8 times, so the batch is not copied per line", () => {
    const out = new ByteWriter();
    const sizes = new Set<number>();
    for (let i = 0; i < 10_000; i++) {
      out.reserve(100);
      out.put(new Uint8Array(100));
      sizes.add(out.bytes.length);
    }
    expect(sizes.size).toBeLessThan(8);
  });

  test("reset(): empties the writer and keeps its capacity", () => {
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

describe("ByteWriter: alignment:", () => {
  const tabbed = (text: string, column: number) =>
    written((out) => {
      out.put(bytesOf(`before\n${text}`));
      out.tabTo(column, 7);
    }).slice(7);

  test("tabTo(): fills up with spaces to a column of the line", () => {
    expect(tabbed("ab", 5)).toBe("ab   ");
    expect(tabbed("", 2)).toBe("  ");
  });

  test("tabTo() of a column that the line has reached: writes one space", () => {
    expect(tabbed("abcde", 5)).toBe("abcde ");
    expect(tabbed("abcdefg", 5)).toBe("abcdefg ");
    expect(tabbed("a", 1)).toBe("a ");
  });

  test("tabTo() of the first column: writes nothing", () => {
    expect(tabbed("", 0)).toBe("");
  });

  const aligned = (text: string, width: number) =>
    written((out) => {
      out.put(bytesOf(`|${text}`));
      out.alignRight(1, width);
      out.put(bytesOf("|"));
    });

  test("alignRight(): moves the text to the right edge of its field", () => {
    expect(aligned("1234567", 15)).toBe("|        1234567|");
    expect(aligned("7", 2)).toBe("| 7|");
    expect(aligned("", 2)).toBe("|  |");
  });

  test("alignRight() of a text that fills or exceeds the field: leaves it in place", () => {
    expect(aligned("1234", 4)).toBe("|1234|");
    expect(aligned("12345", 4)).toBe("|12345|");
    expect(aligned("1", -3)).toBe("|1|");
  });
});

test("bytesByNumber(): encodes the text of each number once", () => {
  const asked: number[] = [];
  const bytesFor = bytesByNumber((number) => {
    asked.push(number);
    return `é${number}`;
  });
  const texts = [7, 0, 7, 7, 0].map((number) => Buffer.from(bytesFor(number)).toString());
  expect(texts).toEqual(["é7", "é0", "é7", "é7", "é0"]);
  expect(asked).toEqual([7, 0]);
});
