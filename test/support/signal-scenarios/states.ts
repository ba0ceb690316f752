/** Processes that are threaded, stopped, traced or may dump core when the signal arrives. */
import { kernel, killed, process, type Scenario, scenario, SI_KERNEL, SI_TKILL, SI_USER, unknown } from "./scenario.ts";

const BY_ALICE = process("alice", SI_USER);
const BY_BOB = process("bob", SI_USER);

const threaded = ["SIGKILL", "SIGTERM", "SIGQUIT"].flatMap((signal) => [
  scenario(
    `${signal} to a process with 64 threads: reports the sender`,
    `victim start_workers 63
     alice kill victim ${signal}`,
    killed("victim", signal, BY_ALICE),
  ),
  scenario(
    `${signal} to a process whose leader has exited: reports the sender`,
    `victim exit_leader
     alice kill victim ${signal}`,
    killed("victim", signal, BY_ALICE),
  ),
  scenario(
    `${signal} by tgkill(2) to a worker: reports the sender with SI_TKILL`,
    `victim start_workers 2
     alice tgkill victim ${signal} victim/1`,
    killed("victim", signal, process("alice", SI_TKILL)),
  ),
]);

const dumping = ["SIGQUIT", "SIGABRT", "SIGSEGV", "SIGXCPU"].flatMap((signal) =>
  [1 << 20, 0].map((limit) =>
    scenario(
      `${signal} with a core limit of ${limit} bytes: reports the sender`,
      `victim setrlimit RLIMIT_CORE ${limit}
       alice kill victim ${signal}`,
      killed("victim", signal, BY_ALICE),
    ),
  ),
);

const stopped = [
  scenario(
    "SIGKILL to a stopped process: reports the sender",
    `stop victim
     alice kill victim SIGKILL`,
    killed("victim", "SIGKILL", BY_ALICE),
  ),
  scenario(
    "SIGTERM to a stopped process that another one continues: reports the sender of SIGTERM",
    `stop victim
     alice kill victim SIGTERM
     bob kill victim SIGCONT`,
    killed("victim", "SIGTERM", BY_ALICE),
  ),
  scenario(
    "SIGTERM, then SIGKILL by another to a stopped process: reports the sender of SIGKILL",
    `stop victim
     alice kill victim SIGTERM
     bob kill victim SIGKILL`,
    killed("victim", "SIGKILL", BY_BOB),
  ),
  // the process group may be orphaned, and SIGTSTP does not stop the members of such a group
  scenario(
    "SIGTERM after signals that do not kill: reports the sender of SIGTERM",
    `victim setpgid 0
     alice kill victim 0
     alice kill victim SIGSTOP
     await_stop victim
     alice kill victim SIGCONT
     alice kill victim SIGWINCH
     alice kill victim SIGCHLD
     alice kill victim SIGURG
     alice kill victim SIGTSTP
     await_stop victim
     alice kill victim SIGCONT
     bob kill victim SIGTERM`,
    killed("victim", "SIGTERM", BY_BOB),
  ),
];

/** A sender that the debugger's replacement may hide: the debugger, or none. */
const DEBUGGER_OR_UNKNOWN = [process("debugger", SI_USER), unknown];

/** A tracee is its debugger's to reap first, so each debugger is dismissed. */
const traced = [
  scenario(
    "PTRACE_O_EXITKILL, debugger exits: reports the kernel with reason unknown",
    `debugger seize victim PTRACE_O_EXITKILL
     dismiss debugger`,
    killed("victim", "SIGKILL", kernel(SI_KERNEL, "unknown")),
  ),
  scenario(
    "debugger passes the signal on: reports the signal's sender",
    `debugger seize victim
     alice kill victim SIGUSR1
     debugger replace_signal victim SIGUSR1
     dismiss debugger`,
    killed("victim", "SIGUSR1", BY_ALICE),
  ),
  scenario(
    "debugger drops one SIGTERM and passes the next on: reports the second sender",
    `debugger seize victim
     alice kill victim SIGTERM
     debugger replace_signal victim 0
     bob kill victim SIGTERM
     debugger replace_signal victim SIGTERM
     dismiss debugger`,
    killed("victim", "SIGTERM", BY_BOB),
  ),
  scenario(
    "debugger replaces SIGUSR1 by SIGTERM: reports the debugger or unknown, not SIGUSR1's sender",
    `debugger seize victim
     alice kill victim SIGUSR1
     debugger replace_signal victim SIGTERM
     dismiss debugger`,
    killed("victim", "SIGTERM", ...DEBUGGER_OR_UNKNOWN),
  ),
  scenario(
    "debugger drops SIGTERM and later replaces SIGUSR1 by it: reports the debugger or unknown",
    `debugger seize victim
     alice kill victim SIGTERM
     debugger replace_signal victim 0
     bob kill victim SIGUSR1
     debugger replace_signal victim SIGTERM
     dismiss debugger`,
    killed("victim", "SIGTERM", ...DEBUGGER_OR_UNKNOWN),
  ),
  ...["SIGINT", "SIGHUP"].map((signal) =>
    scenario(
      `debugger injects ${signal} at a system call: reports the kernel with reason unknown`,
      `debugger seize victim
       debugger inject_signal victim ${signal}
     dismiss debugger`,
      killed("victim", signal, kernel(SI_KERNEL, "unknown")),
    ),
  ),
  // PTRACE_KILL sends a signal only since Linux 5.19
  scenario(
    "PTRACE_KILL: reports the debugger or unknown",
    `debugger seize victim
     debugger kill_tracee victim
     dismiss debugger`,
    killed("victim", "SIGKILL", ...DEBUGGER_OR_UNKNOWN),
  ),
];

export const states: readonly Scenario[] = [...threaded, ...dumping, ...stopped];
export const debuggers: readonly Scenario[] = traced;
