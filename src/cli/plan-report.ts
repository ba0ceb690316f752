import { UsageError } from "../errors.ts";
import type { Destination, TracePlan } from "../trace/plan.ts";
import type { ReportFormat } from "../views/report/report-data.ts";
import { reportColumns } from "../views/report/reported-process.ts";
import type { Host } from "./host.ts";
import type { reportOptions } from "./options/index.ts";
import type { ParsedOptions } from "./parse.ts";
import { planTrace } from "./plan.ts";
import { areTerminals } from "./plan-output.ts";

const STDOUT = 1;
const STDERR = 2;
/** How long descendants may end after COMMAND without being left running, ms. */
const GRACE = 500;
/** How long exits gather before they are read, ms; the end of COMMAND is noticed at once. */
const LATENCY = 1000;

/** Resolves the options of `exitsnoop report`. @throws UsageError */
export function planReport(
  given: ParsedOptions<typeof reportOptions>,
  command: string[] | undefined,
  host: Host,
): TracePlan {
  if (!command) throw new UsageError("report needs a COMMAND: exitsnoop report -- npm test");
  const { "report-format": chosen, "no-crash": noCrash, ...parsed } = given;
  const columns = noCrash ? reportColumns.filter((key) => key !== "crash") : reportColumns;
  const plan = planTrace({ parsed: { ...parsed, columns: [...columns] }, command }, host);
  const { GITHUB_STEP_SUMMARY, GITHUB_ACTIONS } = host.environment;
  return {
    ...plan,
    // its columns are those of a table, of which no line is written
    format: "table",
    hasHeader: false,
    showCrash: false,
    latency: LATENCY,
    isFirstAtOnce: false,
    command: { ...plan.command!, grace: GRACE },
    report: {
      format: chosen ?? defaultFormat(plan.outputs, host),
      stepSummary: GITHUB_STEP_SUMMARY || undefined,
      annotates: GITHUB_ACTIONS === "true" && !plan.outputs.some((output) => "fd" in output && output.fd === STDOUT),
    },
  };
}

/** A report between the messages of COMMAND is for people, one in a file may be for a page. */
function defaultFormat(outputs: readonly Destination[], host: Host): ReportFormat {
  const isAmongMessages = outputs.every((output) => "fd" in output && output.fd === STDERR);
  return isAmongMessages || areTerminals(outputs, host) ? "text" : "markdown";
}
