/**
 * Compares the calls that --inspect lists with those that the kernel loads, on random code, symbols
 * and gaps, many of which are refused. bpftool shows the helper functions that a loaded program
 * calls.
 */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { PackageError } from "../../src/eunomia/errors.ts";
import { helperCallsIn } from "../../src/eunomia/object/instructions.ts";
import { checkObject } from "../../src/eunomia/object/object-checks.ts";
import { LibbpfError } from "../../src/native/errno.ts";
import { helperName } from "../../src/bpf/features.ts";
import { openLog } from "../../src/bpf/log.ts";
import { BpfObject } from "../../src/bpf/object.ts";
import { ElfEditor } from "./malformed/elf-editor.ts";
import { validPackage } from "./malformed/valid-package.ts";

const SECTION = "raw_tp/sched_process_exit";
/** The programs that are loaded: the valid package's second one, and an added one. */
const NAMES = ["on_raw", "added"] as const;
const RUNS = 120;

type Instruction = readonly [code: number, registers: number, number: number];

const zero = (register: number): Instruction => [0xb7, register, 0];
const exit: Instruction = [0x95, 0, 0];
const half: Instruction = [0, 0, 0];
const wide: Instruction = [0x18, 2, 0];
const call = (number: number): Instruction => [0x85, 0, number];

/** Sequences that the verifier accepts at any place. */
const sound: Instruction[][] = [[zero(1), call(109)], [call(5)], [call(14)], [wide, half], [zero(0), exit]];
/** Instructions that are valid nowhere, or only before certain others. */
const invalid: Instruction[] = [
  wide,
  half,
  call(109),
  call(5),
  exit,
  [0x85, 0x20, 4711],
  [0x85, 0x10, 0],
  [0xff, 0xff, -1],
];

const body = fc
  .array(fc.constantFrom(...sound), { maxLength: 4 })
  .map((parts): Instruction[] => [...parts.flat(), zero(0), exit]);
const invalidCode = (maxLength: number) =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(fc.constantFrom(...invalid), { maxLength }) },
  );
const shift = fc.oneof(
  { weight: 20, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.constantFrom(-16, -8, 8, 16) },
);
const trial = fc.record({
  gaps: fc.tuple(invalidCode(1), invalidCode(2), invalidCode(1)),
  bodies: fc.tuple(body, body),
  mixed: fc.option(fc.tuple(fc.nat(12), fc.constantFrom(...invalid)), { nil: undefined, freq: 3 }),
  starts: fc.tuple(shift, shift),
  ends: fc.tuple(shift, shift),
});

function bytesOf(instructions: readonly Instruction[]): Buffer {
  const bytes = Buffer.alloc(8 * instructions.length);
  instructions.forEach(([code, registers, number], i) => {
    bytes.writeUInt8(code, 8 * i);
    bytes.writeUInt8(registers, 8 * i + 1);
    bytes.writeInt32LE(number, 8 * i + 4);
  });
  return bytes;
}

/**
 * Replaces the valid package's second program by two without relocations, with the trial's
 * instructions around and in them.
 */
function objectOf({ gaps, bodies, mixed, starts, ends }: typeof trial extends fc.Arbitrary<infer T> ? T : never) {
  const elf = new ElfEditor(Buffer.from(validPackage.package.object));
  const code = [...gaps[0], ...bodies[0], ...gaps[1], ...bodies[1], ...gaps[2]];
  if (mixed) code[mixed[0] % code.length] = mixed[1];
  elf.setSection(elf.find(`.rel${SECTION}`), { type: 1 });
  elf.setSection(elf.find(".BTF.ext"), { type: 1, name: elf.content(".strtab").indexOf(".strtab\0") + 7 });
  elf.replace(elf.find(SECTION), bytesOf(code));
  const first = gaps[0].length;
  const second = first + bodies[0].length + gaps[1].length;
  const symbolRange = (at: number, i: 0 | 1) => ({
    value: Math.max(0, 8 * at + starts[i]),
    size: Math.max(8, 8 * bodies[i].length + ends[i]),
  });
  const names = elf.content(".strtab");
  elf.replace(elf.find(".strtab"), Buffer.concat([names, Buffer.from(`${NAMES[1]}\0`)]));
  const symbol = elf.symbol(elf.findSymbol(NAMES[0]));
  const { value, size } = symbolRange(second, 1);
  symbol.writeUInt32LE(names.length, 0);
  symbol.writeBigUInt64LE(BigInt(value), 8);
  symbol.writeBigUInt64LE(BigInt(size), 16);
  elf.setSymbol(elf.findSymbol(NAMES[0]), symbolRange(first, 0));
  elf.replace(elf.symbolTable, Buffer.concat([elf.content(".symtab"), symbol]));
  return elf.bytes;
}

/** The helpers and kfuncs that the loaded programs call, by name, as bpftool shows them. */
function callsOf(object: BpfObject): string[] {
  return NAMES.flatMap((name) => {
    const fd = object.programFd(name);
    const id = /^prog_id:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8"))![1]!;
    const { stdout } = Bun.spawnSync(["bpftool", "prog", "dump", "xlated", "id", id]);
    return [...stdout.toString().matchAll(/ call (\w+)#/g)].map(([, name]) => name!);
  });
}

test.skipIf(!Bun.which("bpftool"))(
  "object that passes the checks: the kernel runs no call that --inspect does not list",
  () => {
    openLog(false);
    const outcome = { refused: 0, unloadable: 0, loaded: 0, calling: 0 };
    fc.assert(
      fc.property(trial, (values) => {
        const bytes = objectOf(values);
        let listed: Set<string>;
        try {
          listed = new Set(checkObject(bytes).functions.flatMap(helperCallsIn).map(helperName));
        } catch (error) {
          if (!(error instanceof PackageError)) throw error;
          outcome.refused++;
          return;
        }
        let object: BpfObject | undefined;
        try {
          object = new BpfObject(bytes, "package_bpf");
          for (const { name } of object.programs()) object.setAutoload(name, name !== "on_exit");
          object.load();
          const calls = callsOf(object);
          outcome.loaded++;
          if (calls.includes("bpf_send_signal")) outcome.calling++;
          expect(calls.filter((name) => !listed.has(name))).toEqual([]);
        } catch (error) {
          if (!(error instanceof LibbpfError)) throw error;
          outcome.unloadable++;
        } finally {
          object?.close();
        }
      }),
      { seed: 20_261_129, numRuns: RUNS, endOnFailure: true },
    );
    // these counts show that trials still reach the kernel
    expect(outcome.loaded).toBeGreaterThan(10);
    expect(outcome.calling).toBeGreaterThan(5);
    expect(outcome.refused).toBeGreaterThan(5);
  },
);
