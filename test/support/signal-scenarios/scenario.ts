/**
 * A signal scenario: actions of processes, as a script for test/fixtures/signal-scenarios, and the
 * records that the tracer must write of their deaths.
 */
import { signalName, signalNumber } from "../../../src/record/signal-names.ts";
import type { Killer, WideEvent } from "../cgroups.ts";

export interface Scenario {
  title: string;
  /** Lines of the agent's script; test/fixtures/signal-scenarios/main.c describes them. */
  actions: string;
  /** In the order in which the agent reaps them, after the actions. */
  deaths: readonly Death[];
}

export interface Death {
  actor: string;
  /** Null for a process that exits. */
  signal: number | null;
  exitCode: number | null;
  /** The accepted values of `killed_by`. Null: the process is reaped but not checked. */
  senders: readonly Sender[] | null;
}

/** The expected `killed_by`, once the pids are known; null if no sender may be named. */
export type Sender = (facts: Facts) => Killer | null;

/** The agent's output about one scenario. */
export interface Facts {
  actors: Map<string, { pid: number; uid: number }>;
  /** The wait status of each reaped process. */
  statuses: Map<string, number>;
  /** The printed and awaited results, in order. */
  results: number[];
  cgroup: string | null;
  isSkipped: boolean;
}

export const SI_USER = 0;
export const SI_QUEUE = -1;
export const SI_TIMER = -2;
export const SI_MESGQ = -3;
export const SI_ASYNCIO = -4;
export const SI_SIGIO = -5;
export const SI_TKILL = -6;
export const SI_KERNEL = 128;

/** The numbers of the names that actions contain, on x86-64 and arm64; signals excepted. */
const constants: Readonly<Record<string, number>> = {
  RLIMIT_CPU: 0,
  RLIMIT_FSIZE: 1,
  RLIMIT_CORE: 4,
  RLIMIT_SIGPENDING: 11,
  ITIMER_REAL: 0,
  ITIMER_VIRTUAL: 1,
  ITIMER_PROF: 2,
  SIGEV_SIGNAL: 0,
  SIGEV_THREAD_ID: 4,
  SA_RESETHAND: 0x80000000,
  PTRACE_O_EXITKILL: 0x100000,
  SECCOMP_MODE_STRICT: 1,
  SECCOMP_MODE_FILTER: 2,
  SECCOMP_RET_KILL_PROCESS: 0x80000000,
  SECCOMP_RET_KILL_THREAD: 0,
  SECCOMP_RET_TRAP: 0x30000,
  LINUX_REBOOT_CMD_RESTART: 0x01234567,
  LINUX_REBOOT_CMD_RESTART2: 0xa1b2c3d4,
  LINUX_REBOOT_CMD_HALT: 0xcdef0123,
  LINUX_REBOOT_CMD_POWER_OFF: 0x4321fedc,
};

/** @throws Error for an unknown name. */
function numberOf(name: string): number {
  const number = constants[name] ?? signalNumber(name);
  if (number === undefined) throw new Error(`unknown constant in a scenario: ${name}`);
  return number;
}

export function scenario(title: string, actions: string, ...deaths: Death[]): Scenario {
  return { title, actions, deaths };
}

export function killed(actor: string, signal: string | number, ...senders: Sender[]): Death {
  return { actor, signal: typeof signal === "number" ? signal : numberOf(signal), exitCode: null, senders };
}

export function exited(actor: string, exitCode = 0): Death {
  return { actor, signal: null, exitCode, senders: [unknown] };
}

/** A process that must be reaped and may end in more than one way. */
export function reaped(actor: string): Death {
  return { actor, signal: null, exitCode: null, senders: null };
}

/** A death whose signal has no known sender. */
export const unknown: Sender = () => null;

/** @param more overrides the defaults, such as the actor's name as comm and the agent's uid */
export function process(actor: string, si_code: number, more: Partial<Killer> = {}): Sender {
  return ({ actors }) => {
    const { pid, uid } = actors.get(actor)!;
    return { kind: "process", pid, comm: actor, uid, si_code, cgroup: null, reason: "signal", ...more };
  };
}

