/** Signals that a terminal sends, and the hangup of orphaned process groups. */
import { exited, kernel, killed, type Scenario, scenario, SI_KERNEL, SI_USER } from "./scenario.ts";

const BY_TERMINAL = kernel(SI_KERNEL, "terminal");
const BY_HANGUP = kernel(SI_KERNEL, "hangup");
/** TIOCNOTTY sends SIGHUP without a siginfo of the kernel's. */
const BY_TIOCNOTTY = kernel(SI_USER, "terminal");

const CTRL_C = 3;
const CTRL_BACKSLASH = 28;

export const terminals: readonly Scenario[] = [
  ...(
    [
      ["Ctrl-C", `type_byte ${CTRL_C}`, "SIGINT"],
      ["Ctrl-\\", `type_byte ${CTRL_BACKSLASH}`, "SIGQUIT"],
      ["terminal is closed", "close_terminal", "SIGHUP"],
    ] as const
  ).map(([title, action, signal]) =>
    scenario(
      `${title}: reports terminal`,
      `driver open_terminal
       victim take_terminal
       driver ${action}`,
      killed("victim", signal, BY_TERMINAL),
    ),
  ),
  scenario(
    "session leader exits: reports terminal for the foreground process group",
    `driver open_terminal
     victim take_terminal
     fork victim descendant
     victim exit 0`,
    exited("victim"),
    killed("descendant", "SIGHUP", BY_TERMINAL),
  ),
  // the sleep lets the orphan get its new parent
  scenario(
    "stopped process group becomes orphaned: reports hangup",
    `victim setsid
     fork victim descendant 0 1
     driver kill descendant SIGSTOP
     sleep 100
     victim exit 0`,
    exited("victim"),
    killed("descendant", "SIGHUP", BY_HANGUP),
  ),
  scenario(
    "session leader gives its terminal up: reports terminal for it and the foreground process group",
    `driver open_terminal
     victim take_terminal
     fork victim descendant
     victim leave_terminal`,
    killed("victim", "SIGHUP", BY_TIOCNOTTY),
    killed("descendant", "SIGHUP", BY_TIOCNOTTY),
  ),
  scenario(
    "session leader exits, a stopped background job becomes orphaned: reports hangup",
    `driver open_terminal
     victim take_terminal
     fork victim descendant 0 1
     driver kill descendant SIGSTOP
     sleep 100
     victim exit 0`,
    exited("victim"),
    killed("descendant", "SIGHUP", BY_HANGUP),
  ),
];
