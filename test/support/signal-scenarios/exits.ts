/** Processes that exit by themselves: no sender may be named. */
import { exited, type Scenario, scenario } from "./scenario.ts";

export const exits: readonly Scenario[] = [
  scenario(
    "exit after a caught signal: reports no sender",
    `victim catch SIGTERM
     alice kill victim SIGTERM
     victim exit 0`,
    exited("victim", 0),
  ),
  scenario(
    "exit while a signal is pending: reports no sender",
    `victim block SIGTERM
     alice kill victim SIGTERM
     victim exit 15`,
    exited("victim", 15),
  ),
  scenario(
    "exit(143) after an ignored SIGTERM: reports no sender",
    `victim ignore SIGTERM
     alice kill victim SIGTERM
     victim exit 143`,
    exited("victim", 143),
  ),
  scenario("exit(137): reports no sender", "victim exit 137", exited("victim", 137)),
];
