/**
 * Reads the instructions of an object's functions
 * (Documentation/bpf/standardization/instruction-set.rst), so that --inspect lists all helpers and
 * kernel functions that the programs can call.
 *
 * Each slot of 8 bytes is read as an instruction, also the second half of a wide load, which is
 * zero in valid code: a call cannot hide behind half an instruction.
 */
import { viewOf } from "../../system/elf.ts";
import { PackageError } from "../errors.ts";
import type { FunctionSymbol } from "./elf.ts";

const SLOT_BYTES = 8;
/** BPF_LD | BPF_IMM | BPF_DW, the only instruction with two slots. */
const WIDE_LOAD = 0x18;
const CALL = 0x85;
/** Values of a call's source register: the immediate is a helper's number, or a BTF id. */
const HELPER_CALL = 0;
const PSEUDO_KFUNC_CALL = 2;
/**
 * Values of a wide load's source register: the immediate is a number, or the distance to a
 * function. libbpf sets the other values when it applies relocations.
 */
const PLAIN_LOAD = 0;
const PSEUDO_FUNC = 4;

/**
 * Refuses calls and loads that name something in the kernel by number, which --inspect could not
 * show, and half wide loads: libbpf writes both halves of a relocated one, and so beyond the end of
 * a function whose last instruction is half a load. @throws PackageError
 */
export function checkInstructions({ name, code }: FunctionSymbol): void {
  const view = viewOf(code);
  const refuse = (at: number, why: string) => {
    throw new PackageError(`instruction ${at / SLOT_BYTES} of ${name} in bpf_object ${why}`);
  };
  for (let at = 0; at + SLOT_BYTES <= code.length; at += SLOT_BYTES) {
    const opcode = view.getUint8(at);
    const source = view.getUint8(at + 1) >> 4;
    if (opcode === CALL && source === PSEUDO_KFUNC_CALL) refuse(at, "calls a kernel function by number, not by name");
    if (opcode !== WIDE_LOAD) continue;
    if (source !== PLAIN_LOAD && source !== PSEUDO_FUNC) refuse(at, "names a map or a kernel type by number");
    if (at + 2 * SLOT_BYTES > code.length || view.getUint32(at + SLOT_BYTES, true) !== 0) {
      refuse(at, "is half an instruction");
    }
  }
}

export function helperCallsIn({ code }: FunctionSymbol): number[] {
  const view = viewOf(code);
  const calls: number[] = [];
  for (let at = 0; at + SLOT_BYTES <= code.length; at += SLOT_BYTES) {
    const isHelperCall = view.getUint8(at) === CALL && view.getUint8(at + 1) >> 4 === HELPER_CALL;
    if (isHelperCall) calls.push(view.getInt32(at + 4, true));
  }
  return calls;
}
