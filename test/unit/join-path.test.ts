import { describe, expect, test } from "bun:test";
import { ByteSlice } from "../../src/exit/byte-slice.ts";
import { joinPath } from "../../src/exit/join-path.ts";
import { Random } from "../support/random.ts";

const encoder = new TextEncoder();

/** Returns the path that joinPath() makes of these bytes, which lie between others. */
function joined(names: string | Uint8Array): string {
  const bytes = typeof names === "string" ? encoder.encode(names) : names;
  const around = encoder.encode("x\0y");
  const batch = Buffer.concat([around, bytes, around]);
  const to = new Uint8Array(bytes.length + 1);
  const length = joinPath(to, batch, around.length, around.length + bytes.length);
  // a write past the end of a Uint8Array is ignored without an error
  expect(length).toBeLessThanOrEqual(to.length);
  return Buffer.from(to.subarray(0, length)).toString("latin1");
}

describe("joinPath():", () => {
  test.each([
    ["", "/"],
    ["init\0", "/init"],
    ["ls\0bin\0usr\0", "/usr/bin/ls"],
    ["a\0b\0c\0d\0e\0", "/e/d/c/b/a"],
    ["a b\0 \0", "/ /a b"],
    ["x (deleted)\0tmp\0", "/tmp/x (deleted)"],
  ])("names from the leaf, %j: %s", (names, path) => {
    expect(joined(names)).toBe(path);
  });

  test("2,000 random paths of any bytes but NUL and slash: joined from the root", () => {
    const random = new Random(13);
    for (let i = 0; i < 2000; i++) {
      const names = Array.from({ length: random.below(8) }, () =>
        Uint8Array.from({ length: 1 + random.below(20) }, () => {
          const byte = 1 + random.below(255);
          return byte === 0x2f ? 0x30 : byte;
        }),
      );
      const leafFirst = Buffer.concat(names.toReversed().flatMap((name) => [name, new Uint8Array(1)]));
      const path = names.map((name) => `/${Buffer.from(name).toString("latin1")}`).join("") || "/";
      expect(joined(leafFirst)).toBe(path);
    }
  });

  test("the longest paths, of 16 long or 2,048 short names: joined from the root", () => {
    const name = "n".repeat(255);
    expect(joined(`${name}\0`.repeat(16))).toBe(`/${name}`.repeat(16));
    expect(joined("d\0".repeat(2048))).toBe("/d".repeat(2048));
  });
});

test("ByteSlice: refers to the bytes and does not copy them", () => {
  const bytes = encoder.encode("abcdef");
  const slice = new ByteSlice();
  expect(slice).toMatchObject({ start: 0, end: 0 });
  expect(slice.set(bytes, 2, 4)).toBe(slice);
  expect(slice.bytes).toBe(bytes);
  expect(slice).toMatchObject({ start: 2, end: 4 });
});
