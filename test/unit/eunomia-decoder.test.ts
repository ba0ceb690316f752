/** Values are printed as ecli 0.2.9 does; some that ecli refuses are printed, too. */
import { describe, expect, test } from "bun:test";
import { BtfTypes } from "../../src/eunomia/object/btf.ts";
import { checkTypes } from "../../src/eunomia/object/btf-checks.ts";
import { Decoder } from "../../src/eunomia/values/decoder.ts";
import { PackageError } from "../../src/eunomia/errors.ts";
import { renderBytes } from "../../src/eunomia/values/objects.ts";
import { FakeBtf } from "../support/fake-btf.ts";

const bytes = new Uint8Array(256);
const view = new DataView(bytes.buffer);

/** Prints the value of that type at byte 8. */
function shown(btf: FakeBtf, id: number, form: "json" | "plain" = "json"): string {
  const types = new BtfTypes(btf.bytes());
  checkTypes(types);
  const write = new Decoder(types, { bytes, view })[form](id);
  return new TextDecoder().decode(renderBytes((out) => write(out, 8)));
}

function fill(...values: number[]): void {
  bytes.fill(0);
  bytes.set(values, 8);
}

const fillText = (text: string) => fill(...new TextEncoder().encode(text));

describe("Decoder: numbers:", () => {
  test("an integer below typedefs and qualifiers: printed as its base type", () => {
    const btf = new FakeBtf();
    const id = btf.add(8, "u32", btf.add(10, "", btf.add(9, "", btf.int("unsigned int", 4))));
    fill(1, 2, 3, 255);
    expect(shown(btf, id)).toBe(String(0xff030201));
  });

  test.each([
    [0, "false"],
    [1, "true"],
    [7, "true"],
  ])("a bool of %d is %s", (value, right) => {
    const btf = new FakeBtf();
    fill(value);
    expect(shown(btf, btf.int("_Bool", 1, 4))).toBe(right);
  });

  test("an integer of 128 bits: quoted in JSON, bare in a table", () => {
    const btf = new FakeBtf();
    const id = btf.int("__int128", 16, 1);
    fill(...Array<number>(16).fill(255));
    expect([shown(btf, id), shown(btf, id, "plain")]).toEqual(['"-1"', "-1"]);
  });

  test("a pointer: printed as a number", () => {
    const btf = new FakeBtf();
    const id = btf.add(2, "", btf.add(7, "unknown", 0));
    fill(0, 0, 0, 0, 0, 0x81, 255, 255);
    expect(shown(btf, id)).toBe(String(0xffff810000000000n));
  });

  test("floats and doubles: printed as serde_json does", () => {
    const btf = new FakeBtf();
    const [half, whole] = [btf.add(16, "float", 4), btf.add(16, "double", 8)];
    fill();
    view.setFloat32(8, 0.1, true);
    expect(shown(btf, half)).toBe("0.10000000149011612");
    view.setFloat64(8, -2, true);
    expect(shown(btf, whole)).toBe("-2.0");
  });
});

describe("Decoder: enums:", () => {
  const btf = new FakeBtf();
  const plain = btf.enum("e", 4, [
    ["A", 0],
    ["B", -1],
    ["C", 0],
  ]);
  const large = btf.enum64("f", [["HUGE", 1n << 40n]]);
  const tiny = btf.enum("g", 1, [["NEGATIVE", -2]]);

  test("a value with several names: printed with the first; one without: as unknown", () => {
    fill(0);
    expect([shown(btf, plain), shown(btf, plain, "plain")]).toEqual(['"A(0)"', "A(0)"]);
    fill(255, 255, 255, 255);
    expect(shown(btf, plain, "plain")).toBe("B(-1)");
    fill(5);
    expect([shown(btf, plain), shown(btf, plain, "plain")]).toEqual(['"<UNKNOWN_VARIANT>(5)"', "<UNKNOWN_VARIANT>(5)"]);
    fill(254);
    expect(shown(btf, tiny, "plain")).toBe("NEGATIVE(-2)");
  });

  test("an enum of 64 bits, which ecli refuses: printed by name", () => {
    fill(0, 0, 0, 0, 0, 1);
    expect(shown(btf, large)).toBe('"HUGE(1099511627776)"');
    fill(...Array<number>(8).fill(255));
    expect(shown(btf, large, "plain")).toBe(`<UNKNOWN_VARIANT>(${(1n << 64n) - 1n})`);
  });
});

