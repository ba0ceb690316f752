/** Checks of the instructions in BPF objects: --inspect must read the code that libbpf loads. */
import { describe, expect, test } from "bun:test";
import { checkCode, helperCallsIn } from "../../src/eunomia/object/code-checks.ts";
import { functionsOf } from "../../src/eunomia/object/elf-symbols.ts";
import { sectionsOf } from "../../src/eunomia/object/elf.ts";
import { type FakeSymbol, fakeObject, symbolTable } from "../support/fake-object.ts";

type Instruction = [code: number, registers?: number, number?: number];

const exit: Instruction = [0x95];
const sendSignal: Instruction = [0x85, 0, 109];
/** A wide instruction (BPF_LD | BPF_IMM | BPF_DW) and its second half. */
const wide: Instruction = [0x18, 1, 1];
const half: Instruction = [0];

function bytesOf(instructions: readonly Instruction[]): Uint8Array {
  const bytes = Buffer.alloc(8 * instructions.length);
  instructions.forEach(([code, registers = 0, number = 0], i) => {
    bytes[8 * i] = code;
    bytes[8 * i + 1] = registers;
    bytes.writeInt32LE(number, 8 * i + 4);
  });
  return bytes;
}

/**
 * Checks a section with these instructions. Returns its helper calls.
 * @param places the relocated instructions, by index
 */
function check(instructions: readonly Instruction[], symbols?: FakeSymbol[], places: number[] = []): number[] {
  const relocations = Buffer.alloc(16 * places.length);
  places.forEach((place, i) => relocations.writeBigUInt64LE(BigInt(8 * place), 16 * i));
  const sections = sectionsOf(
    fakeObject([
      { name: "xdp", flags: 4, bytes: bytesOf(instructions) },
      { name: "names", type: 3, bytes: new Uint8Array(1) },
      { name: "symbols", type: 2, bytes: symbolTable(symbols ?? [{ size: 8 * instructions.length }]), link: 2 },
      { name: ".relxdp", type: 9, bytes: relocations, link: 3, info: 1 },
    ]),
  );
  const functions = functionsOf(sections);
  checkCode(sections, functions);
  return functions.flatMap(({ section, start, end }) => helperCallsIn(sections[section]!.bytes.subarray(start, end)));
}

describe("sound BPF code", () => {
  test("helper calls in every function, also behind wide instructions: found", () => {
    expect(check([wide, half, sendSignal, exit])).toEqual([109]);
    expect(check([sendSignal, exit, wide, half, [0x85, 0, 6], exit], [{ size: 16 }, { value: 16, size: 32 }])).toEqual([
      109, 6,
    ]);
  });

  test("calls of functions, by relocation and by offset in the section: accepted", () => {
    check([[0x85, 0x10, -1], exit], undefined, [0]);
    check([[0x85, 0x10, 1], exit, exit], [{ size: 16 }, { value: 16, size: 8 }]);
  });

  test("a weak function that another object overrode, and so without a symbol: not read", () => {
    expect(check([exit, sendSignal, exit, exit], [{ size: 8 }, { value: 24, size: 8 }])).toEqual([]);
  });
});

describe("BPF code that --inspect could misread: refused", () => {
  const cases: [string, string, Instruction[], FakeSymbol[]?, number[]?][] = [
    ["a kfunc by number", "calls a function of the kernel by number", [[0x85, 0x20, 4711], exit]],
    ["a kfunc by number with a relocation", "by number", [[0x85, 0x20, 4711], exit], undefined, [0]],
    ["a call of no known kind", "a call of an unknown kind", [[0x85, 0x30, 1], exit]],
    ["a call out of the section", "calls no function", [[0x85, 0x10, 100], exit]],
    ["a call into a function", "calls no function", [[0x85, 0x10, 0], exit]],
    ["a call into half an instruction", "calls no function", [[0x85, 0x10, 1], wide, half, exit]],
    ["a wide instruction without its second half", "ends within an instruction", [exit, wide]],
    ["a wide instruction with a call in it", "another one as its second half", [wide, sendSignal, exit]],
    ["a map by its descriptor", "by number", [[0x18, 0x11, 3], half, exit]],
    ["a variable of the kernel by its number", "by number", [[0x18, 0x31, 3], half, exit]],
    [
      "half a wide instruction between functions",
      "instruction 1 belongs to no function",
      [exit, wide, sendSignal, exit],
      [{ size: 8 }, { value: 16, size: 16 }],
    ],
    [
      "bytes between functions",
      "instruction 1 belongs to no function",
      [exit, half, sendSignal, exit],
      [{ size: 8 }, { value: 16, size: 16 }],
    ],
    ["bytes before the first function", "belongs to no function", [half, exit], [{ value: 8, size: 8 }]],
    ["bytes behind the last function", "belongs to no function", [exit, half], [{ size: 8 }]],
    ["code without any symbol", "belongs to no function", [half, half], []],
    ["two relocations of one place", "has two relocations", [[0x85, 0x10, -1], exit], undefined, [0, 0]],
  ];
  for (const [name, says, instructions, symbols, places] of cases) {
    test(name, () => expect(() => check(instructions, symbols, places)).toThrow(says));
  }
});
