import { log } from "../log.ts";
import { releaseStartupMemory, reserveThreads } from "../system/engine.ts";
import { reportReady, serviceManager } from "../system/notify.ts";
import { type RetainOptions, forbidInspection, dropPrivileges } from "../system/privileges.ts";
import { stopAfter, stopOnSignals } from "../system/signals.ts";
import { excludeFromFtl } from "./jit.ts";
import { closeOutputs, openOutputs, type Output, reportAppending, requireEmpty, truncate } from "./output.ts";
import type { Destination } from "./plan.ts";

interface SessionPlan {
  outputs: readonly Destination[];
  /** True if the files of --output are emptied once the programs are attached. */
  truncates: boolean;
  /** The option of the format if its output is a document, which needs empty files. */
  document?: string | undefined;
  /** The time after which the session ends, ms. */
  duration: number;
  /** True if stop signals go to a child command while it runs. */
  hasChild: boolean;
  /** The number of columns in a line; 0: events are not printed by the writers of columns. */
  columnCount: number;
}

interface EventLoop {
  /** Prints events until a signal, a limit or a closed output ends the run. */
  run(): void;
  /** Prints the events that are left after the programs were detached, and the summary. */
  finish(): void;
}

/**
 * The steps of a run. runSession() takes them in the order in which they are declared, and passes
 * errors up to start() to explain().
 */
export interface Tracer {
  /** Loads and attaches the programs. From then on, no event is dropped without being counted. */
  attach(outputs: readonly Output[]): void;
  /** Forks the child command, which does not run yet. @throws ChildCommandError if it cannot. */
  fork?(): void;
  /** Makes the variables that are shared with the programs read-only, and detaches the programs. */
  readonly programs: { seal(): void; detach(): void };
  /** The rights that the tracer needs once the programs are attached. */
  readonly retained: RetainOptions;
  /** Reports that tracing has begun. */
  announce(): void;
  /** Starts the child command. */
  start?(): void;
  /** Writes the header. */
  createLoop(): EventLoop;
  close(): void;
  /** Turns an error of libbpf or the kernel into one that says why and what to do. */
  explain(error: unknown): unknown;
}

/**
 * Runs a tracer from start-up to its end. This is the only place that decides the order in which
 * signals are handled, programs are attached and privileges are dropped.
 * @throws TraceError, WriteError, ChildCommandError
 */
export function runSession(tracer: Tracer, plan: SessionPlan): void {
  // a COMMAND reports its own state
  const manager = plan.hasChild ? undefined : serviceManager();
  const outputs = openOutputs(plan.outputs);
  try {
    if (plan.document) requireEmpty(outputs, plan.document, plan.truncates);
    // before any fork: a child inherits it until its execve(2)
    forbidInspection();
    stopOnSignals(
      plan.hasChild,
      outputs.some(({ isFile }) => isFile),
    );
    tracer.attach(outputs);
    // threads and pipes can be created until privileges are dropped
    reserveThreads();
    // as late as possible, because the forked process only waits
    tracer.fork?.();
    // a run that cannot trace, or whose command cannot start, leaves the files as they are
    if (plan.truncates) truncate(outputs);
    if (plan.duration < Number.POSITIVE_INFINITY) stopAfter(plan.duration);
    tracer.programs.seal();
    // by a socket, which seccomp forbids later
    reportReady(manager);
    const dropped = dropPrivileges(tracer.retained);
    tracer.announce();
    reportAppending(outputs);
    log.debug(`gave up ${dropped}`);
    tracer.start?.();
  } catch (error) {
    throw tracer.explain(error);
  }
  excludeFromFtl(plan.columnCount);
  const loop = tracer.createLoop();
  releaseStartupMemory();
  loop.run();
  tracer.programs.detach();
  loop.finish();
  tracer.close();
  closeOutputs(outputs);
}
