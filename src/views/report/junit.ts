import { termSignal, coreDumped } from "../../record/wait-status.ts";
import { escapeXml } from "./ci-text.ts";
import type { FlatFailure } from "./flatten.ts";
import { fateOf, formatTime, nameOf, outcomeOf, runningName, timesOf, verdictOf } from "./phrases.ts";
import type { ReportData } from "./report-data.ts";
import { isSame } from "./reported-process.ts";
import { reportText } from "./text.ts";

interface Case {
  group: string;
  name: string;
  ns: number;
  /** Undefined: the case passed. */
  result: { isFailure: boolean; type: string; message: string } | undefined;
}

/**
 * A report as JUnit XML: a case for COMMAND, and one for each process that failed, was killed or is
 * left running. Failed cases are what makes the exit status other than 0; the others are skipped.
 */
export function reportJunit(data: ReportData): string {
  const cases = [commandCase(data), ...failureCases(data), ...runningCases(data)];
  const failures = cases.filter(({ result }) => result?.isFailure).length;
  const skipped = cases.filter(({ result }) => result && !result.isFailure).length;
  const counts = `tests="${cases.length}" failures="${failures}" errors="0" skipped="${skipped}" time="${seconds(data.elapsedNs)}"`;
  const time = formatTime(data.time).slice(0, "2026-11-30T06:00:00".length);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="exitsnoop" ${counts}>`,
    `  <testsuite name="${escapeXml(data.command)}" timestamp="${time}" ${counts}>`,
    ...cases.map(caseXml),
    `    <system-out>${escapeXml(reportText(data)).replaceAll("&#10;", "\n")}</system-out>`,
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

const seconds = (ns: number) => (ns / 1e9).toFixed(3);

function caseXml({ group, name, ns, result }: Case): string {
  const start = `    <testcase classname="exitsnoop.${group}" name="${escapeXml(name)}" time="${seconds(ns)}"`;
  if (!result) return `${start}/>`;
  const message = escapeXml(result.message);
  const element = result.isFailure
    ? `<failure type="${escapeXml(result.type)}" message="${message}">${message}</failure>`
    : `<skipped message="${message}"/>`;
  return `${start}>${element}</testcase>`;
}

function commandCase(data: ReportData): Case {
  const { command, elapsedNs, exitStatus, found, status } = data;
  const type = found.length ? "fail-on" : status === undefined ? "running" : outcomeOf(status);
  const result = exitStatus === 0 ? undefined : { isFailure: true, type, message: verdictOf(data) };
  return { group: "command", name: command, ns: elapsedNs, result };
}

function failureCases(data: ReportData): Case[] {
  const { commandKey } = data;
  return data.failures
    .filter(({ isFailure, process }) => isFailure && !(commandKey && isSame(process, commandKey)))
    .map((failure) => {
      const { process, swallowedBy } = failure;
      const by = swallowedBy ? ` by ${nameOf(swallowedBy)}` : "";
      return {
        group: termSignal(process.status) ? "killed" : "failed",
        name: process.command,
        ns: process.durationNs,
        result: {
          isFailure: isRed(data, failure),
          type: outcomeOf(process.status),
          message: `${nameOf(process)}: ${fateOf(failure)}${by}${timesOf(process)}`,
        },
      };
    });
}

/** Returns true if a failure is one for which the exit status is not 0. */
function isRed({ status, failOn }: ReportData, { process, isSwallowed }: FlatFailure): boolean {
  if (!isSwallowed && status !== undefined) return true;
  if (termSignal(process.status) === 0) return false;
  const isCore = coreDumped(process.status);
  return (
    failOn.includes("signal") || (failOn.includes("core") && isCore) || (failOn.includes("oom") && process.isOomKill)
  );
}

function runningCases({ running, failOn }: ReportData): Case[] {
  return running.map((process) => ({
    group: "left_running",
    name: process.args || process.name || "unknown",
    ns: 0,
    result: {
      isFailure: failOn.includes("orphans"),
      type: "running",
      message: `left running: ${runningName(process)}`,
    },
  }));
}
