import type { FormatName, TimeForm } from "../output/index.ts";
import { UsageError } from "./errors.ts";
import type { Given } from "./parse.ts";

/** What is to be done, all options resolved: the rest of the program sees only this. */
export interface TracePlan {
  format: FormatName;
  time: TimeForm;
  hasHeader: boolean;
  hasColor: boolean;
  onlyFailed: boolean;
  /** Empty: all. */
  pids: readonly number[];
  /** Stop after that many exits. */
  count: number;
  /** Stop after that many ms. */
  duration: number;
  /** Bytes. */
  ringSize: number;
}

const RING_SIZE = 256 * 1024;

/** @param isTerminal whether stdout is one. @throws UsageError where options contradict each other. */
export function planTrace(given: Given, isTerminal: boolean, environment: NodeJS.ProcessEnv): TracePlan {
  const format = resolveFormat(given);
  return {
    format,
    time: resolveTime(given, format),
    hasHeader: !given["no-header"],
    hasColor: format === "table" && resolveColor(given, isTerminal, environment),
    onlyFailed: given.failed ?? false,
    pids: given.pid ?? [],
    count: given.count ?? Number.POSITIVE_INFINITY,
    duration: given.for ?? Number.POSITIVE_INFINITY,
    ringSize: given["ring-size"] ?? RING_SIZE,
  };
}

function resolveFormat(given: Given): FormatName {
  if (given.json && given.format && given.format !== "json") {
    throw new UsageError(`--json and --format ${given.format} contradict each other; leave one out`);
  }
  return given.json ? "json" : (given.format ?? "table");
}

function resolveTime(given: Given, format: FormatName): TimeForm {
  const asked: [string, TimeForm][] = [];
  if (given.time) asked.push([`--time ${given.time}`, given.time]);
  if (given.timestamp) asked.push(["--timestamp", "local"]);
  if (given.utc) asked.push(["--utc", "utc"]);
  const [first, ...others] = asked;
  if (!first) return "local";
  const other = others.find(([, form]) => form !== first[1]);
  if (other) throw new UsageError(`${first[0]} and ${other[0]} contradict each other; leave one out`);
  if (format !== "table") {
    throw new UsageError(
      `${first[0]} shapes the table; --format ${format} always has ${fixedTime(format)}; leave ${first[0]} out`,
    );
  }
  return first[1];
}

function fixedTime(format: FormatName): string {
  return format === "ecli" ? "the local time, as ecli prints it" : "RFC 3339 times in UTC with nanoseconds";
}

/** https://no-color.org: set and not empty. */
function resolveColor(given: Given, isTerminal: boolean, environment: NodeJS.ProcessEnv): boolean {
  if (given.color === "always") return true;
  if (given.color === "never") return false;
  return isTerminal && !environment.NO_COLOR && environment.TERM !== "dumb";
}
