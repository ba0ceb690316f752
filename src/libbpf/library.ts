import { dlopen, FFIType, type Pointer } from "bun:ffi";
import { closeSync, readFileSync, writeSync } from "node:fs";
import core from "../../build/libexitsnoop.so" with { type: "file" };
import { describeErrno } from "./errno.ts";
import { symbols } from "./symbols.ts";

/** `memfd_create` has the same numbers on every kernel; glibc has a wrapper for it only since 2.27. */
const SYS_memfd_create = { x64: 319, arm64: 279 }[process.arch as "x64" | "arm64"];
const STDERR = 2;
const MFD_CLOEXEC = 1;
/** Since Linux 6.3, and required where vm.memfd_noexec is 1; older kernels refuse it. */
const MFD_EXEC = 0x10;

/**
 * Loads the embedded native core from a memfd: nothing is written to a disk, and /tmp may be read-only or noexec.
 * @throws Error where the C library or the native core cannot be loaded.
 */
function load() {
  const libc = dlopen("libc.so.6", {
    syscall: { args: [FFIType.i64_fast, "cstring", FFIType.i64_fast], returns: FFIType.i64_fast },
  });
  let fd = -1;
  for (const flags of [MFD_CLOEXEC | MFD_EXEC, MFD_CLOEXEC]) {
    fd = Number(libc.symbols.syscall(SYS_memfd_create, "exitsnoop", flags));
    if (fd >= 0) break;
  }
  if (fd < 0) throw new Error("the kernel gives no memory file (memfd_create)");
  const bytes = readFileSync(core);
  for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done);
  try {
    return dlopen(`/proc/self/fd/${fd}`, symbols).symbols;
  } finally {
    closeSync(fd);
  }
}

/**
 * This happens while modules are evaluated, before main.ts could catch anything.
 * What is wrong with memory or /proc is told by its errno; what the loader has against a library, by its own words.
 */
function loadOrEnd() {
  try {
    return load();
  } catch (error) {
    const { errno, message } = error as NodeJS.ErrnoException;
    const reason = errno ? describeErrno(-errno) : message;
    const needs = "it takes glibc 2.17, /proc, and 1 MB of memory that is a file (ulimit -f)";
    writeSync(STDERR, `exitsnoop: the native core cannot be loaded: ${reason}; ${needs}\n`);
    process.exit(1);
  }
}

/** The native core's functions. libbpf is single-threaded per object; all calls here come from the main thread. */
export const native = loadOrEnd();

/** An address from C; the type says bigint too, but user space ends at 2^47. */
export function asPointer(address: number | bigint | null): Pointer | null {
  return address ? (Number(address) as Pointer) : null;
}

/** Text for C; what stands behind a NUL in it is not seen there. */
export function cString(text: string): Uint8Array {
  return new TextEncoder().encode(`${text}\0`);
}
