/** Interprets a fault: the access, and whether the stack overflowed. */
import { constants } from "node:os";
import type { Access } from "../exit/crash-site.ts";
import type { FaultRegisters } from "../native/unwind.ts";

const { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP } = constants.signals;
const faults: readonly number[] = [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP];

/** A fault further from the stack pointer is not an overflow, bytes. */
const MAX_DISTANCE = 65536n;
/** include/linux/mm.h */
const VM_ACCESS = 7n;
const VM_GROWSDOWN = 0x100n;
const SI_KERNEL = 0x80;
/** arch/x86/include/asm/trapnr.h */
const X86_PAGE_FAULT = 14n;
/** enum x86_pf_error_code of arch/x86/include/asm/trap_pf.h */
const X86_PF_WRITE = 2n;
const X86_PF_INSTR = 16n;
/** Exception classes of arch/arm64/include/asm/esr.h: aborts of instructions and of data. */
const ARM64_INSTRUCTION_ABORTS: readonly bigint[] = [0x20n, 0x21n];
const ARM64_DATA_ABORTS: readonly bigint[] = [0x24n, 0x25n];
const ARM64_ESR_EC_SHIFT = 26n;
const ARM64_ESR_WNR = 0x40n;

/** A fault with the mapping of its stack pointer. */
export interface Fault extends FaultRegisters {
  stackStart: bigint;
  stackFlags: bigint;
}

/** Returns true if a fault of the CPU raised the signal. Else trap and errorCode are older ones. */
export function isFault({ signal, code }: Pick<Fault, "signal" | "code">): boolean {
  return code > 0 && faults.includes(signal);
}

function isPageFault({ trap, errorCode }: Fault, arch: string): boolean {
  if (arch === "x64") return trap === X86_PAGE_FAULT;
  const exception = errorCode >> ARM64_ESR_EC_SHIFT;
  return ARM64_DATA_ABORTS.includes(exception) || ARM64_INSTRUCTION_ABORTS.includes(exception);
}

/** Returns what the fault did to its address; null if it was not an access. */
export function accessOf(fault: Fault, arch: string = process.arch): Access | null {
  if (!isFault(fault) || !isPageFault(fault, arch)) return null;
  const { errorCode } = fault;
  if (arch === "x64") return errorCode & X86_PF_INSTR ? "exec" : errorCode & X86_PF_WRITE ? "write" : "read";
  if (ARM64_INSTRUCTION_ABORTS.includes(errorCode >> ARM64_ESR_EC_SHIFT)) return "exec";
  return errorCode & ARM64_ESR_WNR ? "write" : "read";
}

/** Returns the address of a fault; null if the CPU reports none, as for an invalid pointer. */
export function addressOf(fault: Fault, arch: string = process.arch): bigint | null {
  if (!isFault(fault)) return null;
  if (fault.code !== SI_KERNEL) return fault.address;
  // force_sig() stores no si_addr, but cr2 or far_el1 still has the address
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
