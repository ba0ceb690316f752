/** Runs a scenario once for each fault, and judges the outcomes. */
import { constants } from "node:os";
import { stackTrace } from "./stack-trace.ts";
import { type Fault, nameOf, type Outcome, runFailing } from "./run-failing.ts";

export interface Scenario {
  name: string;
  args: string[];
  /** The part of the output that is equal in every run without faults. */
  essence: (outcome: Outcome) => unknown;
  program?: string;
  /** Whether calls also fail permanently from some call on; true by default. */
  isLasting?: boolean;
  /** Calls that do not fail. */
  except?: RegExp;
  /** Scenarios of one group share their code, so each fault is injected in one of them only. */
  group: string;
  /** The prefix of the command: a network namespace, for example. */
  via?: string[];
}

const { EPERM, EINVAL, ENOMEM, EMFILE, EIO, EAGAIN, EBUSY, EACCES, ENOSYS, ENOSPC, E2BIG, EINTR } = constants.errno;

/** The errnos of calls; the first pattern that matches counts. Each errno gets its turn. */
const errnos: [call: RegExp, errnos: number[]][] = [
  [/^bpf MAP_CREATE/, [ENOMEM, EPERM, EINVAL, E2BIG]],
  [/^bpf PROG_LOAD/, [EINVAL, ENOMEM, EPERM, EACCES, EAGAIN]],
  [/^bpf MAP_/, [ENOMEM, EBUSY, E2BIG]],
  [/^bpf (LINK_CREATE|RAW_TRACEPOINT_OPEN)/, [EBUSY, EPERM, ENOMEM]],
  [/^bpf/, [EINVAL, EPERM, ENOMEM]],
  [/^(child )?sigaction/, [EINVAL]],
  [/^(mmap|fork)/, [ENOMEM, EAGAIN]],
  [/^(openat|memfd|eventfd|epoll_create|pipe|socket|pidfd_open|perf_event_open)/, [EMFILE, EACCES, ENOMEM]],
  [/^(child )?write/, [ENOSPC, EIO]],
  // the only error of a valid pipe or child
  [/^(child )?(wait|read pipe)/, [EINTR]],
  [/^(child )?(read|pread)/, [EIO, EINTR]],
  [/poll/, [EINTR, ENOMEM]],
  [/./, [EPERM, EINVAL, ENOSYS]],
];

/** The first calls stand for all calls of a name, very few for the most frequent names. */
const MAX_CALLS = 25;
const MAX_FREQUENT_CALLS = 2;
const FREQUENT = /^(read|getdents|child read) /;

/**
 * Calls of the runtime, not of exitsnoop: its event loop (epoll), which does not sleep during a
 * trace, and fstatat() of its own descriptors.
 */
