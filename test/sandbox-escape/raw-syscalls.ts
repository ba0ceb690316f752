/** Raw system calls, which no library can refuse before the kernel does. */
import { CFunction, dlopen, FFIType, ptr, read } from "bun:ffi";

const word = FFIType.i64_fast;
const { symbols } = dlopen("libc.so.6", {
  syscall: { args: [word, word, word, word, word, word, word], returns: word },
  mmap: { args: [word, word, "i32", "i32", "i32", word], returns: "ptr" },
  memcpy: { args: ["ptr", "ptr", word], returns: "ptr" },
  __errno_location: { args: [], returns: "ptr" },
});

const ENOSYS = 38;

/** Names with their numbers on x86_64 and arm64; `-`: arm64 has no such call. */
const table = `
  open 2 -, creat 85 -, openat 257 56, openat2 437 437, truncate 76 45, unlinkat 263 35, renameat2 316 276,
  linkat 265 37, symlinkat 266 36, mkdirat 258 34, mknodat 259 33, fchmodat 268 53, fchownat 260 54, utimensat 280 88,
  setxattr 188 5, memfd_create 319 279, execve 59 221, execveat 322 281, fork 57 -, vfork 58 -, clone 56 220,
  clone3 435 435, bpf 321 280, perf_event_open 298 241, init_module 175 105, finit_module 313 273, delete_module 176 106,
  kexec_load 246 104, reboot 169 142, mount 165 40, umount2 166 39, pivot_root 155 41, chroot 161 51, unshare 272 97,
  setns 308 268, open_tree 428 428, move_mount 429 429, fsopen 430 430, swapon 167 224, sethostname 170 161,
  settimeofday 164 170, clock_settime 227 112, ptrace 101 117, prctl 157 167, process_vm_readv 310 270, process_vm_writev 311 271,
  pidfd_open 434 434, pidfd_getfd 438 438, pidfd_send_signal 424 424, process_madvise 440 440, kill 62 129,
  tkill 200 130, tgkill 234 131, rt_sigqueueinfo 129 138, socket 41 198, socketpair 53 199, connect 42 203,
  sendmsg 46 211, recvmsg 47 212, recvmmsg 299 243, inotify_init1 294 26, inotify_add_watch 254 27, io_uring_setup 425 425, io_setup 206 0, userfaultfd 323 282, add_key 248 217, keyctl 250 219,
  capset 126 91, setuid 105 146, setresuid 117 147, setgroups 116 159, setfsuid 122 151, prlimit64 302 261, setpriority 141 140,
  sched_setaffinity 203 122, ioctl 16 29, fcntl 72 25, open_by_handle_at 304 265, fanotify_init 300 262, syslog 103 116,
  personality 135 92, modify_ldt 154 -, ioperm 173 -, shmget 29 194, mq_open 240 180, getpid 39 172, exit_group 231 94,
  getrandom 318 278, mmap 9 222, mprotect 10 226`;
const column = process.arch === "x64" ? 1 : 2;
const numbers = new Map(
  table.split(",").map((entry) => [entry.trim().split(" ")[0]!, entry.trim().split(" ")[column]!]),
);

type Argument = number | string | Uint8Array | null;

/** Makes a system call. Returns its result, or -errno. */
export function call(name: string, ...words: Argument[]): number {
  const number = numbers.get(name);
  if (number === undefined) throw new Error(`the table has no number for ${name}`);
  return number === "-" ? -ENOSYS : callNumber(Number(number), ...words);
}

export function callNumber(number: number, ...words: Argument[]): number {
  // keeps the strings alive until the call returns
  const memory = words.map((one) => (typeof one === "string" ? new TextEncoder().encode(`${one}\0`) : one));
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = memory.map((one) =>
    typeof one === "number" ? one : one ? Number(ptr(one)) : 0,
  );
  const result = Number(symbols.syscall(number, a, b, c, d, e, f));
  return result === -1 ? -read.i32(symbols.__errno_location()!, 0) : result;
}

export function addressOf(bytes: NodeJS.TypedArray): bigint {
  return BigInt(ptr(bytes));
}

/** Makes a 32-bit system call without arguments, through int 0x80. */
export function callOf32Bits(number: number): number {
  // mov %edi,%eax; int $0x80; ret
  const code = new Uint8Array([0x89, 0xf8, 0xcd, 0x80, 0xc3]);
  const [READ_WRITE_EXECUTE, PRIVATE_ANONYMOUS] = [7, 0x22];
  const page = symbols.mmap(0, 4096, READ_WRITE_EXECUTE, PRIVATE_ANONYMOUS, -1, 0)!;
  symbols.memcpy(page, ptr(code), code.length);
  return CFunction({ ptr: page, args: ["i32"], returns: "i32" })(number) as number;
}
