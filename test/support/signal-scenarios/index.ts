/** All signal scenarios by subject. */
import { asyncIo } from "./async-io.ts";
import { calls } from "./calls.ts";
import { cgroups } from "./cgroups.ts";
import { exits } from "./exits.ts";
import { faults, limits, requests } from "./kernel.ts";
import { concurrentSenders } from "./loads.ts";
import { namespaces, reboots } from "./namespaces.ts";
import { pending } from "./pending.ts";
import { queues } from "./queues.ts";
import type { Scenario } from "./scenario.ts";
import { senders } from "./senders.ts";
import { debuggers, states } from "./states.ts";
import { terminals } from "./terminals.ts";

export const subjects = {
  "system calls": calls,
  senders,
  "process states": states,
  debuggers,
  faults,
  "resource limits": limits,
  "timers, filters and other requests": requests,
  terminals,
  "asynchronous I/O": asyncIo,
  reboots,
  namespaces,
  cgroups,
  "pending signals": pending,
  "signal queues": queues,
  exits,
  "concurrent senders": [concurrentSenders],
} as const satisfies Record<string, readonly Scenario[]>;

export type Subject = keyof typeof subjects;
