/** Signals of one number that are pending in more than one queue, and queues without room. */
import {
  kernel,
  killed,
  process,
  type Scenario,
  scenario,
  SI_QUEUE,
  SI_TIMER,
  SI_TKILL,
  SI_USER,
  unknown,
} from "./scenario.ts";

const REALTIME = "SIGRTMIN+2";

const realtime = [
  scenario(
    "one realtime signal pending: reports its sender",
    `victim block ${REALTIME}
     alice kill victim ${REALTIME}
     victim unblock ${REALTIME}`,
    killed("victim", REALTIME, process("alice", SI_USER)),
  ),
  scenario(
    "two realtime signals pending: reports the first sender or unknown",
    `victim block ${REALTIME}
     alice sigqueue victim ${REALTIME}
     bob sigqueue victim ${REALTIME}
     victim unblock ${REALTIME}`,
    killed("victim", REALTIME, process("alice", SI_QUEUE), unknown),
  ),
  scenario(
    "first of two pending realtime signals consumed: reports the second sender or unknown",
    `victim block ${REALTIME}
     alice sigqueue victim ${REALTIME}
     bob sigqueue victim ${REALTIME}
     victim consume ${REALTIME}
     victim unblock ${REALTIME}`,
    killed("victim", REALTIME, process("bob", SI_QUEUE), unknown),
  ),
  scenario(
    "realtime signal after one that was consumed: reports the second sender",
    `victim block ${REALTIME}
     alice sigqueue victim ${REALTIME}
     victim consume ${REALTIME}
     victim unblock ${REALTIME}
     bob sigqueue victim ${REALTIME}`,
    killed("victim", REALTIME, process("bob", SI_QUEUE)),
  ),
];

/** A timer's signal is queued even if another of its number is pending. */
const timers = [
  scenario(
    "timer expires while another process's signal is pending: reports that process or unknown",
    `victim block SIGUSR1
     alice kill victim SIGUSR1
     victim start_timer SIGEV_SIGNAL SIGUSR1
     sleep 60
     victim unblock SIGUSR1`,
    killed("victim", "SIGUSR1", process("alice", SI_USER), unknown),
  ),
  scenario(
    "kill(2) while a timer's signal is pending: reports the timer",
    `victim block SIGUSR1
     victim start_timer SIGEV_SIGNAL SIGUSR1
     sleep 60
     alice kill victim SIGUSR1
     victim unblock SIGUSR1`,
    killed("victim", "SIGUSR1", kernel(SI_TIMER, "timer")),
  ),
];

const BLOCKED_WORKERS = `victim block SIGTERM
  victim start_workers 2 1`;

const workers = [
  scenario(
    "signal to a worker, then to the process, that worker unblocks: reports the first sender or unknown",
    `${BLOCKED_WORKERS}
     alice tgkill victim SIGTERM victim/0
     bob kill victim SIGTERM
     driver unblock_worker 0`,
    killed("victim", "SIGTERM", process("alice", SI_TKILL), unknown),
  ),
  scenario(
    "signal to a worker, then to the process, another worker unblocks: reports the second sender or unknown",
    `${BLOCKED_WORKERS}
     alice tgkill victim SIGTERM victim/0
     bob kill victim SIGTERM
     driver unblock_worker 1`,
    killed("victim", "SIGTERM", process("bob", SI_USER), unknown),
  ),
  scenario(
    "signal to each of two workers, the first unblocks: reports the first sender or unknown",
    `${BLOCKED_WORKERS}
     alice tgkill victim SIGTERM victim/0
     bob tgkill victim SIGTERM victim/1
     driver unblock_worker 0`,
    killed("victim", "SIGTERM", process("alice", SI_TKILL), unknown),
  ),
  scenario(
    "signal to the process, then to a worker, another worker unblocks: reports the first sender or unknown",
    `${BLOCKED_WORKERS}
     alice kill victim SIGTERM
     bob tgkill victim SIGTERM victim/0
     driver unblock_worker 1`,
    killed("victim", "SIGTERM", process("alice", SI_USER), unknown),
  ),
];

/** RLIMIT_SIGPENDING is 0: the kernel sends the signal without its siginfo. */
const full = [
  scenario(
    "abort(3) without room in the queue: reports the process itself with reason abort",
    `victim setrlimit RLIMIT_SIGPENDING 0
     victim abort`,
    killed("victim", "SIGABRT", process("victim", SI_TKILL, { reason: "abort" })),
  ),
  scenario(
    "first signal consumed, no room in the queue for the second: reports the second sender",
    `victim block SIGTERM
     alice kill victim SIGTERM
     victim consume SIGTERM
     victim setrlimit RLIMIT_SIGPENDING 0
     bob tgkill victim SIGTERM
     victim unblock SIGTERM`,
    killed("victim", "SIGTERM", process("bob", SI_TKILL)),
  ),
  scenario(
    "realtime signal without room in the queue: reports its sender",
    `victim setrlimit RLIMIT_SIGPENDING 0
     alice kill victim ${REALTIME}`,
    killed("victim", REALTIME, process("alice", SI_USER)),
  ),
];

export const queues: readonly Scenario[] = [...realtime, ...timers, ...workers, ...full];
