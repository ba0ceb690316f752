import { Timespec } from "../exit/timespec.ts";
import { shellLine } from "../output/shell-line.ts";
import type { ReportEnd } from "../views/report/report-data.ts";
import type { TracedChild } from "./child-command.ts";
import { FAILED_STATUS, type FailOnCounter } from "./fail-on.ts";
import type { TracePlan } from "./plan.ts";

/** The processes left running that a report names. */
const MAX_RUNNING = 50;

/**
 * Returns what a report needs to know about the end of a trace.
 * @param lost the number of exits that the tracer did not receive.
 */
export function reportEnd(
  { command }: TracePlan,
  child: TracedChild,
  failOn: FailOnCounter | undefined,
  lost: number,
): ReportEnd {
  const { count, processes } = child.listRemaining(MAX_RUNNING);
  const found = failOn?.found(child.orphansAmong(count)) ?? [];
  return {
    time: new Timespec().setMs(Date.now()),
    command: shellLine(child.shownWords),
    status: child.status,
    exitStatus: found.length ? FAILED_STATUS : child.exitStatus(),
    elapsedNs: 1e6 * child.elapsed,
    failOn: command!.failOn,
    found,
    lost,
    runningCount: count,
    running: processes,
  };
}
