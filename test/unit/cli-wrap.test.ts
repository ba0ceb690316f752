import { describe, expect, test } from "bun:test";
import { wrap, wrapRows } from "../../src/cli/wrap.ts";

describe("wrap():", () => {
  test("breaks between words and keeps line feeds", () => {
    expect(wrap("one two three\nfour", 7)).toEqual(["one two", "three", "four"]);
    expect(wrap("one two three", 13)).toEqual(["one two three"]);
  });

  test("a word that is longer than the width: on a line of its own, whole", () => {
    expect(wrap("a extraordinarily b", 5)).toEqual(["a", "extraordinarily", "b"]);
  });

  test("counts the indent, and characters instead of bytes", () => {
    expect(wrap("ä… ä… ä…", 7, "  ")).toEqual(["  ä… ä…", "  ä…"]);
  });

  test("an empty text: one empty line without the indent", () => {
    expect(wrap("", 10, "  ")).toEqual([""]);
  });
});

describe("wrapRows():", () => {
  test("aligns the right parts after the longest left part", () => {
    expect(
      wrapRows(
        [
          ["a", "one"],
          ["bcd", "two"],
        ],
        40,
      ),
    ).toEqual(["  a    one", "  bcd  two"]);
  });

  test("a right part that is too long: goes on below itself", () => {
    expect(wrapRows([["a", "one two three four five six"]], 22)).toEqual(["  a  one two three", "     four five six"]);
  });

  test("a left part of more than 45 % of the width: stays whole, with the right part below it", () => {
    const rows = wrapRows(
      [
        ["a", "one"],
        ["a-long-command-line", "two"],
      ],
      30,
    );
    expect(rows).toEqual(["  a  one", "  a-long-command-line", "     two"]);
  });

  test("no right part: no trailing spaces", () => {
    expect(
      wrapRows(
        [
          ["a", ""],
          ["bc", "x"],
        ],
        30,
      ),
    ).toEqual(["  a", "  bc  x"]);
  });
});
