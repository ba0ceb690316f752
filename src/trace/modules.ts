import type { RecordedCrashSites } from "../crash/sites.ts";
import type { Redactor } from "../exit/redactor.ts";
import type { Format, FormatOptions, Layout } from "../output/index.ts";
import { createLineFormat, isLineLayout } from "../output/line-formats.ts";
import type { Report } from "../views/report/report.ts";
import type { createSummary } from "./create-summary.ts";
import type { GitHubStep } from "./github-step.ts";
import type { LimitOutput } from "./limit-output.ts";
import type { TracePlan } from "./plan.ts";

/** Modules that only some traces need. */
export interface TraceModules {
  createFormat(layout: Layout, options: FormatOptions): Format;
  RecordedCrashSites: typeof RecordedCrashSites | undefined;
  LimitOutput: typeof LimitOutput | undefined;
  createSummary: typeof createSummary | undefined;
  Report: typeof Report | undefined;
  GitHubStep: typeof GitHubStep | undefined;
  /** Replaces secrets in arguments; undefined: without --redact. */
  redactor: Redactor | undefined;
}

/**
 * Imports the modules that a plan needs. They are half of the code, and a trace that loaded all of
 * them would see its first exit 3 ms later. @throws UsageError for a wrong expression of --redact.
 */
export async function importModules({
  format,
  groups,
  limit,
  summary,
  report,
  redact,
}: TracePlan): Promise<TraceModules> {
  return {
    createFormat: isLineLayout(format) ? createLineFormat : (await import("../output/formats.ts")).createFormat,
    RecordedCrashSites: groups.includes("crash") ? (await import("../crash/sites.ts")).RecordedCrashSites : undefined,
    LimitOutput: limit ? (await import("./limit-output.ts")).LimitOutput : undefined,
    createSummary: summary && (await import("./create-summary.ts")).createSummary,
    Report: report && (await import("../views/report/report.ts")).Report,
    GitHubStep: report && (await import("./github-step.ts")).GitHubStep,
    redactor: redact && (await createRedactor(redact)),
  };
}

async function createRedactor(expressions: readonly string[]): Promise<Redactor> {
  const { Redactor, SearchBudget } = await import("../exit/redactor.ts");
  return new Redactor(expressions, new SearchBudget());
}
