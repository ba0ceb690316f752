/** Senders in other PID and user namespaces, and reboot(2) in a PID namespace. */
import { kernel, killed, process, reaped, type Scenario, scenario, SI_KERNEL, SI_USER } from "./scenario.ts";

const NAMESPACE_END = kernel(SI_KERNEL, "pid_namespace_end");

export const namespaces: readonly Scenario[] = [
  scenario(
    "sender in another user namespace: reports the uid outside",
    `need namespaced enter_user_namespace
     namespaced kill victim SIGTERM`,
    killed("victim", "SIGTERM", process("namespaced", SI_USER)),
  ),
  scenario(
    "sender in the same PID namespace: reports the host's pids",
    `driver unshare_pids
     start init inside victim
     inside kill @victim SIGTERM`,
    killed("victim", "SIGTERM", process("inside", SI_USER)),
  ),
  scenario(
    "sender outside the PID namespace: reports the sender",
    `start alice
     driver unshare_pids
     start init victim
     alice kill victim SIGTERM`,
    killed("victim", "SIGTERM", process("alice", SI_USER)),
  ),
  scenario(
    "kill(2) of all processes in a PID namespace: reports the sender for each",
    `driver unshare_pids
     start init inside victim second
     inside kill -1 SIGTERM`,
    killed("victim", "SIGTERM", process("inside", SI_USER)),
    killed("second", "SIGTERM", process("inside", SI_USER)),
  ),
  scenario(
    "init of the PID namespace as sender: reports the init with the host's pid",
    `driver unshare_pids
     start init victim
     init kill @victim SIGTERM`,
    killed("victim", "SIGTERM", process("init", SI_USER)),
  ),
  // the driver reaps the init last: it waits for the namespace's other processes
  scenario(
    "init of the PID namespace is killed: reports pid_namespace_end for the others",
    `start alice
     driver unshare_pids
     start init victim blocking other
     blocking block SIGTERM
     alice kill init SIGKILL`,
    killed("victim", "SIGKILL", NAMESPACE_END),
    killed("blocking", "SIGKILL", NAMESPACE_END),
    killed("other", "SIGKILL", NAMESPACE_END),
    killed("init", "SIGKILL", process("alice", SI_USER)),
  ),
];

/** The command, and the signal that tells the parent of the namespace's init about it. */
const commands = [
  ["LINUX_REBOOT_CMD_RESTART", "SIGHUP"],
  ["LINUX_REBOOT_CMD_RESTART2", "SIGHUP"],
  ["LINUX_REBOOT_CMD_HALT", "SIGINT"],
  ["LINUX_REBOOT_CMD_POWER_OFF", "SIGINT"],
] as const;

const byReboot = (caller: string) => process(caller, SI_KERNEL, { reason: "reboot" });

export const reboots: readonly Scenario[] = commands.flatMap(([command, signal]) => [
  scenario(
    `reboot(${command}) by the init of a PID namespace: reports the init as the caller`,
    `driver unshare_pids
     start init other idle
     init reboot ${command}`,
    killed("idle", "SIGKILL", NAMESPACE_END),
    killed("other", "SIGKILL", NAMESPACE_END),
    killed("init", signal, byReboot("init")),
  ),
  scenario(
    `reboot(${command}) by a thread of the init of a PID namespace: reports the init as the caller`,
    `driver unshare_pids
     start init other idle
     init start_workers 3
     init reboot_from_thread ${command}`,
    killed("idle", "SIGKILL", NAMESPACE_END),
    killed("other", "SIGKILL", NAMESPACE_END),
    killed("init", signal, byReboot("init")),
  ),
  // the caller exits by itself unless it is killed first
  scenario(
    `reboot(${command}) by another process of a PID namespace: reports that process as the caller`,
    `driver unshare_pids
     start init rebooter idle
     rebooter reboot ${command}`,
    killed("idle", "SIGKILL", NAMESPACE_END),
    reaped("rebooter"),
    killed("init", signal, byReboot("rebooter")),
  ),
]);
