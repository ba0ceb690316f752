/**
 * Operations that a compromised decoder could attempt. None does harm if it succeeds, so that all
 * can also run without the tracer, which shows that the tracer's sandbox refuses them.
 */
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { getSystemErrorMap } from "node:util";
import { addressOf, call, callNumber, callOf32Bits } from "./raw-syscalls.ts";

/** `done`, or the name of the errno. */
export type Outcome = string;

const AT_FDCWD = -100;
const [O_WRONLY, O_RDWR, O_CREAT, O_TRUNC] = [1, 2, 0o100, 0o1000];
/** O_DIRECTORY differs between architectures. */
const O_TMPFILE = fs.constants.O_DIRECTORY | 0o20000000;
const SIGCHLD = 17;
const [CLONE_FS, CLONE_SIGHAND, CLONE_THREAD, CLONE_NEWNS] = [0x200, 0x800, 0x10000, 0x20000];
const INIT = 1;
/** A pid or id above the kernel's maximum. */
const UNUSED_ID = 2 ** 22 + 1;

function nameOf(errno: number): Outcome {
  return errno === 0 ? "done" : (getSystemErrorMap().get(-errno)?.[0] ?? `errno ${errno}`);
}

function outcomeOf(attempt: () => unknown): Outcome {
  try {
    const result = attempt();
    if (typeof result !== "number") return "done";
    return nameOf(result < 0 ? -result : 0);
  } catch (error) {
    const { code, errno, message } = error as NodeJS.ErrnoException;
    return typeof errno === "number" ? nameOf(Math.abs(errno)) : (code ?? message);
  }
}

function u32(...words: number[]): Uint8Array {
  return new Uint8Array(new Uint32Array(words).buffer);
}

/** Calls bpf(2) with the first words of its `union bpf_attr`. */
function bpf(command: number, ...words: number[]): number {
  const attr = new Uint8Array(128);
  attr.set(u32(...words));
  return call("bpf", command, attr, attr.length);
}

/** Loads the smallest program, which returns 0. */
function loadProgram(): number {
  const code = new BigUint64Array([0xb7n, 0x95n]);
  const licence = new TextEncoder().encode("GPL\0");
  const attr = new BigUint64Array(16);
  const words = new Uint32Array(attr.buffer);
  const SOCKET_FILTER = 1;
  words[0] = SOCKET_FILTER;
  words[1] = code.length;
  attr[1] = addressOf(code);
  attr[2] = addressOf(licence);
  return call("bpf", 5, new Uint8Array(attr.buffer), 120);
}

