import { describe, expect, test } from "bun:test";
import { ByteWriter } from "../../src/text/byte-writer.ts";
import {
  writeNameBeforeBracket,
  writeShellArgument,
  writeShellWord,
  writeTerminatedName,
} from "../../src/output/shell.ts";
import { writeShellWords } from "../../src/output/columns.ts";
import { written } from "../support/fake-exit.ts";
import { bytesFrom, escaped, hostileTexts, SLOW_TEST_MS, unsafe } from "../support/hostile-text.ts";
import { Random } from "../support/random.ts";
import { shellWords } from "../support/real-shell.ts";

const word = (text: string | Uint8Array) => escaped(writeShellWord, text);

/** Characters that are special to shells or to terminals, and some that are not. */
const PIECES = [
  ..." '\"\\$`!*?[]{}()<>|&;#~=%^-+@:,./_aA0\t\n\r\x07\x1b\x01\x7f",
  "\\n",
  "\\x41",
  "'\\''",
  "$'",
  "$(id)",
  "${x}",
  "1b",
  "ü",
  "漢",
  "🦀",
  "\u00ad",
  "\u202e",
  "\u0085",
];

function randomWords(count: number, pieces: readonly string[]): Uint8Array[] {
  const random = new Random(11);
  return Array.from({ length: count }, () =>
    bytesFrom(Array.from({ length: random.below(12) }, () => random.oneOf(pieces)).join("")),
  );
}

/** Returns the words that this shell does not read back, as hexadecimal bytes and quoted. */
function misread(shell: "bash" | "sh", words: readonly Uint8Array[]): string[] {
  const [read] = shellWords(shell, [words.map((bytes) => word(bytes)).join(" ")]);
  expect(read).toHaveLength(words.length);
  return words
    .filter((bytes, i) => Buffer.compare(bytes, read![i]!) !== 0)
    .map((bytes) => `${bytes.toHex()}: ${word(bytes)}`);
}

describe("writeShellWord: a real shell reads back", () => {
  test(
    "a sample of all pairs of bytes, and thousands of hostile words",
    () => {
      const words = [...hostileTexts(5)].filter((bytes) => !bytes.includes(0));
      expect(misread("bash", words)).toEqual([]);
    },
    SLOW_TEST_MS,
  );

  test("random words of special characters", () => {
    expect(misread("bash", randomWords(3000, PIECES))).toEqual([]);
  });

  test("words without unsafe characters in plain sh, which may lack $'…' of POSIX 2024", () => {
    const words = randomWords(
      3000,
      PIECES.filter((piece) => !unsafe.test(piece)),
    );
    expect(words.map(word).filter((text) => text.startsWith("$"))).toEqual([]);
    expect(misread("sh", words)).toEqual([]);
  });

  test("a word of 100,000 characters", () => {
    const words = ["a", "'", "\\", "\x1b", " "].map((piece) => bytesFrom(piece.repeat(100_000)));
    expect(misread("bash", words)).toEqual([]);
  });
});

test(
  "writeShellWord: hostile bytes become one word without unsafe characters",
  () => {
    const out = new ByteWriter();
    const wrong: string[] = [];
    for (const bytes of hostileTexts()) {
      // throws if the output is not UTF-8
      const text = escaped(writeShellWord, bytes, out);
      const isOneWord = /^(?:[\w\-./:=@%+,]+|(?:'[^']*'|\\')+|\$'(?:[^'\\]|\\['\\nt]|\\x[0-9a-f]{2})*')$/u.test(text);
      if (unsafe.test(text) || !isOneWord) wrong.push(`${bytes.toHex()} gives ${text}`);
    }
    expect(wrong).toEqual([]);
  },
  SLOW_TEST_MS,
);

describe("writeShellWord: a word", () => {
  test.each(["ls", "-l", "--color=auto", "/usr/bin/x_y", "a.b:c,d", "user@host", "100%", "+x", "KEY=value"])(
    "without special characters: unquoted: %s",
    (text) => {
      expect(word(text)).toBe(text);
    },
  );

  test.each([
    ["", "''"],
    ["a b", "'a b'"],
    ["*.txt", "'*.txt'"],
    ["~", "'~'"],
    ["#", "'#'"],
    ["$HOME", "'$HOME'"],
    ["a\\nb", "'a\\nb'"],
    ['say "hi"', "'say \"hi\"'"],
    ["größe", "'größe'"],
    ["漢字🦀", "'漢字🦀'"],
    ["it's", "'it'\\''s'"],
    ["'", "''\\'''"],
  ])("with special characters: in apostrophes: %j", (text, quoted) => {
    expect(word(text)).toBe(quoted);
  });

  test.each([
    ["a\nb", "$'a\\nb'"],
    ["\t", "$'\\t'"],
    ["\x1b[31m", "$'\\x1b[31m'"],
    ["it's\n", "$'it\\'s\\n'"],
    ["\\\n", "$'\\\\\\n'"],
    ["ü\r", "$'ü\\x0d'"],
    ["\u202e", "$'\\xe2\\x80\\xae'"],
  ])("with unsafe characters: in $'…': %j", (text, quoted) => {
    expect(word(text)).toBe(quoted);
  });

  test("that is not UTF-8: in $'…'", () => {
    expect(word(new Uint8Array([0x61, 0xff, 0x27, 0xe2, 0x82]))).toBe("$'a\\xff\\'\\xe2\\x82'");
  });
});

test("writeShellWords: leaves out the empty arguments that a title leaves at the end", () => {
  const words = (text: string) => escaped(writeShellWords, text);
  expect(words("pg: worker\0\0\0\0")).toBe("'pg: worker'");
  expect(words("sh\0-c\0\0exit 1\0\0")).toBe("sh -c '' 'exit 1'");
  expect(words("cut")).toBe("cut");
});

test("writeShellWord: ignores the bytes around the word", () => {
  const out = new ByteWriter();
  for (const around of ["'", "\\", "\n", "ü", " "]) {
    const bytes = bytesFrom(`${around}ab${around}`);
    const start = bytesFrom(around).length;
    out.reset();
    writeShellWord(out, bytes, start, start + 2);
    expect(Buffer.from(out.bytes.subarray(0, out.length)).toString()).toBe("ab");
  }
});

test("writeShellArgument() and writeTerminatedName(): as the functions that are told the end", () => {
  const wrong: string[] = [];
  for (const bytes of hostileTexts(5)) {
    const nul = bytes.indexOf(0);
    const end = nul < 0 ? bytes.length : nul;
    let stop = -1;
    const argument = written((out) => (stop = writeShellArgument(out, bytes, 0, bytes.length)));
    const word = written((out) => writeShellWord(out, bytes, 0, end));
    if (argument !== word) wrong.push(`${bytes.toHex()} gives ${argument} instead of ${word}`);
    if (stop !== end) wrong.push(`${bytes.toHex()} ends at ${stop}`);
    const terminated = written((out) => writeTerminatedName(out, bytes, 0, bytes.length));
    const name = written((out) => writeNameBeforeBracket(out, bytes, 0, end));
    if (terminated !== name) wrong.push(`${bytes.toHex()} gives ${terminated} instead of ${name}`);
  }
  expect(wrong).toEqual([]);
});
