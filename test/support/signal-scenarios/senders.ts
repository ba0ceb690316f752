/** Senders of every kind: other uids and names, dead ones, the process itself, and groups. */
import { exited, kernel, killed, process, type Scenario, scenario, SI_TKILL, SI_USER } from "./scenario.ts";

const PARENT_DEATH = kernel(SI_USER, "parent_death");

export const senders: readonly Scenario[] = [
  scenario(
    "sender with another real uid: reports the real uid",
    `other-user setresuid 4321 0 0
     other-user kill victim SIGTERM`,
    killed("victim", "SIGTERM", process("other-user", SI_USER, { uid: 4321 })),
  ),
  scenario(
    "sender with another effective uid: reports the real uid",
    `effective-only setresuid -1 1234 -1
     effective-only kill victim SIGTERM`,
    killed("victim", "SIGTERM", process("effective-only", SI_USER)),
  ),
  scenario(
    "sender that renames itself after kill(2): reports the comm that it had at kill(2)",
    "namesake kill_and_rename victim SIGTERM",
    killed("victim", "SIGTERM", process("namesake", SI_USER)),
  ),
  scenario(
    "sender that renamed itself before kill(2): reports the new comm",
    `namesake kill_and_rename first SIGTERM
     namesake kill victim SIGTERM`,
    killed("first", "SIGTERM", process("namesake", SI_USER)),
    killed("victim", "SIGTERM", process("namesake", SI_USER, { comm: "renamed" })),
  ),
  scenario(
    "sender whose thread group leader has exited: reports the process with the leader's comm",
    `headless exit_leader
     headless kill victim SIGTERM`,
    killed("victim", "SIGTERM", process("headless", SI_USER)),
  ),
  scenario(
    "raise(3): reports the process itself with SI_TKILL",
    "victim raise SIGTERM",
    killed("victim", "SIGTERM", process("victim", SI_TKILL)),
  ),
  scenario(
    "kill(2) of itself: reports the process itself",
    "victim kill victim SIGKILL",
    killed("victim", "SIGKILL", process("victim", SI_USER)),
  ),
  scenario(
    "kill(2) by one of its own threads: reports the process itself",
    "victim kill_from_thread victim SIGTERM",
    killed("victim", "SIGTERM", process("victim", SI_USER)),
  ),
  scenario(
    "abort(3): reports the process itself with reason abort",
    "victim abort",
    killed("victim", "SIGABRT", process("victim", SI_TKILL, { reason: "abort" })),
  ),
  scenario(
    "kill(2) by its child: reports the child",
    "fork victim descendant 0 0 SIGTERM",
    killed("victim", "SIGTERM", process("descendant", SI_USER)),
    exited("descendant"),
  ),
  scenario(
    "sender that is dead and reaped before the signal is delivered: reports the dead sender",
    `victim block SIGTERM
     ghost kill victim SIGTERM
     dismiss ghost
     victim unblock SIGTERM`,
    killed("victim", "SIGTERM", process("ghost", SI_USER)),
  ),
  scenario(
    "kill(2) of a process group: reports the sender for each member",
    `victim setpgid 0
     second setpgid victim
     third setpgid victim
     alice kill -victim SIGTERM`,
    killed("victim", "SIGTERM", process("alice", SI_USER)),
    killed("second", "SIGTERM", process("alice", SI_USER)),
    killed("third", "SIGTERM", process("alice", SI_USER)),
  ),
  scenario(
    "PR_SET_PDEATHSIG, parent exits: reports parent_death",
    `fork victim descendant SIGUSR1
     victim exit 3`,
    exited("victim", 3),
    killed("descendant", "SIGUSR1", PARENT_DEATH),
  ),
  scenario(
    "PR_SET_PDEATHSIG, parent is killed: reports parent_death, not the parent's killer",
    `fork victim descendant SIGKILL
     alice kill victim SIGTERM`,
    killed("victim", "SIGTERM", process("alice", SI_USER)),
    killed("descendant", "SIGKILL", PARENT_DEATH),
  ),
  scenario(
    "PR_SET_PDEATHSIG, parent dies within its own kill(2): reports parent_death, not the parent",
    `fork victim descendant SIGUSR1
     victim kill victim SIGUSR1`,
    killed("victim", "SIGUSR1", process("victim", SI_USER)),
    killed("descendant", "SIGUSR1", PARENT_DEATH),
  ),
];
