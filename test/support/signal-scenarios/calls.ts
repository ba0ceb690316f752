/** Signals sent by every system call, with every signal and with claimed si_codes. */
import { signalName } from "../../../src/record/signal-names.ts";
import {
  killed,
  process,
  type Scenario,
  scenario,
  SI_ASYNCIO,
  SI_KERNEL,
  SI_MESGQ,
  SI_QUEUE,
  SI_SIGIO,
  SI_TIMER,
  SI_TKILL,
  SI_USER,
} from "./scenario.ts";

const HARMLESS = new Set(["SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGURG", "SIGWINCH"]);
const SEGV_MAPERR = 1;
const POLL_IN = 1;
const INT_MIN = -(2 ** 31);

const byKill = Array.from({ length: 64 }, (_, i) => i + 1)
  .filter((signal) => !HARMLESS.has(signalName(signal)))
  .map((signal) =>
    scenario(
      `kill(2), signal ${signal}: reports the sender with SI_USER`,
      `alice kill victim ${signal}`,
      killed("victim", signal, process("alice", SI_USER)),
    ),
  );

/** A code below 0 is the caller's claim about another process, and the kernel accepts it. */
const claims = [SI_TIMER, SI_MESGQ, SI_ASYNCIO, SI_SIGIO, -60, -7, INT_MIN].map((code) =>
  scenario(
    `rt_sigqueueinfo(2) that claims si_code ${code}: reports the caller with that code`,
    `alice rt_sigqueueinfo victim SIGTERM ${code}`,
    killed("victim", "SIGTERM", process("alice", code)),
  ),
);

/** To itself a process may send any code, and the kernel passes it on. */
const ownClaims = (
  [
    ["rt_sigqueueinfo", "SIGSEGV", SEGV_MAPERR],
    ["rt_sigqueueinfo", "SIGTERM", SI_KERNEL],
    ["rt_sigqueueinfo", "SIGSYS", 1],
    ["rt_sigqueueinfo", "SIGUSR1", POLL_IN],
    ["rt_sigqueueinfo", "SIGBUS", SI_KERNEL],
    ["rt_sigqueueinfo", "SIGKILL", SI_KERNEL],
    ["rt_tgsigqueueinfo", "SIGTRAP", 1],
    ["pidfd_send_siginfo", "SIGILL", SI_KERNEL],
    ["rt_sigqueueinfo", "SIGTERM", SI_TIMER],
  ] as const
).map(([call, signal, code]) =>
  scenario(
    `${call}(2) by a process to itself, ${signal} with si_code ${code}: reports the process, not the kernel`,
    `victim ${call} victim ${signal} ${code}`,
    killed("victim", signal, process("victim", code)),
  ),
);

export const calls: readonly Scenario[] = [
  ...byKill,
  scenario(
    "kill(2) by the parent: reports the parent",
    "driver kill victim SIGTERM",
    killed("victim", "SIGTERM", process("driver", SI_USER)),
  ),
  scenario(
    "kill(2) by a sibling: reports the sibling",
    "alice kill victim SIGHUP",
    killed("victim", "SIGHUP", process("alice", SI_USER)),
  ),
  scenario(
    "kill(2) by a thread with another comm: reports its process, with the leader's comm",
    "alice kill_from_thread victim SIGTERM",
    killed("victim", "SIGTERM", process("alice", SI_USER)),
  ),
  scenario(
    "tgkill(2): reports the sender with SI_TKILL",
    "alice tgkill victim SIGINT",
    killed("victim", "SIGINT", process("alice", SI_TKILL)),
  ),
  scenario(
    "tkill(2): reports the sender with SI_TKILL",
    "alice tkill victim SIGKILL",
    killed("victim", "SIGKILL", process("alice", SI_TKILL)),
  ),
  scenario(
    "sigqueue(3): reports the sender with SI_QUEUE",
    "alice sigqueue victim SIGTERM",
    killed("victim", "SIGTERM", process("alice", SI_QUEUE)),
  ),
  scenario(
    "sigqueue(3), realtime signal: reports the sender with SI_QUEUE",
    "alice sigqueue victim SIGRTMIN+5",
    killed("victim", "SIGRTMIN+5", process("alice", SI_QUEUE)),
  ),
  scenario(
    "pidfd_send_signal(2): reports the sender with SI_USER",
    "alice pidfd_send_signal victim SIGTERM",
    killed("victim", "SIGTERM", process("alice", SI_USER)),
  ),
  ...claims,
  ...ownClaims,
];
