import { bpfInterception } from "../../bpf/features.ts";
import { explainTracingFailure } from "../../diagnose/explain.ts";
import { explainMissingNativeCore } from "../../diagnose/native-core.ts";
import { explainInterceptedBpf } from "../../diagnose/seccomp.ts";
import { LibbpfError } from "../../native/errno.ts";
import { type CheckOptions, type Finding, limited, no, yes } from "../check.ts";
import { endings, runSelfTest, type SelfTest, TIMEOUT_MS } from "../self-test.ts";

/** A record that is read later than this after its exit has a wrong time. */
const MAX_DELAY_MS = 1000;
const REPORT = "report this as a bug, with the output of exitsnoop doctor";
const untested = { attach_ms: null, deaths: 0, seen: 0 };

/** Compares the records of the child processes with what wait4() returned for them. */
function evaluate({ attachMs, children, records, hasAllGroups }: SelfTest): Finding {
  const facts = { attach_ms: attachMs, deaths: children.length, seen: records.size };
  for (const [i, { pid, status }] of children.entries()) {
    const record = records.get(pid);
    if (!record) {
      return no(
        `the exit of a test process (${endings[i]!.name}) was not recorded within ${TIMEOUT_MS / 1000} s`,
        `try again; if it fails again, ${REPORT}`,
        facts,
      );
    }
    if (record.status !== status)
      return no(`a test process ended with wait status ${status}, but ${record.status} was recorded`, REPORT, facts);
    if (Math.abs(record.delay) > MAX_DELAY_MS) {
      return limited(
        `exits are recorded, but their times are ${Math.round(record.delay / 1000)} s off`,
        "run exitsnoop outside the time namespace, or check whether the clock was just set",
        facts,
      );
    }
  }
  if (hasAllGroups && !records.get(children.at(-1)!.pid)!.isKilledByDoctor) {
    return limited("exits are recorded, but not which process sent a SIGKILL", REPORT, facts);
  }
  const names = endings.map(({ name }) => name).join(", ");
  return yes(`two test exits were recorded (${names})`, facts);
}

/** Loads and attaches the recorder as a trace does and traces two child processes. */
export function tracing({ btfFile }: CheckOptions): Finding {
  const missing = explainMissingNativeCore();
  if (missing) return no(missing.why, missing.advice, untested);
  // a filter that kills callers of bpf(2) would kill doctor in the self-test
  const kills = bpfInterception()?.errno === 0 ? explainInterceptedBpf() : undefined;
  if (kills) return no(kills.why, kills.advice, untested);
  try {
    return evaluate(runSelfTest(btfFile, true));
  } catch (error) {
    if (!(error instanceof LibbpfError)) throw error;
    const { why, advice } = explainTracingFailure(error);
    return (error.isDenied ? undefined : evaluateCoreOnly(btfFile, why)) ?? no(why, advice, untested);
  }
}

/** Repeats the self-test without the groups of fields that a kernel may not support. */
function evaluateCoreOnly(btfFile: string | undefined, why: string): Finding | undefined {
  try {
    const { state, found, facts } = evaluate(runSelfTest(btfFile, false));
    if (state !== "yes") return undefined;
    return limited(
      `${found}; but --wide does not work here: ${why}`,
      `choose columns with --columns, and ${REPORT}`,
      facts,
    );
  } catch {
    return undefined;
  }
}
