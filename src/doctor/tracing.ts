import { constants } from "node:os";
import { Collector } from "../bpf/reader.ts";
import { LibbpfError } from "../native/errno.ts";
import { bpfIsIntercepted, type Loss, loseChild } from "../bpf/features.ts";
import { KillerKind, Offset, RecordKind } from "../record/layout.ts";
import { Recorder, type RecorderSettings } from "../recorder/recorder.ts";
import { RecordView } from "../record/view.ts";
import { v1Controller } from "../filter/cgroups.ts";
import { nothingSelected } from "../filter/selection.ts";
import { type Asked, type Finding, limited, no, yes } from "./check.ts";
import { interceptedBpf } from "../diagnose/denial.ts";
import { withoutNativeCore } from "./libbpf.ts";
import { explainTracingFailure } from "../diagnose/why.ts";

/** A machine that is busy killing may take that long until it tells of ours, ms. */
const PATIENCE = 2000;
const RING_SIZE = 1024 * 1024;
const NS_PER_MS = 1_000_000;
/** The kernel's clock and ours may be read that far from each other, ms. */
const CLOSE = 1000;

/** What dies, and how the tracer would say it. */
const deaths = [
  ["exit code 7", { code: 7 }],
  ["SIGKILL", { signal: constants.signals.SIGKILL }],
] as const;

const everything = ({ typesFile }: Asked): RecorderSettings => ({
  typesFile,
  ringSize: RING_SIZE,
  selection: nothingSelected,
  v1Controller: v1Controller(),
  withThreads: false,
  withKiller: true,
  withResources: true,
  withCommand: true,
  withPlace: true,
  withNamespace: true,
  onlyFamily: false,
});
/** The least that knows our children again. */
const little = (asked: Asked): RecorderSettings => ({
  ...everything(asked),
  withKiller: false,
  withResources: false,
  withCommand: false,
  withPlace: false,
});

/** What the recorder said of a child of ours. */
interface Seen {
  status: number;
  /** When the kernel says it died, against when we knew of it, ms. */
  late: number;
  isOurKill: boolean;
}

/** Loads and attaches the recorder as a trace does, lets children die, and looks for them in what it tells. @throws LibbpfError */
function trial(settings: RecorderSettings) {
  const start = performance.now();
  const recorder = new Recorder(settings);
  try {
    const collector = new Collector(recorder.intake, -1);
    collector.addRing(recorder.ringFd);
    recorder.attach();
    const attached = performance.now() - start;
    const lost = deaths.map(([, death]) => loseChild(death));
    const seen = lookFor(collector, lost);
    recorder.detach();
    collector.close();
    return { attached, lost, seen, knowsKillers: settings.withKiller };
  } finally {
    recorder.close();
  }
}

function lookFor(collector: Collector, lost: readonly Loss[]): Map<number, Seen> {
  const seen = new Map<number, Seen>();
  const record = new RecordView(collector.bytes, collector.view);
  const end = performance.now() + PATIENCE;
  while (seen.size < lost.length && performance.now() < end) {
    collector.wait(Math.max(1, Math.ceil(end - performance.now())));
    const boot = Date.now() - collector.wallSeconds * 1000 - collector.wallNanoseconds / NS_PER_MS;
    for (let at = collector.start; at < collector.end; at = collector.next(at)) {
      if (record.moveTo(at).kind !== RecordKind.exit) continue;
      const pid = record.u32(Offset.localPid);
      if (!lost.some((loss) => loss.pid === pid)) continue;
      const died = (record.diedAtHigh * 2 ** 32 + record.diedAtLow) / NS_PER_MS;
      const isOurKill = record.killerKind === KillerKind.process && record.killerPid === record.ppid;
      seen.set(pid, { status: record.status, late: boot - died, isOurKill });
    }
  }
  return seen;
}

function judge({ attached, lost, seen, knowsKillers }: ReturnType<typeof trial>): Finding {
  const ms = Math.round(attached);
  const facts = { attach_ms: ms, deaths: lost.length, seen: seen.size };
  const missed = lost.findIndex(({ pid }) => !seen.has(pid));
  if (missed >= 0) {
    return no(
      `a child of ours died (${deaths[missed]![0]}) and was not seen in ${PATIENCE / 1000} s`,
      "try again; where it stays so, report it",
      facts,
    );
  }
  for (const { pid, status } of lost) {
    const told = seen.get(pid)!;
    if (told.status !== status) {
      return no(
        `a child of ours died with status ${status}, and ${told.status} was seen`,
        "report it, with the kernel's version",
        facts,
      );
    }
    if (Math.abs(told.late) > CLOSE) {
      const found = `the deaths of our children are seen as they were, but ${Math.round(told.late / 1000)} s from when they died`;
      return limited(
        found,
        "times are wrong by that: run it outside of the time namespace, or see whether the clock was just set",
        facts,
      );
    }
  }
  const killed = seen.get(lost.at(-1)!.pid)!;
  if (knowsKillers && !killed.isOurKill) {
    return limited(
      "the deaths of our children are seen as they were, but not who killed the last one: we did",
      "report it, with the kernel's version",
      facts,
    );
  }
  const found = `two children of ours died, and were seen as wait4() says: ${deaths.map(([how]) => how).join(", ")}; attached in ${ms} ms`;
  return yes(found, facts);
}

/** The truth of all that stands above: whether exits are seen. */
export function tracing(asked: Asked): Finding {
  const nothing = { attach_ms: null, deaths: 0, seen: 0 };
  const missing = withoutNativeCore();
  if (missing) return no(missing.why, missing.advice, nothing);
  // the recorder would be killed with us
  const intercepted = bpfIsIntercepted()?.errno === 0 ? interceptedBpf() : undefined;
  if (intercepted) return no(intercepted.why, intercepted.advice, nothing);
  try {
    return judge(trial(everything(asked)));
  } catch (error) {
    const failed = refusal(error);
    if (failed.state !== "no" || !(error instanceof LibbpfError) || error.isDenied) return failed;
    try {
      const { state, found, facts } = judge(trial(little(asked)));
      if (state !== "yes") return failed;
      return limited(
        `${found}; but with nothing else of their lives: ${failed.found}`,
        "name columns with --columns; report it, with the kernel's version",
        facts,
      );
    } catch {
      return failed;
    }
  }
}

function refusal(error: unknown): Finding {
  const facts = { attach_ms: null, deaths: 0, seen: 0 };
  if (!(error instanceof LibbpfError)) throw error;
  const { why, advice } = explainTracingFailure(error);
  return no(why, advice, facts);
}
