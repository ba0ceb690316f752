/** Random types and values: decoded to valid text, and encoded or refused. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { PackageError } from "../../../src/eunomia/errors.ts";
import { BtfTypes } from "../../../src/eunomia/object/btf.ts";
import { checkTypes } from "../../../src/eunomia/object/btf-checks.ts";
import { Decoder } from "../../../src/eunomia/values/decoder.ts";
import { encoderOf } from "../../../src/eunomia/values/encoder.ts";
import { renderBytes } from "../../../src/eunomia/values/objects.ts";
import { FakeBtf } from "../../support/fake-btf.ts";
import { always, onlyThrows } from "../../support/property.ts";

const SIZE = 4096;
const AT = 64;

function memory(fill: Uint8Array) {
  const bytes = new Uint8Array(AT + SIZE + AT).fill(0xee);
  bytes.set(fill.subarray(0, SIZE), AT);
  return { bytes, view: new DataView(bytes.buffer) };
}

/** A type that `make` adds to the BTF; returns its id and its size in bytes. */
interface RandomType {
  make: (btf: FakeBtf) => { id: number; size: number };
}

const number: fc.Arbitrary<RandomType> = fc
  .record({
    size: fc.constantFrom(1, 2, 4, 8, 16),
    encoding: fc.constantFrom(0, 1),
    name: fc.constantFrom("int", "char"),
  })
  .map(({ size, encoding, name }) => ({ make: (btf) => ({ id: btf.int(name, size, encoding), size }) }));
const bool: fc.Arbitrary<RandomType> = fc.constant({
  make: (btf: FakeBtf) => ({ id: btf.int("_Bool", 1, 4), size: 1 }),
});
const float: fc.Arbitrary<RandomType> = fc
  .constantFrom(4, 8)
  .map((size) => ({ make: (btf) => ({ id: btf.add(16, "double", size), size }) }));
const pointer: fc.Arbitrary<RandomType> = fc.constant({
  make: (btf: FakeBtf) => ({ id: btf.add(2, "", 0), size: 8 }),
});
const enumeration: fc.Arbitrary<RandomType> = fc
  .uniqueArray(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), { minLength: 1, maxLength: 4 })
  .map((values) => ({
    make: (btf) => ({
      id: btf.enum(
        "e",
        4,
        values.map((value, i) => [`V${i}`, value]),
      ),
      size: 4,
    }),
  }));

const { type } = fc.letrec<{ type: RandomType; array: RandomType; struct: RandomType }>((tie) => ({
  type: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    number,
    bool,
    float,
    pointer,
    enumeration,
    tie("array"),
    tie("struct"),
  ),
  array: fc.tuple(tie("type"), fc.nat(5)).map(([element, length]) => ({
    make: (btf: FakeBtf) => {
      const { id, size } = element.make(btf);
      return { id: btf.array(id, length), size: size * length };
    },
  })),
  struct: fc.array(tie("type"), { maxLength: 4 }).map((members) => ({
    make: (btf: FakeBtf) => {
      let size = 0;
      const made = members.map((member, i): [string, number, number] => {
        const { id, size: bytes } = member.make(btf);
        size += bytes;
        return [`m${i}`, id, 8 * (size - bytes)];
      });
      return { id: btf.struct("s", size, made), size };
    },
  })),
}));

describe("Decoder", () => {
  test("random types and bytes: writes valid JSON, and a line without control characters", () => {
    always(fc.tuple(type, fc.uint8Array({ minLength: 256, maxLength: 1024 })), ([{ make }, fill]) => {
      const btf = new FakeBtf();
      const { id, size } = make(btf);
      if (size > SIZE) return;
      const types = new BtfTypes(btf.bytes());
      checkTypes(types);
      onlyThrows(PackageError, () => {
        const decoder = new Decoder(types, memory(fill));
        const write = decoder.json(id);
        const text = new TextDecoder("utf-8", { fatal: true }).decode(renderBytes((out) => write(out, AT)));
        JSON.parse(text);
        const plain = new Decoder(types, memory(fill)).plain(id);
        const line = new TextDecoder("utf-8", { fatal: true }).decode(renderBytes((out) => plain(out, AT)));
        expect(line).not.toMatch(/[\x00-\x1f\x7f]/);
      });
    });
  });
});

describe("encoderOf: the decoder shows the value that was set", () => {
  test.each([1, 2, 4, 8])("integers of %d bytes, or a PackageError if out of range", (size) => {
    const bits = BigInt(8 * size);
    const values = fc.tuple(fc.boolean(), fc.bigInt({ min: -(1n << bits), max: 1n << bits }), fc.boolean());
    always(values, ([isSigned, value, isHex]) => {
      const btf = new FakeBtf();
      const id = btf.int("int", size, isSigned ? 1 : 0);
      const types = new BtfTypes(btf.bytes());
      const { bytes, view } = memory(new Uint8Array(0));
      const text = isHex ? `${value < 0n ? "-" : ""}0x${(value < 0n ? -value : value).toString(16)}` : String(value);
      const min = isSigned ? -(1n << (bits - 1n)) : 0n;
      const max = (1n << (isSigned ? bits - 1n : bits)) - 1n;
      const { set } = encoderOf(types, id, () => view, AT);
      if (value < min || value > max) {
        expect(() => set(text)).toThrow(PackageError);
        return;
      }
      set(text);
      const shown = new Decoder(types, { bytes, view }).json(id);
      expect(new TextDecoder().decode(renderBytes((out) => shown(out, AT)))).toBe(String(value));
      expect([bytes[AT - 1], bytes[AT + size]]).toEqual([0xee, 0xee]);
    });
  });

  test("texts, or a PackageError if too long", () => {
    always(
      fc.tuple(fc.string({ unit: "grapheme", maxLength: 20 }), fc.integer({ min: 1, max: 20 })),
      ([text, length]) => {
        const btf = new FakeBtf();
        const id = btf.array(btf.int("char", 1, 1), length);
        const types = new BtfTypes(btf.bytes());
        const { bytes, view } = memory(new Uint8Array(0));
        const { set } = encoderOf(types, id, () => view, AT);
        if (Buffer.byteLength(text) >= length) {
          expect(() => set(text)).toThrow(PackageError);
        } else if (!text.includes("\0")) {
          set(text);
          const shown = new Decoder(types, { bytes, view }).json(id);
          const json = new TextDecoder().decode(renderBytes((out) => shown(out, AT)));
          expect(JSON.parse(json)).toBe(text.toWellFormed());
        }
        expect([bytes[AT - 1], bytes[AT + length]]).toEqual([0xee, 0xee]);
      },
    );
  });

  test("random text for random types: accepts or throws a PackageError", () => {
    always(fc.tuple(type, fc.string()), ([{ make }, text]) => {
      const btf = new FakeBtf();
      const { id } = make(btf);
      const { view } = memory(new Uint8Array(0));
      onlyThrows(PackageError, () => encoderOf(new BtfTypes(btf.bytes()), id, () => view, AT).set(text));
    });
  });
});
