import { closeSync, fstatSync } from "node:fs";
import { log, print } from "../log.ts";
import { writeAll } from "../system/files.ts";
import { describeOpenError, openOutputFile } from "../system/output-file.ts";
import { bytesOf } from "../text/byte-writer.ts";
import { quotePath } from "../text/sanitize.ts";
import { annotations } from "../views/report/annotations.ts";
import { reportMarkdown } from "../views/report/markdown.ts";
import type { ReportData } from "../views/report/report-data.ts";
import type { ReportPlan } from "./plan.ts";

/** GitHub refuses the whole summary of a step if it is larger. */
export const MAX_STEP_SUMMARY = 1024 * 1024;

/**
 * The summary and the annotations of a step of GitHub Actions. What fails here is a warning: the
 * report itself is elsewhere.
 */
export class GitHubStep {
  #fd: number | undefined;
  readonly #file: string;
  readonly #annotates: boolean;

  /** Opens the file of the summary, which needs the rights that the tracer drops. */
  constructor({ stepSummary, annotates }: ReportPlan) {
    this.#annotates = annotates;
    this.#file = stepSummary ?? "";
    if (stepSummary === undefined) return;
    try {
      this.#fd = openOutputFile(stepSummary);
    } catch (error) {
      const failure = describeOpenError(stepSummary, error).replaceAll("with --output", "in GITHUB_STEP_SUMMARY");
      log.warn(`no step summary: ${failure}`);
    }
  }

  write(data: ReportData): void {
    try {
      if (this.#fd !== undefined) this.#appendSummary(this.#fd, data);
      if (this.#annotates) print(annotations(data));
    } catch (error) {
      log.warn(`cannot report to GitHub Actions: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** Appends the report, in as much room as earlier commands of the step left. */
  #appendSummary(fd: number, data: ReportData): void {
    const room = MAX_STEP_SUMMARY - fstatSync(fd).size - 1;
    const bytes = bytesOf(`\n${reportMarkdown(data, room)}`);
    if (bytes.length > room + 1) {
      log.warn(`no step summary: ${quotePath(this.#file)} has no room for it; GitHub takes 1 MiB from a step`);
    } else if (writeAll(fd, bytes, bytes.length) !== bytes.length) {
      log.warn(`the step summary in ${quotePath(this.#file)} is not complete: it could not be written`);
    }
    closeSync(fd);
    this.#fd = undefined;
  }
}
