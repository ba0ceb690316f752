import { closeSync } from "node:fs";
import type { TracePlan } from "../cli/plan.ts";
import { isVerbose, say } from "../log.ts";
import { Collector } from "../bpf/reader.ts";
import { openLog } from "../bpf/log.ts";
import { forbidInspection, giveUpPrivileges } from "../system/privileges.ts";
import { canReadUsers, letGoOfStartUp, needFiles, stopAfter, stopOnSignals, tracingBegins } from "../system/process.ts";
import { Recorder } from "../recorder/recorder.ts";
import { explain } from "../diagnose/explain.ts";
import { openOutput } from "./output.ts";
import { diedMeanwhile, requireRunning } from "./target-processes.ts";
import { recorderSettings } from "../recorder/settings.ts";
import { Tracing } from "./loop.ts";
import { TracedCommand } from "./child-command.ts";
import { excludeFromFtl } from "./jit.ts";

/** Programs, maps, links and what else is open at a time, 35 to 40 of them, and some that we were given. */
const MOST_FILES = 64;

/**
 * Traces as planned until something ends it.
 * @returns the exit status.
 * @throws TraceError, WriteError, ChildCommandError
 */
export function trace(plan: TracePlan): number {
  openLog(isVerbose());
  for (const warning of plan.warnings) say.warn(warning);
  requireRunning(plan.selection);
  const output = openOutput(plan.output);
  const { recorder, collector, command, hasBatch } = start(plan, output.fd);
  excludeFromFtl(plan.columns.length);
  const tracing = new Tracing(plan, output, collector, recorder, command);
  letGoOfStartUp();
  if (hasBatch) tracing.print();
  tracing.follow();
  recorder.detach();
  tracing.finish();
  collector.close();
  recorder.close();
  if ("file" in plan.output) closeSync(output.fd);
  return command?.exitStatus() ?? 0;
}

/** From here on nothing that dies is missed without being counted. @throws TraceError, ChildCommandError */
function start(plan: TracePlan, outFd: number) {
  try {
    forbidInspection();
    needFiles(MOST_FILES);
    stopOnSignals(plan.command !== undefined);
    const recorder = new Recorder(recorderSettings(plan));
    const collector = new Collector(recorder.intake, outFd);
    collector.addRing(recorder.ringFd);
    recorder.attach();
    const hasBatch = takeEarlyExits(plan, collector);
    // while new threads and pipes may still be made
    tracingBegins();
    // made as late as possible, so that it does not grow old waiting
    const command = plan.command && new TracedCommand(plan.command, recorder);
    if (plan.duration < Number.POSITIVE_INFINITY) stopAfter(plan.duration);
    recorder.seal();
    const namesUsers = plan.format === "table" && plan.columns.includes("uid");
    const givenUp = giveUpPrivileges({ namesUsers });
    say.info(`Tracing ${command ? `${command.name} and its descendants` : "process exits"}, Ctrl-C to end`);
    if (namesUsers && !canReadUsers()) {
      say.warn(
        "/etc/passwd cannot be read once privileges are given up (permission denied): users are shown by number",
      );
    }
    if (recorder.lacks.length) say.info(`On this kernel ${recorder.lacks.join("; ")}`);
    say.debug(`attached ${Math.round(performance.now())} ms after the start, ring buffer of ${plan.ringSize} bytes`);
    say.debug(`gave up ${givenUp}`);
    command?.go(collector);
    return { recorder, collector, command, hasBatch };
  } catch (error) {
    throw explain(error);
  }
}

/**
 * Takes a batch if all processes of -p have exited since requireRunning(). The batch has their
 * exits if they exited after the tracer was attached; otherwise there is nothing to wait for.
 * Returns true if there is a batch. @throws TraceError
 */
function takeEarlyExits(plan: TracePlan, collector: Collector): boolean {
  const error = diedMeanwhile(plan.selection);
  if (!error) return false;
  collector.drain();
  if (collector.end === collector.start && collector.lost + collector.missed === 0) throw error;
  return true;
}
