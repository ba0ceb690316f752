/** Concurrent senders, a flood of signals, and signals that were sent before tracing began. */
import { type Death, killed, process, type Scenario, scenario, SI_TKILL, SI_USER, unknown } from "./scenario.ts";

const range = (count: number) => Array.from({ length: count }, (_, i) => i);

const CROWD = range(6).map((i) => `sender-${i}`);
const ROUNDS = range(100).map((i) => ({
  victim: `victim-${i}`,
  signal: ["SIGTERM", "SIGKILL", "SIGQUIT", "SIGRTMIN+6"][i % 4]!,
}));

/** The result of each kill(2) is awaited, as a sender may find the process dead already. */
export const concurrentSenders: Scenario = scenario(
  "six processes kill one at once, 100 times: reports one of the six",
  ROUNDS.flatMap(({ victim, signal }) => [
    ...CROWD.map((sender) => `async ${sender} kill ${victim} ${signal}`),
    ...CROWD.map((sender) => `await ${sender}`),
  ]).join("\n"),
  ...ROUNDS.map(({ victim, signal }) => killed(victim, signal, ...CROWD.map((sender) => process(sender, SI_USER)))),
);

const FLOOD_MS = 2200;
const FLOODED = ["caught", "ignored", "consumed"];
const FLOOD_SIGNALS = ["SIGUSR1", "SIGTERM", "SIGQUIT"];
/** More pending signals than the tracer's map holds. */
const FULL_QUEUES = range(200).map((i) => ({ victim: `full-${i}`, killer: i % 2 ? "alice" : "bob" }));
const AMID_FLOOD = range(50).map((i) => {
  return {
    victim: `victim-${i}`,
    signal: ["SIGTERM", "SIGKILL", "SIGUSR1", "SIGQUIT", "SIGRTMIN+6"][i % 5]!,
    killer: i % 4 < 2 ? "alice" : "bob",
    /** Every second process has caught the signal from both senders before. */
    isKnown: i % 2 === 1,
  };
});

function killAmidFlood({ victim, signal, killer, isKnown }: (typeof AMID_FLOOD)[number]): string[] {
  const before =
    isKnown && signal !== "SIGKILL"
      ? [
          `${victim} catch ${signal}`,
          ...range(50).map((i) => `${i % 2 ? "alice" : "bob"} kill ${victim} ${signal}`),
          `${victim} set_default ${signal}`,
        ]
      : [];
  return [...before, `${killer} kill ${victim} ${signal}`, "sleep 40"];
}

export const signalFlood: Scenario = scenario(
  "100,000 signals between processes that live on: reports the sender of each fatal signal",
  [
    `start ${FLOODED[0]} ${FLOODED[1]} ${FLOODED[2]}`,
    ...FLOOD_SIGNALS.flatMap((signal) => [
      `caught catch ${signal}`,
      `ignored ignore ${signal}`,
      `consumed block ${signal}`,
    ]),
    "async consumed consume_all",
    ...FULL_QUEUES.flatMap(({ victim }) => [`${victim} block_all`, `driver kill_with_all ${victim}`]),
    ...["storm-1", "storm-2"].map((storm) => `async ${storm} flood ${FLOOD_MS} ${FLOODED.join(" ")}`),
    ...AMID_FLOOD.flatMap(killAmidFlood),
    "await storm-1",
    "await storm-2",
    ...FULL_QUEUES.map(({ victim, killer }) => `${killer} kill ${victim} SIGKILL`),
    ...FLOODED.map((actor) => `alice kill ${actor} SIGKILL`),
  ].join("\n"),
  ...AMID_FLOOD.map(({ victim, signal, killer }) => killed(victim, signal, process(killer, SI_USER))),
  ...FULL_QUEUES.map(({ victim, killer }) => killed(victim, "SIGKILL", process(killer, SI_USER))),
  ...FLOODED.map((actor) => killed(actor, "SIGKILL", process("alice", SI_USER))),
);

/** The agent says that once everything before was sent. */
export const READY = "ready";

const REALTIME = "SIGRTMIN+2";
/** Blocked before tracing begins and unblocked afterwards. */
const BLOCKED = ["pending", "too-late", "sigkill", "to-thread-now", "to-thread-first", "realtime", "realtime-twice"];

const BEFORE: readonly Death[] = [
  killed("pending", "SIGTERM", unknown),
  killed("too-late", "SIGTERM", unknown),
  killed("sigkill", "SIGKILL", process("bob", SI_USER)),
  killed("to-thread-now", "SIGTERM", process("bob", SI_TKILL), unknown),
  killed("to-thread-first", "SIGTERM", unknown),
  killed("realtime", REALTIME, unknown),
  killed("realtime-twice", REALTIME, unknown),
  killed("stopped", "SIGTERM", unknown),
  killed("untouched", "SIGTERM", process("bob", SI_USER)),
];

/** The tracer must start at READY, and the agent get the rest of the script after that. */
export const sentBeforeTracing: Scenario = scenario(
  "signal sent before tracing begins: reports unknown",
  [
    ...BLOCKED.map((actor) => `${actor} block SIGTERM ${REALTIME}`),
    "start stopped untouched",
    ...BLOCKED.slice(0, 4).map((actor) => `alice kill ${actor} SIGTERM`),
    "alice tgkill to-thread-first SIGTERM",
    `alice sigqueue realtime ${REALTIME}`,
    `alice sigqueue realtime-twice ${REALTIME}`,
    "stop stopped",
    "alice kill stopped SIGTERM",
    `say ${READY}`,
    "bob kill too-late SIGTERM",
    "bob kill sigkill SIGKILL",
    "bob tgkill to-thread-now SIGTERM",
    "bob kill to-thread-first SIGTERM",
    `bob sigqueue realtime-twice ${REALTIME}`,
    "bob kill stopped SIGCONT",
    "bob kill untouched SIGTERM",
    ...BLOCKED.filter((actor) => actor !== "sigkill").map((actor) => `${actor} unblock SIGTERM ${REALTIME}`),
  ].join("\n"),
  ...BEFORE,
);
