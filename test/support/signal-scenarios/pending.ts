/** A signal that is blocked, caught or ignored at first, and a second one by another sender. */
import { killed, process, type Scenario, scenario, SI_TKILL, SI_USER, unknown } from "./scenario.ts";

const BY_ALICE = process("alice", SI_USER);
const BY_BOB = process("bob", SI_USER);

export const pending: readonly Scenario[] = [
  scenario(
    "first signal consumed, second unblocked: reports the second sender",
    `victim block SIGTERM
     alice kill victim SIGTERM
     victim consume SIGTERM
     victim unblock SIGTERM
     bob kill victim SIGTERM`,
    killed("victim", "SIGTERM", BY_BOB),
  ),
  scenario(
    "first signal consumed, second pending until unblocked: reports the second sender",
    `victim block SIGTERM
     alice kill victim SIGTERM
     victim consume SIGTERM
     bob kill victim SIGTERM
     victim unblock SIGTERM`,
    killed("victim", "SIGTERM", BY_BOB),
  ),
  scenario(
    "first signal caught, then the default restored: reports the second sender",
    `victim catch SIGTERM
     alice kill victim SIGTERM
     victim set_default SIGTERM
     bob kill victim SIGTERM`,
    killed("victim", "SIGTERM", BY_BOB),
  ),
  // the second action lets the handler run before the second signal is sent
  scenario(
    "first signal caught with SA_RESETHAND: reports the second sender",
    `victim catch SIGTERM SA_RESETHAND
     alice kill victim SIGTERM
     victim block SIGUSR1
     bob kill victim SIGTERM`,
    killed("victim", "SIGTERM", BY_BOB),
  ),
  scenario(
    "first signal ignored: reports the second sender",
    `victim ignore SIGTERM
     alice kill victim SIGTERM
     victim set_default SIGTERM
     bob kill victim SIGTERM`,
    killed("victim", "SIGTERM", BY_BOB),
  ),
  scenario(
    "first signal pending and then discarded by SIG_IGN: reports the second sender",
    `victim block SIGTERM
     alice kill victim SIGTERM
     victim ignore SIGTERM
     victim set_default SIGTERM
     bob kill victim SIGTERM
     victim unblock SIGTERM`,
    killed("victim", "SIGTERM", BY_BOB),
  ),
  scenario(
    "signal pending until unblocked: reports its sender",
    `victim block SIGTERM
     alice kill victim SIGTERM
     victim unblock SIGTERM`,
    killed("victim", "SIGTERM", BY_ALICE),
  ),
  scenario(
    "second signal sent while the first is pending: reports the first sender",
    `victim block SIGTERM
     alice kill victim SIGTERM
     bob kill victim SIGTERM
     victim unblock SIGTERM`,
    killed("victim", "SIGTERM", BY_ALICE),
  ),
  scenario(
    "signal sent while it is blocked and ignored: reports its sender",
    `victim ignore SIGTERM
     victim block SIGTERM
     alice kill victim SIGTERM
     victim set_default SIGTERM
     victim unblock SIGTERM`,
    killed("victim", "SIGTERM", BY_ALICE),
  ),
  scenario(
    "signal with a handler, pending across execve(2): reports its sender",
    `victim catch SIGTERM
     victim block SIGTERM
     alice kill victim SIGTERM
     victim exec SIGTERM`,
    killed("victim", "SIGTERM", BY_ALICE),
  ),
  scenario(
    "SIGTERM pending, SIGKILL by another: reports the sender of SIGKILL",
    `victim block SIGTERM
     alice kill victim SIGTERM
     bob kill victim SIGKILL`,
    killed("victim", "SIGKILL", BY_BOB),
  ),
  scenario(
    "SIGTERM and SIGINT pending: reports the sender of the lower number, which kills",
    `victim block SIGTERM SIGINT
     alice kill victim SIGTERM
     bob kill victim SIGINT
     victim unblock SIGTERM SIGINT`,
    killed("victim", "SIGINT", BY_BOB),
  ),
  // a thread's own queue comes before the process's queue
  scenario(
    "signal to the thread, then to the process: reports the sender to the thread or unknown",
    `victim block SIGTERM
     alice tgkill victim SIGTERM
     bob kill victim SIGTERM
     victim unblock SIGTERM`,
    killed("victim", "SIGTERM", process("alice", SI_TKILL), unknown),
  ),
  scenario(
    "signal to the process, then to the thread: reports the sender to the thread or unknown",
    `victim block SIGTERM
     alice kill victim SIGTERM
     bob tgkill victim SIGTERM
     victim unblock SIGTERM`,
    killed("victim", "SIGTERM", process("bob", SI_TKILL), unknown),
  ),
];