describe("Decoder: char arrays:", () => {
  const btf = new FakeBtf();
  const char = btf.int("char", 1, 1);
  const text = btf.array(char, 8);
  const names = btf.array(btf.array(char, 4), 2);
  const signed = btf.array(btf.int("signed char", 1, 1), 3);
  const nothing = btf.array(char, 0);

  test("a text with and without a NUL: ends at the NUL, or with the array", () => {
    fillText("bash\0junk");
    expect([shown(btf, text), shown(btf, text, "plain")]).toEqual(['"bash"', "bash"]);
    fillText("unterminated");
    expect(shown(btf, text, "plain")).toBe("untermin");
    expect(shown(btf, nothing)).toBe('""');
  });

  test("control characters and invalid UTF-8: escaped", () => {
    fillText('a"\x1b[2\n');
    expect([shown(btf, text), shown(btf, text, "plain")]).toEqual(['"a\\"\\u001b[2\\n"', "$'a\"\\x1b[2\\n'"]);
    fill(0x61, 0xff);
    expect([shown(btf, text), shown(btf, text, "plain")]).toEqual(['"a\ufffd"', "$'a\\xff'"]);
  });

  test("arrays of texts: lists; arrays of a typedef of char: numbers", () => {
    fillText("one\0two\0");
    expect(shown(btf, names)).toBe('["one","two"]');
    fill(1, 255, 3);
    expect(shown(btf, signed)).toBe("[1,-1,3]");
  });
});

describe("Decoder: structs and unions:", () => {
  const btf = new FakeBtf();
  const int = btf.int("int", 4, 1);
  const byte = btf.int("unsigned char", 1);
  const inner = btf.struct("", 8, [
    ["b", int, 0],
    ["a", byte, 32],
  ]);
  const outer = btf.struct("outer", 16, [
    ["z", int, 0],
    ["", inner, 64],
    ["Z", byte, 32],
  ]);
  const either = btf.struct(
    "either",
    4,
    [
      ["whole", int, 0],
      ["first", byte, 0],
    ],
    true,
  );
  const bits = btf.struct("bits", 4, [
    ["low", int, 0, 3],
    ["high", btf.int("unsigned int", 4), 3, 9],
  ]);
  const twins = btf.struct("twins", 8, [
    ["", either, 0],
    ["", either, 32],
  ]);

  test("a struct: printed with its type and its members in alphabetical order", () => {
    fill(1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4);
    const nested = '{"__EUNOMIA_TYPE":"struct","__EUNOMIA_TYPE_NAME":"","a":4,"b":3}';
    const right = `{"":${nested},"Z":2,"__EUNOMIA_TYPE":"struct","__EUNOMIA_TYPE_NAME":"outer","z":1}`;
    expect([shown(btf, outer), shown(btf, outer, "plain")]).toEqual([right, right]);
  });

  test("a union: printed with every member", () => {
    fill(1, 1);
    expect(shown(btf, either)).toBe('{"__EUNOMIA_TYPE":"union","__EUNOMIA_TYPE_NAME":"either","first":1,"whole":257}');
  });

  test("bit-fields, which ecli refuses: printed as numbers", () => {
    fill(0b11111_111, 0b1010);
    expect(JSON.parse(shown(btf, bits))).toMatchObject({ low: -1, high: 0b1010_11111 });
  });

  test("several anonymous members, of which ecli prints one: numbered", () => {
    fill(1, 0, 0, 0, 2);
    expect(JSON.parse(shown(btf, twins))).toMatchObject({ "": { whole: 1 }, "#2": { whole: 2 } });
  });
});

describe("Decoder: throws a PackageError for", () => {
  const refused: [string, (btf: FakeBtf) => number][] = [
    ["a typedef that refers to itself", (btf) => btf.add(8, "t", 1)],
    ["typedefs in a circle", (btf) => (btf.add(8, "a", 2), btf.add(8, "b", 1))],
    ["a struct in itself", (btf) => btf.struct("s", 4, [["s", 1, 0]])],
    ["an array whose elements have its own type", (btf) => btf.add(3, "", 0, [1, 1, 4])],
    ["a missing type", (btf) => btf.add(8, "t", 77)],
    ["an unknown kind", (btf) => btf.add(25, "t", 0)],
    ["a member outside of its struct", (btf) => btf.struct("s", 4, [["m", btf.int("int", 4), 32]])],
    ["a member that begins within a byte", (btf) => btf.struct("s", 8, [["m", btf.int("int", 4), 3]])],
    ["a function as a value", (btf) => btf.add(13, "", 0)],
    ["void as a value", () => 0],
    ["a forward declaration", (btf) => btf.add(7, "fwd", 0)],
    ["an enum of 3 bytes", (btf) => btf.enum("e", 3, [["A", 1]])],
    ["an array of gigabytes", (btf) => btf.array(btf.int("int", 4), 0x4000_0000)],
    ["an array of 2^31-1 elements without size", (btf) => btf.array(btf.struct("nothing", 0, []), 0x7fff_ffff)],
    [
      "types nested 100 deep",
      (btf) => Array.from({ length: 100 }).reduce((id: number) => btf.add(10, "", id), btf.int("int", 4)),
    ],
    [
      "unions of two members with one type, 30 deep",
      (btf) =>
        Array.from({ length: 30 }).reduce(
          (id: number) =>
            btf.struct(
              "u",
              4,
              [
                ["a", id, 0],
                ["b", id, 0],
              ],
              true,
            ),
          btf.int("int", 4),
        ),
    ],
  ];

  test.each(refused)("%s", (_, make) => {
    const btf = new FakeBtf();
    const id = make(btf);
    expect(() => shown(btf, id)).toThrow(PackageError);
  });
});
