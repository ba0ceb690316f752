/** Interprets a fault: the access, and whether the stack overflowed. */
import { constants } from "node:os";
import type { Access } from "../exit/crash-site.ts";
import type { FaultRegisters } from "../native/unwind.ts";

const { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP } = constants.signals;
const faults: readonly number[] = [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP];

/** Bytes between the stack pointer and a fault that is taken for an overflow. */
const MAX_DISTANCE = 65536n;
/** include/linux/mm.h */
const VM_ACCESS = 7n;
const VM_GROWSDOWN = 0x100n;
const SI_KERNEL = 0x80;
/** arch/x86/include/asm/trapnr.h */
const X86_PAGE_FAULT = 14n;
/** Exception classes of arch/arm64/include/asm/esr.h: aborts of instructions and of data. */
const ARM64_INSTRUCTION_ABORTS: readonly bigint[] = [0x20n, 0x21n];
const ARM64_DATA_ABORTS: readonly bigint[] = [0x24n, 0x25n];

/** A fault with the mapping of its stack pointer. */
export interface Fault extends FaultRegisters {
  stackStart: bigint;
  stackFlags: bigint;
}

/** Returns true if the signal came from a fault of the CPU. Else trap and error code are older. */
export function isFault({ signal, code }: Pick<Fault, "signal" | "code">): boolean {
  return code > 0 && faults.includes(signal);
}

function isPageFault({ trap, errorCode }: Fault, arch: string): boolean {
  if (arch === "x64") return trap === X86_PAGE_FAULT;
  const exception = errorCode >> 26n;
  return ARM64_DATA_ABORTS.includes(exception) || ARM64_INSTRUCTION_ABORTS.includes(exception);
}

/** Returns what the fault did to its address; null if it was no access. */
export function accessOf(fault: Fault, arch: string = process.arch): Access | null {
  if (!isFault(fault) || !isPageFault(fault, arch)) return null;
  const { errorCode } = fault;
  if (arch === "x64") return errorCode & 16n ? "exec" : errorCode & 2n ? "write" : "read";
  if (ARM64_INSTRUCTION_ABORTS.includes(errorCode >> 26n)) return "exec";
  return errorCode & 64n ? "write" : "read";
}

/** Returns the address of a fault; null if the CPU reports none, as for an invalid pointer. */
export function addressOf(fault: Fault, arch: string = process.arch): bigint | null {
  if (!isFault(fault)) return null;
  if (fault.code !== SI_KERNEL) return fault.address;
  // a signal that the kernel forces has none, but the CPU still knows it
  return accessOf(fault, arch) ? fault.faultAddress : null;
}

/**
 * Returns true if the stack overflowed: a page fault near the stack pointer, below the main stack,
 * or in the guard page of a thread's.
 */
export function isStackOverflow(fault: Fault, arch: string = process.arch): boolean {
  const { signal, sp, faultAddress, stackStart, stackFlags } = fault;
  if (signal !== SIGSEGV || !accessOf(fault, arch) || stackStart === 0n) return false;
  const distance = faultAddress > sp ? faultAddress - sp : sp - faultAddress;
  if (distance > MAX_DISTANCE) return false;
  if (stackFlags & VM_GROWSDOWN) return faultAddress < stackStart;
  return !(stackFlags & VM_ACCESS) && faultAddress >= stackStart;
}
