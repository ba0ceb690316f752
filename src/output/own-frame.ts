/** Finds the program's own function among the frames of libraries and runtimes. */
import type { CrashFrame, CrashSite } from "../exit/crash-site.ts";
import { signalName } from "../record/signal-names.ts";

/** Libraries between a crash and its cause. */
const LIBRARIES = /^(libc[.-]|libc\.musl|ld-musl|ld-linux|libstdc\+\+|libgcc_s|libpthread|libc\+\+)/;
/** The machinery of abort() by whole names: in a static program it is in no library. */
const RUNTIME = new Set(
  (
    "__pthread_kill_implementation __pthread_kill_internal __pthread_kill pthread_kill raise gsignal __GI_raise " +
    "abort __GI_abort __libc_message malloc_printerr __assert_fail_base __assert_fail __fortify_fail " +
    "__stack_chk_fail __chk_fail __restore_rt __restore __kernel_vsyscall __kernel_rt_sigreturn tkill " +
    "__wait_thread rust_begin_unwind rust_panic rust_eh_personality"
  ).split(" "),
);
/** The runtimes of Go, of Rust with either form of names, and of C++. */
const RUNTIME_PREFIX = /^(runtime\.|_ZN3std|_ZN4core|_ZN5alloc|_ZSt|__cxa_|_R.*(_3std|_4core|_5alloc|___rustc))/;
/** Clones of a function, such as `raise.cold`. */
const CLONE = /\.(constprop|isra|part|cold)(\.\d+)?/g;

const decoder = new TextDecoder();

function isOwn({ module, function: name, offset, how }: CrashFrame, isSignalReturn: boolean): boolean {
  const path = decoder.decode(module);
  const base = path.slice(path.lastIndexOf("/") + 1);
  if (LIBRARIES.test(base) || path.startsWith("[v") || isSignalReturn) return false;
  if (offset === null && how === "ip") return false;
  const text = name ? decoder.decode(name).replace(CLONE, "") : "";
  return !RUNTIME.has(text) && !RUNTIME_PREFIX.test(text);
}

/** Returns the first frame that is neither of a library nor of a runtime; undefined: none. */
export function firstOwnFrame({ signal, frames }: CrashSite): CrashFrame | undefined {
  const isAbort = ({ function: name }: CrashFrame) => name !== null && /^(__GI_)?abort$/.test(decoder.decode(name));
  const begin = signalName(signal) === "SIGABRT" ? frames.findIndex(isAbort) + 1 : 0;
  return frames.find((frame, i) => i >= begin && isOwn(frame, frames[i + 1]?.how === "signal"));
}
