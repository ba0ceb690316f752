import { expect, test } from "bun:test";
import { keysOf } from "../../src/views/top-keys.ts";
import { bytesOf } from "../../src/text/byte-writer.ts";

const characters = (text: string) => [...text].map((character) => ({ kind: "character" as const, character }));

test.each([
  ["q", characters("q")],
  ["ü/ ", characters("ü/ ")],
  ["a\rb", [...characters("a"), { kind: "enter" }, ...characters("b")]],
  ["\x1b", [{ kind: "escape" }]],
  ["\x7f\b", [{ kind: "erase" }, { kind: "erase" }]],
  ["\x03", [{ kind: "interrupt" }]],
  ["\x1b[A\x1bOB", [{ kind: "up" }, { kind: "down" }]],
  ["\x1b[15~\x1b[1;5Cq", characters("q")],
  ["\x1bq", []],
  ["\x00\x01\t", []],
  ["", []],
])("keysOf(%j)", (text, keys) => {
  expect(keysOf(bytesOf(text))).toEqual(keys as ReturnType<typeof keysOf>);
});

test("keysOf(): any bytes, also invalid UTF-8 and __proto__, give keys", () => {
  for (let first = 0; first < 256; first++) {
    for (const second of [0, 0x1b, 0x5b, 0x80, 0xff]) keysOf(new Uint8Array([first, second, 0x1b, second]));
  }
  expect(keysOf(bytesOf("__proto__"))).toEqual(characters("__proto__"));
});