function attempts(folder: string): Record<string, () => unknown> {
  const file = `${folder}/file`;
  const fresh = `${folder}/new`;
  const dir = (name: string) => `${folder}/${name}`;
  /** Returns a function that makes a system call. */
  const syscall =
    (name: string, ...words: (number | string | Uint8Array | null)[]) =>
    () =>
      call(name, ...words);
  return {
    // files, by JavaScript
    "fs.openSync": () => fs.closeSync(fs.openSync(file, "r+")),
    "fs.writeFileSync": () => fs.writeFileSync(fresh, "x"),
    "fs.appendFileSync": () => fs.appendFileSync(file, "x"),
    "fs.mkdirSync": () => fs.mkdirSync(dir("folder")),
    "fs.symlinkSync": () => fs.symlinkSync("file", dir("link")),
    "fs.renameSync": () => fs.renameSync(file, file),
    "fs.copyFileSync": () => fs.copyFileSync(file, dir("copy")),
    "fs.truncateSync": () => fs.truncateSync(file),
    "fs.chmodSync": () => fs.chmodSync(file, 0o644),
    "fs.unlinkSync": () => fs.unlinkSync(dir("copy")),
    // files, by system calls
    "open for writing": syscall("open", file, O_WRONLY),
    "openat for writing": syscall("openat", AT_FDCWD, file, O_WRONLY),
    "openat for both": syscall("openat", AT_FDCWD, file, O_RDWR),
    "openat that creates": syscall("openat", AT_FDCWD, dir("created"), O_CREAT, 0o600),
    "openat that truncates": syscall("openat", AT_FDCWD, file, O_TRUNC),
    "openat with O_TMPFILE": syscall("openat", AT_FDCWD, folder, O_TMPFILE | O_RDWR, 0o600),
    "openat with bits above the lower 32 of its flags": syscall("openat", AT_FDCWD, file, 2 ** 32 + O_WRONLY),
    "openat of its own memory": syscall("openat", AT_FDCWD, "/proc/self/mem", O_RDWR),
    "openat of a core pattern": syscall("openat", AT_FDCWD, "/proc/sys/kernel/core_pattern", O_WRONLY),
    openat2: syscall("openat2", AT_FDCWD, file, u32(O_RDWR, 0, 0, 0, 0, 0), 24),
    creat: syscall("creat", dir("creat"), 0o600),
    truncate: syscall("truncate", file, 0),
    unlinkat: syscall("unlinkat", AT_FDCWD, dir("created"), 0),
    renameat2: syscall("renameat2", AT_FDCWD, file, AT_FDCWD, file, 0),
    linkat: syscall("linkat", AT_FDCWD, file, AT_FDCWD, dir("hard"), 0),
    symlinkat: syscall("symlinkat", "file", AT_FDCWD, dir("soft")),
    mkdirat: syscall("mkdirat", AT_FDCWD, dir("made"), 0o700),
    "mknodat of a pipe": syscall("mknodat", AT_FDCWD, dir("pipe"), 0o10600, 0),
    fchmodat: syscall("fchmodat", AT_FDCWD, file, 0o4755),
    fchownat: syscall("fchownat", AT_FDCWD, file, 0, 0, 0),
    utimensat: syscall("utimensat", AT_FDCWD, file, null, 0),
    memfd_create: syscall("memfd_create", "x", 0),
    open_by_handle_at: syscall("open_by_handle_at", AT_FDCWD, null, 0),
    fanotify_init: syscall("fanotify_init", 0, 0),
    // other interfaces of the kernel
    io_uring_setup: syscall("io_uring_setup", 1, new Uint8Array(120)),
    io_setup: syscall("io_setup", 1, new Uint8Array(8)),
    userfaultfd: syscall("userfaultfd", 1),
    socket: syscall("socket", 1, 1, 0),
    "socket to the network": syscall("socket", 2, 1, 0),
    "socket to netlink": syscall("socket", 16, 3, 0),
    socketpair: syscall("socketpair", 1, 1, 0, new Uint8Array(8)),
    // the broker's answers come by recvmsg() on its socket
    "recvmsg on another descriptor": syscall("recvmsg", 0, null, 0),
    "recvmsg with bits above the lower 32 of the descriptor": syscall("recvmsg", 2 ** 32, null, 0),
    recvmmsg: syscall("recvmmsg", 0, null, 0, 0, null),
    sendmsg: syscall("sendmsg", 0, null, 0),
    inotify_init1: syscall("inotify_init1", 0),
    inotify_add_watch: syscall("inotify_add_watch", 0, folder, 0xfff),
    // programs
    spawnSync: () => throwIfAny(spawnSync("/bin/true").error),
    "Bun.spawnSync": () => Bun.spawnSync(["/bin/true"]).exitCode,
    "execve of nothing": syscall("execve", "/no/such/program", null, null),
    "execveat of nothing": syscall("execveat", AT_FDCWD, "/no/such/program", null, null, 0),
    fork: () => call("fork"),
    "clone of a process": syscall("clone", SIGCHLD, 0, 0, 0, 0),
    "clone with CLONE_SIGHAND without CLONE_VM": syscall("clone", CLONE_SIGHAND, 0, 0, 0, 0),
    "clone with CLONE_NEWNS and CLONE_FS": syscall("clone", CLONE_NEWNS | CLONE_FS | CLONE_THREAD, 0, 0, 0, 0),
    clone3: syscall("clone3", null, 0),
    "unshare of nothing": syscall("unshare", 0),
    setns: syscall("setns", -1, 0),
    // BPF
    "bpf: load a program": loadProgram,
    "bpf: load types": () => bpf(18),
    "bpf: create a map": () => bpf(0, 2, 4, 4, 1),
    "bpf: change a map": () => bpf(2, -1),
    "bpf: pin": () => bpf(6, 0, 0, -1),
    "bpf: get a pinned object": () => bpf(7),
    "bpf: attach": () => bpf(8, -1, -1),
    "bpf: run": () => bpf(10, -1),
    "bpf: another process's program": () => bpf(13, UNUSED_ID),
    "bpf: another process's map": () => bpf(14, UNUSED_ID),
    "bpf: open a raw tracepoint": () => bpf(17, 0, 0, -1),
    "bpf: link": () => bpf(28, -1, -1),
    perf_event_open: syscall("perf_event_open", null, 0, 0, -1, 0),
    // the system
    init_module: syscall("init_module", null, 0, null),
    finit_module: syscall("finit_module", -1, "", 0),
    delete_module: syscall("delete_module", "no_such_module", 0),
    kexec_load: syscall("kexec_load", 0, 0, null, 0xffff),
    reboot: syscall("reboot", 0, 0, 0, 0),
    mount: syscall("mount", null, "/no/such/folder", "no such file system", 0, null),
    umount2: syscall("umount2", "/no/such/folder", 0),
    pivot_root: syscall("pivot_root", "/no/such/folder", "/no/such/folder"),
    chroot: syscall("chroot", "/no/such/folder"),
    open_tree: syscall("open_tree", -1, "", 0),
    fsopen: syscall("fsopen", "no such file system", 0),
    swapon: syscall("swapon", "/no/such/file", 0),
    sethostname: syscall("sethostname", null, 1),
    settimeofday: syscall("settimeofday", u32(0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff), null),
    add_key: syscall("add_key", null, null, null, 0, 0),
    keyctl: syscall("keyctl", 99),
    syslog: syscall("syslog", 99),
    // other processes
    ptrace: syscall("ptrace", 16, UNUSED_ID),
    "prctl: let other processes inspect it": syscall("prctl", 4, 1, 0, 0, 0),
    process_vm_readv: syscall("process_vm_readv", INIT, null, 0, null, 0, 0),
    process_vm_writev: syscall("process_vm_writev", INIT, null, 0, null, 0, 0),
    pidfd_getfd: syscall("pidfd_getfd", -1, 0, 0),
    pidfd_send_signal: syscall("pidfd_send_signal", -1, 0, null, 0),
    process_madvise: syscall("process_madvise", -1, null, 0, 0, 0),
    "kill 1": syscall("kill", INIT, 0),
    "kill of a process group": syscall("kill", -UNUSED_ID, 0),
    "tkill 1": syscall("tkill", INIT, 0),
    "tgkill 1": syscall("tgkill", INIT, INIT, 0),
    rt_sigqueueinfo: syscall("rt_sigqueueinfo", INIT, 0, null),
    "prlimit of 1": syscall("prlimit64", INIT, 7, null, null),
    setpriority: syscall("setpriority", 0, UNUSED_ID, 0),
    "a signal by F_SETOWN": syscall("fcntl", 2, 8, 0),
    "TIOCSTI into the terminal": syscall("ioctl", 2, 0x5412, "x"),
    "TIOCSTI with bits above the lower 32": syscall("ioctl", 2, 2 ** 32 + 0x5412, "x"),
    // privileges
    setuid: syscall("setuid", -1),
    setgroups: syscall("setgroups", -1, null),
    "capset of all": syscall("capset", u32(0x20080522, 0), u32(0xffff, 0xffff, 0, 0, 0, 0)),
  };
}

