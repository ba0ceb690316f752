/** Makes each system call of a run fail once, and says what went wrong. */
import { constants } from "node:os";
import { stackTrace } from "./stack-trace.ts";
import { type Fault, nameOf, type Outcome, runFailing } from "./run-failing.ts";

export interface Scenario {
  name: string;
  args: string[];
  /** What is the same in every run that nothing is wrong with. */
  essence: (outcome: Outcome) => unknown;
  program?: string;
  /** Whether calls also fail from some moment on for good; by default they do. */
  isLasting?: boolean;
  /** Calls that are left alone. */
  except?: RegExp;
  /** Scenarios of a group take the same way: a call that one of them makes as often as another is tried once. */
  group: string;
  /** What runs the launcher: in a network of its own, say. */
  via?: string[];
}

const { EPERM, EINVAL, ENOMEM, EMFILE, EIO, EAGAIN, EBUSY, EACCES, ENOSYS, ENOSPC, E2BIG, EINTR } = constants.errno;

/** What the kernel can say to a call; the first whose pattern is met. Some are met by us otherwise than the rest: each gets its turn. */
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
  // neither has another word for a pipe or a child that is there
  [/^(child )?(wait|read pipe)/, [EINTR]],
  [/^(child )?(read|pread)/, [EIO, EINTR]],
  [/poll/, [EINTR, ENOMEM]],
  [/./, [EPERM, EINVAL, ENOSYS]],
];

/** Calls that are made again and again: the first few stand for the rest. */
const MOST_OF_A_CALL = 25;
const often = /^(read|getdents|child read) /;
const MOST_OF_OFTEN = 2;

/**
 * The runtime's own, which are none of ours, or cannot fail.
 * epoll: its event loop, which does not sleep while we trace. fstatat of an empty path: of its own descriptors.
 */
const notOurs =
  /^(epoll_|fstatat$|openat \/proc\/self\/statm|read \/proc\/#\/statm|openat \/proc\/cgroups|write stderr)/;

/** Faults for all calls that the scenario makes. */
export function faultsOf(calls: readonly string[]): Fault[] {
  const counts = new Map<string, number>();
  for (const call of calls) if (!notOurs.test(call)) counts.set(call, (counts.get(call) ?? 0) + 1);
  return [...counts].flatMap(([call, count], index) => {
    const [, choice] = errnos.find(([pattern]) => pattern.test(call))!;
    const most = often.test(call) ? MOST_OF_OFTEN : MOST_OF_A_CALL;
    // what is made once gets one errno, by its place in the list, so that all get their turn
    const ways = Array.from({ length: Math.min(count, most) }, (_, i) => ({
      call,
      which: String(i + 1),
      how: choice[(count === 1 ? index : i) % choice.length]!,
    }));
    // libbpf tries again what fails once, and goes without what it only asks for
    const lasting = count > 1 ? ways.map((fault, i) => ({ ...fault, which: `${i + 1}+` })) : [];
    // who is told to try again, does so
    return [...ways, ...lasting.filter(({ how }) => how !== EINTR && how !== EAGAIN)];
  });
}

/** How it begins to say what cannot be told. */
const LESS = "On this kernel ";

export type Verdict = "refused" | "unharmed" | "warned" | "not made";

/** @returns what is wrong, in words, or how it took it. */
export function judge(outcome: Outcome, sound: Outcome, essence: Scenario["essence"]): { wrong: string } | Verdict {
  const { status, stdout, stderr, wrong, failed } = outcome;
  if (wrong.length) return { wrong: wrong.join(", ") };
  // how often some are made is a matter of time
  if (!failed) return "not made";
  if (stackTrace.test(stderr + stdout)) return { wrong: "it speaks of its own insides" };
  const lines = stderr.split("\n").slice(0, -1);
  if (stderr && !stderr.endsWith("\n")) return { wrong: "its last line is not whole" };
  const complaints = lines.filter((line) => line.startsWith("exitsnoop: "));
  const others = lines.filter((line) => !line.startsWith("exitsnoop: ") && !line.startsWith(LESS));
  // with a COMMAND, events go to stderr
  const usual = /^(Tracing|Running) |^\d+ (exits?|events?)\b|^\{"event":/;
  if (others.some((line) => !usual.test(line))) return { wrong: "it says more than sentences" };
  if (complaints.some((line) => !/^exitsnoop: [\x20-\x7e]+$/.test(line) || line.length > 600)) {
    return { wrong: "a sentence that is none" };
  }
  if (status !== sound.status) {
    // those of a COMMAND that cannot be run
    if (status !== 1 && !((status === 126 || status === 127) && /cannot be run/.test(stderr)))
      return { wrong: `status ${status}` };
    if (complaints.length !== 1 || lines.at(-1) !== complaints[0]) return { wrong: "not one sentence for status 1" };
    return stdout && !sound.stdout ? { wrong: "events" } : "refused";
  }
  const isSame = Bun.deepEquals(essence(outcome), essence(sound));
  if (complaints.length || lines.some((line) => line.startsWith(LESS))) return "warned";
  return isSame ? "unharmed" : { wrong: "it shows something else, and does not say why" };
}

export interface Sweep {
  scenario: Scenario;
  tried: number;
  verdicts: Record<Verdict, number>;
  /** Each with the fault and what was said. */
  wrong: string[];
  /** Every sentence, with the faults that it was said for. */
  said: Map<string, string[]>;
}

/** In all sweeps so far. */
const tried = new Set<string>();

/** Two at a time. */
export async function sweep(scenario: Scenario): Promise<Sweep> {
  const { args, essence, program, via } = scenario;
  const sound = await runFailing(args, undefined, { program, via });
  const result: Sweep = {
    scenario,
    tried: 0,
    verdicts: { refused: 0, unharmed: 0, warned: 0, "not made": 0 },
    wrong: [],
    said: new Map(),
  };
  if (sound.wrong.length) throw new Error(`${scenario.name}: ${sound.wrong.join(", ")}: ${sound.stderr}`);
  const faults = faultsOf(sound.calls).filter((fault) => {
    const key = `${scenario.group}: ${nameOf(fault).replaceAll(args.at(-1)!, "PACKAGE")}`;
    if (scenario.isLasting === false && fault.which.endsWith("+")) return false;
    return !scenario.except?.test(fault.call) && tried.size !== tried.add(key).size;
  });
  const queue = faults.values();
  const work = async () => {
    for (const fault of queue) {
      const outcome = await runFailing(args, fault, { program, via });
      const verdict = judge(outcome, sound, essence);
      result.tried++;
      if (typeof verdict === "string") result.verdicts[verdict]++;
      else result.wrong.push(`${nameOf(fault)}: ${verdict.wrong}: ${(outcome.stderr + outcome.stdout).slice(0, 600)}`);
      for (const line of outcome.stderr.split("\n").filter((one) => one.startsWith("exitsnoop: "))) {
        result.said.set(line, [...(result.said.get(line) ?? []), nameOf(fault)]);
      }
      if (verdict === "unharmed") result.said.set("", [...(result.said.get("") ?? []), nameOf(fault)]);
    }
  };
  await Promise.all([work(), work()]);
  return result;
}
