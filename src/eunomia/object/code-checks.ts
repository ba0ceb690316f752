/**
 * Checks the instructions of an object (Documentation/bpf/standardization/instruction-set.rst), so
 * that --inspect reads the instructions that the kernel runs. libbpf loads the functions of the
 * symbol table and rewrites the instructions that relocations name, but checks little else.
 */
import { PackageError } from "../errors.ts";
import type { FunctionSymbol } from "./elf-symbols.ts";
import type { Section } from "./elf.ts";

const SHT_PROGBITS = 1;
const SHT_REL = 9;
const SHF_EXECINSTR = 4;
const RELOCATION_BYTES = 16;
const INSTRUCTION_BYTES = 8;

/** BPF_LD | BPF_IMM | BPF_DW, the only instruction with two slots. */
const LOAD_64 = 0x18;
const CALL = 0x85;
const JUMP = 0x05;
const LONG_JUMP = 0x06;
const EXIT = 0x95;
/**
 * Values of a call's source register: the immediate is a helper's number, a distance, or the BTF id
 * of a kernel function.
 */
const HELPER_CALL = 0;
const PSEUDO_CALL = 1;
const PSEUDO_KFUNC_CALL = 2;
/**
 * Values of a wide load's source register: the immediate is a number, or the distance to a
 * function. libbpf sets the other values.
 */
const PLAIN_LOAD = 0;
const PSEUDO_FUNC = 4;

interface Code {
  view: DataView;
  /** Offsets of the instructions that relocations name, in bytes from the start of the section. */
  relocated: ReadonlySet<number>;
  /** Offsets of the first instructions of functions. */
  starts: ReadonlySet<number>;
  /** The name of the section in error messages. */
  where: string;
}

function refuse(where: string, at: number, why: string): never {
  throw new PackageError(`bpf_object: ${where}: instruction ${at / INSTRUCTION_BYTES} ${why}`);
}

/**
 * Returns the offsets that relocations name in each section, by the section's index. @throws
 * PackageError if two relocations name one offset.
 */
function relocationsOf(sections: readonly Section[]): Map<number, Set<number>> {
  const bySection = new Map<number, Set<number>>();
  for (const { type, info, bytes } of sections) {
    const target = sections[info];
    if (type !== SHT_REL || !target || !(target.flags & SHF_EXECINSTR)) continue;
    const places = bySection.get(info) ?? new Set<number>();
    bySection.set(info, places);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at + RELOCATION_BYTES <= bytes.length; at += RELOCATION_BYTES) {
      const place = Number(view.getBigUint64(at, true));
      if (places.has(place)) refuse(`the section ${target.name}`, place, "has two relocations");
      places.add(place);
    }
  }
  return bySection;
}

function checkCall({ view, relocated, starts, where }: Code, at: number): void {
  const source = view.getUint8(at + 1) >> 4;
  if (source === PSEUDO_KFUNC_CALL) refuse(where, at, "calls a function of the kernel by number, not by name");
  if (source !== HELPER_CALL && source !== PSEUDO_CALL) refuse(where, at, "is a call of an unknown kind");
  if (source !== PSEUDO_CALL || relocated.has(at)) return;
  const target = at + (view.getInt32(at + 4, true) + 1) * INSTRUCTION_BYTES;
  if (!starts.has(target)) refuse(where, at, "calls no function of the object");
}

function checkLoad({ view, where }: Code, at: number, end: number): void {
  if (at + 2 * INSTRUCTION_BYTES > end) refuse(where, at, "ends within an instruction");
  const source = view.getUint8(at + 1) >> 4;
  if (source !== PLAIN_LOAD && source !== PSEUDO_FUNC)
    refuse(where, at, "names a map or a type of the kernel by number");
  if (view.getUint32(at + INSTRUCTION_BYTES, true) !== 0) refuse(where, at, "has another one as its second half");
}

/** @throws PackageError */
function checkInstructions(code: Code, start: number, end: number): void {
  for (let at = start; at < end; at += INSTRUCTION_BYTES) {
    const opcode = code.view.getUint8(at);
    if (opcode === CALL) checkCall(code, at);
    if (opcode !== LOAD_64) continue;
    checkLoad(code, at, end);
    at += INSTRUCTION_BYTES;
  }
}

/**
 * Checks bytes of code that no function covers and that are never loaded. bpftool leaves weak
 * functions in place that another object overrode; any other bytes are refused.
 * @throws PackageError
 */
function checkGap(code: Code, start: number, end: number): void {
  if (start === end) return;
  const last = code.view.getUint8(end - INSTRUCTION_BYTES);
  if (last !== EXIT && last !== JUMP && last !== LONG_JUMP) refuse(code.where, start, "belongs to no function");
  checkInstructions(code, start, end);
}

/** @param functions ordered by section and offset. @throws PackageError */
export function checkCode(sections: readonly Section[], functions: readonly FunctionSymbol[]): void {
  const relocations = relocationsOf(sections);
  const bySection = Map.groupBy(functions, ({ section }) => section);
  sections.forEach(({ name, type, flags, bytes }, index) => {
    if (type !== SHT_PROGBITS || !(flags & SHF_EXECINSTR)) return;
    const where = `the section ${name}`;
    if (bytes.length % INSTRUCTION_BYTES) refuse(where, bytes.length, "is truncated");
    const here = bySection.get(index) ?? [];
    const code: Code = {
      view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
      relocated: relocations.get(index) ?? new Set(),
      starts: new Set(here.map(({ start }) => start)),
      where,
    };
    let covered = 0;
    for (const { start, end } of here) {
      // this symbol is another name of the previous function
      if (start < covered) continue;
      checkGap(code, covered, start);
      checkInstructions(code, start, end);
      covered = end;
    }
    checkGap(code, covered, bytes.length);
  });
}

/**
 * Returns the numbers of the helper functions that the instructions call; checkCode() must have
 * passed.
 */
export function helperCallsIn(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const calls: number[] = [];
  for (let at = 0; at < bytes.length; at += INSTRUCTION_BYTES) {
    const opcode = view.getUint8(at);
    if (opcode === CALL && view.getUint8(at + 1) >> 4 === HELPER_CALL) calls.push(view.getInt32(at + 4, true));
    if (opcode === LOAD_64) at += INSTRUCTION_BYTES;
  }
  return calls;
}
