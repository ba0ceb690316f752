import { dlopen, FFIType, type Pointer } from "bun:ffi";
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import core from "../../build/libexitsnoop.so" with { type: "file" };
import { describeErrno } from "./errno.ts";
import { symbols } from "./symbols.ts";

/** `memfd_create` has the same numbers on every kernel; glibc has a wrapper for it only since 2.27. */
const SYS_memfd_create = { x64: 319, arm64: 279 }[process.arch as "x64" | "arm64"];
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
  // which says so where no file at all can be opened
  if (fd < 0) closeSync(openSync("/proc/self/exe", "r"));
  if (fd < 0) throw new Error("the kernel gives no memory file (memfd_create)");
  const bytes = readFileSync(core);
  for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done);
  try {
    return dlopen(`/proc/self/fd/${fd}`, symbols).symbols;
  } finally {
    closeSync(fd);
  }
}

/** What a limit that keeps the native core out looks like, and what to do about it. */
const limits: [RegExp, string][] = [
  [/EMFILE|ENFILE|too many open files|Error 24\b/i, "raise the limit of open files (ulimit -n)"],
  [
    /ENOMEM|cannot allocate memory|failed to map|cannot map|requires the JIT/i,
    "raise the limit of address space (ulimit -v)",
  ],
];
const NEEDS = "it takes glibc 2.17, /proc, and 1 MB of memory that is a file (ulimit -f)";

/** Whoever has no native core is told so when he needs it: help needs none, and no error here would find its sentence. */
function loadOrTell(): ReturnType<typeof load> {
  try {
    const symbols = load();
    symbols.hook_pthread_create();
    isLoaded = true;
    return symbols;
  } catch (error) {
    const { errno, message } = error as NodeJS.ErrnoException;
    // the loader says in its own words what it has against a library
    const reason = errno ? describeErrno(-errno) : String(message).split("\n")[0]!;
    const advice = limits.find(([words]) => words.test(message))?.[1] ?? NEEDS;
    const sentence = `the native core cannot be loaded: ${reason}; ${advice}`;
    return new Proxy({} as ReturnType<typeof load>, {
      get() {
        throw new Error(sentence);
      },
    });
  }
}

/** Whether there is a native core, and not only the sentence why there is none. */
export let isLoaded = false;

/** The native core's functions. libbpf is single-threaded per object; all calls here come from the main thread. */
export const native = loadOrTell();

/** An address from C; the type says bigint too, but user space ends at 2^47. */
export function toPointer(address: number | bigint | null): Pointer | null {
  return address ? (Number(address) as Pointer) : null;
}

/** Text for C; what stands behind a NUL in it is not seen there. */
export function toCString(text: string): Uint8Array {
  return new TextEncoder().encode(`${text}\0`);
}