export function kernel(si_code: number | null, reason: string): Sender {
  return () => ({ kind: "kernel", pid: null, comm: null, uid: null, si_code, cgroup: null, reason });
}

/** A fault whose si_code depends on the machine: the one that the scenario printed. */
export const faultWithPrintedCode: Sender = (facts) => kernel(facts.results[0]!, "fault")(facts);

/** The OOM killer, for the scenario's cgroup. */
export const oom: Sender = ({ cgroup }) => {
  return { kind: "oom", pid: null, comm: null, uid: null, si_code: SI_KERNEL, cgroup, reason: "oom_cgroup" };
};

/** The script that runs these scenarios; its scenario N is the Nth, from 0 on. */
export function toScript(scenarios: readonly Scenario[]): string {
  return scenarios
    .map(({ actions, deaths }, i) => {
      const lines = actions
        .trim()
        .split("\n")
        .map((line) => line.trim().replace(/[A-Z][A-Z0-9_]+(\+\d+)?/g, (name) => String(numberOf(name))));
      return [`scenario ${i}`, ...lines, ...deaths.map(({ actor }) => `reap ${actor}`), "end", ""].join("\n");
    })
    .join("");
}

interface Line {
  scenario: number;
  actor?: string;
  pid?: number;
  uid?: number;
  reaped?: string;
  status?: number;
  result?: number;
  cgroup?: string;
  skipped?: boolean;
}

/** Reads the agent's output: the facts about each scenario by its number. */
export function readFacts(stdout: string): Map<number, Facts> {
  const all = new Map<number, Facts>();
  for (const text of stdout.split("\n")) {
    if (!text.startsWith("{")) continue;
    const line = JSON.parse(text) as Line;
    const facts = all.getOrInsertComputed(line.scenario, () => {
      return { actors: new Map(), statuses: new Map(), results: [], cgroup: null, isSkipped: false };
    });
    if (line.actor) facts.actors.set(line.actor, { pid: line.pid!, uid: line.uid! });
    if (line.reaped) facts.statuses.set(line.reaped, line.status!);
    if (line.result !== undefined) facts.results.push(line.result);
    if (line.cgroup) facts.cgroup = line.cgroup;
    if (line.skipped) facts.isSkipped = true;
  }
  return all;
}

/** How the records of a scenario's deaths differ from the expected ones; empty if they do not. */
export function mistakesOf(
  { title, actions, deaths }: Scenario,
  facts: Facts | undefined,
  of: (pid: number) => WideEvent[],
): string[] {
  if (!facts) return [`${title}: not run`];
  if (facts.isSkipped) return /^\s*need /m.test(actions) ? [] : [`${title}: skipped`];
  // another process may get the pid later, but not one of these parents
  const pids = new Set(Array.from(facts.actors.values(), ({ pid }) => pid));
  return deaths.flatMap(({ actor, signal, exitCode, senders }) => {
    const status = facts.statuses.get(actor);
    if (!senders && status !== undefined) return [];
    if (status === undefined || (status & 0x7f) !== (signal ?? 0) || (signal === null && status >> 8 !== exitCode)) {
      return [`${title}: ${actor} ended with wait status ${status}`];
    }
    const found = of(facts.actors.get(actor)!.pid)
      .filter(({ ppid }) => pids.has(ppid))
      .map(({ signal, exit_code, killed_by }) => ({ signal, exit_code, killed_by }));
    const ending = { signal: signal === null ? null : signalName(signal), exit_code: exitCode };
    const expected = senders!.map((sender) => ({ ...ending, killed_by: sender(facts) }));
    if (found.length === 1 && expected.some((one) => Bun.deepEquals(found[0], one))) return [];
    return [`${title}: ${actor}: ${JSON.stringify(found)}, expected ${JSON.stringify(expected)}`];
  });
}

/** The mistakes in the records of all of these scenarios. */
export function allMistakesOf(
  scenarios: readonly Scenario[],
  facts: ReadonlyMap<number, Facts>,
  of: (pid: number) => WideEvent[],
): string[] {
  return scenarios.flatMap((scenario, i) => mistakesOf(scenario, facts.get(i), of));
}
