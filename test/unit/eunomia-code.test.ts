/** Checks of the instructions in BPF objects: --inspect must read all code that libbpf loads. */
import { describe, expect, test } from "bun:test";
import { functionsOf, sectionsOf } from "../../src/eunomia/object/elf.ts";
import { checkInstructions, helperCallsIn } from "../../src/eunomia/object/instructions.ts";
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

/** Checks a section with these instructions. Returns the helpers that its functions call. */
function check(instructions: readonly Instruction[], symbols?: FakeSymbol[]): number[] {
  const sections = sectionsOf(
    fakeObject([
      { name: "xdp", flags: 4, bytes: bytesOf(instructions) },
      { name: "names", type: 3, bytes: new Uint8Array(1) },
      { name: "symbols", type: 2, bytes: symbolTable(symbols ?? [{ size: 8 * instructions.length }]), link: 2 },
    ]),
  );
  const functions = functionsOf(sections);
  functions.forEach(checkInstructions);
  return functions.flatMap(helperCallsIn);
}

describe("helperCallsIn():", () => {
  test("calls in every function, also after wide loads: found", () => {
    expect(check([wide, half, sendSignal, exit])).toEqual([109]);
    expect(check([sendSignal, exit, wide, half, [0x85, 0, 6], exit], [{ size: 16 }, { value: 16, size: 32 }])).toEqual([
      109, 6,
    ]);
  });

  test("calls of functions of the object: not listed", () => {
    expect(check([[0x85, 0x10, -1], exit])).toEqual([]);
  });

  test("a call in a function that begins in the middle of another: found", () => {
    const symbols = [{ size: 32 }, { value: 16, size: 16 }];
    expect(check([exit, exit, sendSignal, exit], symbols)).toEqual([109, 109]);
  });

  test("bytes between functions, which libbpf does not load: not read", () => {
    expect(check([exit, sendSignal, exit, exit], [{ size: 8 }, { value: 24, size: 8 }])).toEqual([]);
  });
});

describe("checkInstructions(): refuses", () => {
  test.each<[string, string, FakeSymbol[] | undefined, Instruction[]]>([
    ["a call of a kfunc by number", "calls a kernel function by number", undefined, [[0x85, 0x20, 4711], exit]],
    ["a wide load without its second half", "is half an instruction", undefined, [exit, wide]],
    ["a wide load that crosses the end of its function", "is half", [{ size: 8 }], [wide, half, exit]],
    [
      "a wide load with a call as its second half",
      "instruction 0 of  in bpf_object is half",
      undefined,
      [wide, sendSignal, exit],
    ],
    ["a map by its descriptor", "by number", undefined, [[0x18, 0x11, 3], half, exit]],
    ["a variable of the kernel by its BTF id", "by number", undefined, [[0x18, 0x31, 3], half, exit]],
  ])("%s", (_, says, symbols, instructions) => {
    expect(() => check(instructions, symbols)).toThrow(says);
  });
});
