import { expect, test } from "bun:test";
import { ByteWriter } from "../../src/text/byte-writer.ts";
import { writeCsv } from "../../src/output/csv-text.ts";
import { textOf } from "../support/fake-exit.ts";
import { bytesFrom, escaped, hostileTexts, SLOW_TEST_MS, plainOracle, unsafe } from "../support/hostile-text.ts";

const csv = (text: string | Uint8Array) => escaped(writeCsv, text);

/**
 * Parses a line by the grammar of RFC 4180: fields are TEXTDATA, or quoted with quotes doubled.
 */
function parseLine(line: string): string[] {
  const fields: string[] = [];
  let rest = `,${line}`;
  while (rest) {
    const [whole, quoted, bare] = /^,(?:"((?:[^"]|"")*)"|([^",\r\n]*))(?=,|$)/.exec(rest) ?? [];
    if (whole === undefined) throw new Error(`not RFC 4180: ${line}`);
    fields.push(quoted?.replaceAll('""', '"') ?? bare!);
    rest = rest.slice(whole.length);
  }
  return fields;
}

test(
  "any bytes in CSV: a parser reads the plain text, after an apostrophe if it looks like a formula",
  () => {
    const out = new ByteWriter();
    const wrong: string[] = [];
    // a third: what CSV takes from plain text is tested with all of them in escape-plain.test.ts
    for (const bytes of hostileTexts(3)) {
      // escaped() throws if the output is not UTF-8
      const text = escaped(writeCsv, bytes, out);
      const expected = ("=+-@\t\r".includes(String.fromCharCode(bytes[0] ?? 0)) ? "'" : "") + plainOracle(bytes);
      const [before, field, ...after] = parseLine(`x,${text},y`);
      if (before !== "x" || after.join() !== "y") wrong.push(`${bytes.toHex()} breaks its line: ${text}`);
      if (field !== expected) wrong.push(`${bytes.toHex()} gives ${text}`);
      if (unsafe.test(text)) wrong.push(`${bytes.toHex()} is raw`);
    }
    expect(wrong).toEqual([]);
  },
  SLOW_TEST_MS,
);

test("a CSV field without commas and quotes: not quoted", () => {
  expect(csv("which")).toBe("which");
  expect(csv("a b'c\\d")).toBe("a b'c\\d");
  expect(csv("")).toBe("");
});

test("a CSV field with commas or quotes: quoted, with its quotes doubled", () => {
  expect(csv("a,b")).toBe('"a,b"');
  expect(csv('say "hi"')).toBe('"say ""hi"""');
  expect(csv('"')).toBe('""""');
  expect(csv('",')).toBe('""","');
});

test("a CSV field: independent of the bytes before and after it in the batch", () => {
  const out = new ByteWriter();
  const slice = (batch: string, start: number, end: number) => {
    out.reset();
    writeCsv(out, bytesFrom(batch), start, end);
    return textOf(out);
  };
  for (const after of [",", '"', "="]) {
    expect(slice(`a${after}`, 0, 1)).toBe("a");
    expect(slice(after, 0, 0)).toBe("");
    expect(slice(`a,${after}`, 0, 2)).toBe('"a,"');
    expect(slice(`${after}b`, 1, 2)).toBe("b");
  }
  expect(slice('"a', 0, 2)).toBe('"""a"');
});

test("a line feed in a CSV field: escaped, so a field never spans lines", () => {
  expect(csv("a\nb\r")).toBe("$'a\\nb\\x0d'");
  expect(csv('a,"\n')).toBe(`"$'a,""\\n'"`);
});

test.each([
  ["=1+1", "'=1+1"],
  ["+1", "'+1"],
  ["-1", "'-1"],
  ["@SUM(A1)", "'@SUM(A1)"],
  ["\tx", "'$'\\tx'"],
  ["\rx", "'$'\\x0dx'"],
  ['=HYPERLINK("a","b")', `"'=HYPERLINK(""a"",""b"")"`],
])("a CSV field that a spreadsheet would evaluate: preceded by an apostrophe: %j", (name, field) => {
  expect(csv(name)).toBe(field);
});

test("a CSV field that contains a formula's characters but begins with none: no apostrophe", () => {
  expect(csv("a=b+c-d@e")).toBe("a=b+c-d@e");
  expect(csv("\nx")).toBe("$'\\nx'");
});

test("a text that looks like an escape in CSV: differs from an escaped text", () => {
  expect(csv("\\x1b")).toBe("\\x1b");
  expect(csv("\x1b")).toBe("$'\\x1b'");
  expect(csv("$'\\x1b'")).toBe("$'$\\'\\\\x1b\\''");
});
