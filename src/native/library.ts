import { dlopen, FFIType, type Pointer } from "bun:ffi";
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import core from "../../build/libexitsnoop.so" with { type: "file" };
import { describeErrno } from "./errno.ts";
import { symbols } from "./symbols.ts";

/** glibc has a wrapper for memfd_create(2) only since 2.27. */
const SYS_memfd_create = { x64: 319, arm64: 279 }[process.arch as "x64" | "arm64"];
const MFD_CLOEXEC = 1;
/** Required if vm.memfd_noexec is 1; kernels before 6.3 refuse it. */
const MFD_EXEC = 0x10;

type Native = ReturnType<typeof load>;

/**
 * Loads the embedded native core from a memfd, because every writable file system may be mounted
 * read-only or noexec.
 * @throws Error if the C library or the native core cannot be loaded.
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
  // throws with the reason if no file at all can be opened
  if (fd < 0) closeSync(openSync("/proc/self/exe", "r"));
  if (fd < 0) throw new Error("the kernel cannot create a memory file (memfd_create)");
  const bytes = readFileSync(core);
  for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done);
  try {
    return dlopen(`/proc/self/fd/${fd}`, symbols).symbols;
  } finally {
    closeSync(fd);
  }
}

/** Limits that prevent loading: what the error looks like, and what to do. */
const limits: [pattern: RegExp, advice: string][] = [
  [/ENFILE|in system|Error 23\b/i, "raise the system's limit on open files (sysctl fs.file-max)"],
  [/EMFILE|too many open files|Error 24\b/i, "raise the limit on open files (ulimit -n)"],
  [
    /ENOMEM|cannot allocate memory|failed to map|cannot map|requires the JIT/i,
    "raise the limit on address space (ulimit -v)",
  ],
];
const REQUIREMENTS = "it needs glibc 2.17 or newer, /proc, and memory files of 1 MB (ulimit -f)";

/**
 * Loads the native core, or returns an object that throws the reason at every use: `--help` works
 * without the core.
 */
function loadOrDefer(): Native {
  try {
    const symbols = load();
    symbols.hook_pthread_create();
    isLoaded = true;
    return symbols;
  } catch (error) {
    const { errno, message } = error as NodeJS.ErrnoException;
    // an error of the dynamic loader has no errno
    const reason = errno ? describeErrno(-errno) : String(message).split("\n")[0]!;
    const advice = limits.find(([pattern]) => pattern.test(message))?.[1] ?? REQUIREMENTS;
    return new Proxy({} as Native, {
      get() {
        throw new Error(`the native core cannot be loaded: ${reason}; ${advice}`);
      },
    });
  }
}

/** True if the native core is loaded. */
export let isLoaded = false;

/**
 * The native core's functions, for the main thread only: libbpf does not lock objects. The core is
 * loaded at the first use, so that what needs none starts without it: replay, help.
 */
export let native: Native = new Proxy({} as Native, {
  get(_, name) {
    native = loadOrDefer();
    return native[name as keyof Native];
  },
});

/** Converts an address from C. It may be a bigint by its type, but user space ends at 2^47. */
export function toPointer(address: number | bigint | null): Pointer | null {
  return address ? (Number(address) as Pointer) : null;
}

/** Encodes text with a NUL at its end. */
export function toCString(text: string): Uint8Array {
  return new TextEncoder().encode(`${text}\0`);
}
