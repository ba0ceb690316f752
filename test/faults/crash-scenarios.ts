/** Makes inputs of test/faults/native/fuzz-crash.c: struct scenario and an ELF file. */
import { existsSync, readFileSync } from "node:fs";
import { readElf } from "../../src/system/elf.ts";
import type { Random } from "../support/random.ts";

const HEAD_BYTES = 8;
const STACK_BYTES = 512;
const MODULE_START = 0x400000;
const PER_FILE = 8;
/** enum scenario_flags: the image in a file, truncated, with two stacks, with the last record. */
const FLAGS = [0, 2, 6, 8, 16, 2 + 16, 8 + 16, 2 + 8 + 16];

/** Returns scenarios in which the instruction pointer and the words of the stack are in code. */
export function crashScenarios(files: readonly string[], random: Random): Uint8Array[] {
  return files.filter(existsSync).flatMap((path) => {
    const file = readFileSync(path);
    const elf = readElf((offset, length) => file.subarray(offset, offset + length));
    const code = elf?.code[0];
    if (!elf || !code) return [];
    return Array.from({ length: PER_FILE }, (_, i) => {
      const scenario = new Uint8Array(HEAD_BYTES + STACK_BYTES + file.length);
      const view = new DataView(scenario.buffer);
      const place = () => code.offset + random.below(code.bytes);
      view.setUint8(0, FLAGS[i % FLAGS.length]!);
      view.setUint8(1, elf.class.word === 4 ? 1 : 0);
      view.setUint8(3, i % 2 ? 64 : 0);
      view.setUint32(4, place(), true);
      for (let at = 0; at < STACK_BYTES; at += 8) {
        view.setBigUint64(HEAD_BYTES + at, BigInt(random.below(2) ? MODULE_START + place() : at), true);
      }
      scenario.set(file, HEAD_BYTES + STACK_BYTES);
      return scenario;
    });
  });
}