const RUNTIME_CALLS =
  /^(epoll_|fstatat$|openat \/proc\/self\/statm|read \/proc\/#\/statm|openat \/proc\/cgroups|write stderr)/;

/**
 * Calls that cannot fail. eventfd_write() returns an error only if the counter is full (EAGAIN, or
 * EINTR while it waits) or the value is invalid (EINVAL), never for lack of space or I/O errors.
 */
const INFALLIBLE = /^(child )?write anon_inode:\[eventfd\]/;

/** Returns the faults to inject, from the calls of a run without faults. */
export function faultsOf(calls: readonly string[]): Fault[] {
  const counts = new Map<string, number>();
  for (const call of calls) {
    if (!RUNTIME_CALLS.test(call) && !INFALLIBLE.test(call)) counts.set(call, (counts.get(call) ?? 0) + 1);
  }
  return [...counts].flatMap(([call, count], index) => {
    const [, choice] = errnos.find(([pattern]) => pattern.test(call))!;
    const max = FREQUENT.test(call) ? MAX_FREQUENT_CALLS : MAX_CALLS;
    // a single call gets the errno at its index, so that all errnos are used
    const ways = Array.from({ length: Math.min(count, max) }, (_, i) => ({
      call,
      which: String(i + 1),
      how: choice[(count === 1 ? index : i) % choice.length]!,
    }));
    // libbpf retries calls that fail once, and does without optional ones
    const lasting = count > 1 ? ways.map((fault, i) => ({ ...fault, which: `${i + 1}+` })) : [];
    // a permanent EINTR or EAGAIN would be retried forever
    return [...ways, ...lasting.filter(({ how }) => how !== EINTR && how !== EAGAIN)];
  });
}

/** The start of a message about limitations. */
const LIMITATION = "On this kernel ";

export type Verdict = "refused" | "unharmed" | "warned" | "not made";

/** Returns what is wrong with an outcome, or how the tracer handled the fault. */
export function judge(outcome: Outcome, faultless: Outcome, essence: Scenario["essence"]): { wrong: string } | Verdict {
  const { status, stdout, stderr, wrong, failed } = outcome;
  if (wrong.length) return { wrong: wrong.join(", ") };
  // the number of some calls depends on timing
  if (!failed) return "not made";
  if (stackTrace.test(stderr + stdout)) return { wrong: "a stack trace" };
  const lines = stderr.split("\n").slice(0, -1);
  if (stderr && !stderr.endsWith("\n")) return { wrong: "its last line is incomplete" };
  const messages = lines.filter((line) => line.startsWith("exitsnoop: "));
  const others = lines.filter((line) => !line.startsWith("exitsnoop: ") && !line.startsWith(LIMITATION));
  // with a COMMAND, events go to stderr
  const usual = /^(Tracing|Running) |^\d+ (exits?|events?)\b|^\{"event":/;
  if (others.some((line) => !usual.test(line))) return { wrong: "a line that is no message" };
  if (messages.some((line) => !/^exitsnoop: [\x20-\x7e]+$/.test(line) || line.length > 600)) {
    return { wrong: "a message with other characters, or too long" };
  }
  if (status !== faultless.status) {
    // 126 and 127: a COMMAND that cannot be run
    if (status !== 1 && !((status === 126 || status === 127) && /cannot be run/.test(stderr)))
      return { wrong: `status ${status}` };
    if (messages.length !== 1 || lines.at(-1) !== messages[0]) return { wrong: "not one message for status 1" };
    return stdout && !faultless.stdout ? { wrong: "events" } : "refused";
  }
  const isSame = Bun.deepEquals(essence(outcome), essence(faultless));
  if (messages.length || lines.some((line) => line.startsWith(LIMITATION))) return "warned";
  return isSame ? "unharmed" : { wrong: "the output differs without a message" };
}

interface Sweep {
  scenario: Scenario;
  tried: number;
  verdicts: Record<Verdict, number>;
  /** The fault, the verdict and the messages of each wrong outcome. */
  wrong: string[];
  /** The faults by the message that they cause. */
  byMessage: Map<string, string[]>;
}

/** The faults of all sweeps so far. */
const tried = new Set<string>();

/** Injects all faults of a scenario, two at a time. */
export async function sweep(scenario: Scenario): Promise<Sweep> {
  const { args, essence, program, via } = scenario;
  const faultless = await runFailing(args, undefined, { program, via });
  const result: Sweep = {
    scenario,
    tried: 0,
    verdicts: { refused: 0, unharmed: 0, warned: 0, "not made": 0 },
    wrong: [],
    byMessage: new Map(),
  };
  if (faultless.wrong.length) throw new Error(`${scenario.name}: ${faultless.wrong.join(", ")}: ${faultless.stderr}`);
  const faults = faultsOf(faultless.calls).filter((fault) => {
    const key = `${scenario.group}: ${nameOf(fault).replaceAll(args.at(-1)!, "PACKAGE")}`;
    if (scenario.isLasting === false && fault.which.endsWith("+")) return false;
    return !scenario.except?.test(fault.call) && tried.size !== tried.add(key).size;
  });
  const queue = faults.values();
  const work = async () => {
    for (const fault of queue) {
      const outcome = await runFailing(args, fault, { program, via });
      const verdict = judge(outcome, faultless, essence);
      result.tried++;
      if (typeof verdict === "string") result.verdicts[verdict]++;
      else result.wrong.push(`${nameOf(fault)}: ${verdict.wrong}: ${(outcome.stderr + outcome.stdout).slice(0, 600)}`);
      for (const line of outcome.stderr.split("\n").filter((one) => one.startsWith("exitsnoop: "))) {
        result.byMessage.set(line, [...(result.byMessage.get(line) ?? []), nameOf(fault)]);
      }
      if (verdict === "unharmed") result.byMessage.set("", [...(result.byMessage.get("") ?? []), nameOf(fault)]);
    }
  };
  await Promise.all([work(), work()]);
  return result;
}