function throwIfAny(error: Error | undefined): void {
  if (error) throw error;
}

/** System calls of the CPU's other ABIs. */
function otherAbis(): Record<string, () => unknown> {
  if (process.arch !== "x64") return {};
  return {
    "a call of x32": () => callNumber(0x40000000 + 39),
    "a call of 32 bits": () => callOf32Bits(20),
  };
}

/** Reads files of root, and takes its file system identity. Root runs the test. */
function secrets(): Record<string, () => unknown> {
  return {
    "root's file": () => fs.readFileSync("/etc/shadow"),
    "root's folder": () => fs.readdirSync("/proc/1/fd"),
    "setfsuid(0)": () => call("setfsuid", 0),
  };
}

/** Operations that the tracer must still be able to do. */
function permitted(): Record<string, () => unknown> {
  return {
    "reading a file": () => fs.readFileSync("/etc/passwd"),
    "an unassigned system call number": () => callNumber(900),
    "its own pid": () => call("getpid"),
    "its own capabilities": () => fs.readFileSync("/proc/thread-self/status", "utf8"),
  };
}

/** A forked JavaScript engine has no threads and crashes. */
const CRASHES_IF_ALLOWED = ["fork", "clone of a process"];

/** Makes all attempts in a folder that contains `file`. @param isRefused whether they must fail. */
export function tryAll(folder: string, isRefused: boolean): Record<string, Outcome> {
  const all = Object.entries({ ...attempts(folder), ...otherAbis(), ...secrets(), ...permitted() });
  const wanted = all.filter(([name]) => isRefused || !CRASHES_IF_ALLOWED.includes(name));
  return Object.fromEntries(wanted.map(([name, one]) => [name, outcomeOf(one)]));
}
