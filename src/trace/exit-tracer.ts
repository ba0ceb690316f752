import { openLog } from "../bpf/log.ts";
import { preloadKernelBtf } from "../bpf/min-core-btf.ts";
import { Reader } from "../bpf/reader.ts";
import { explain } from "../diagnose/explain.ts";
import { isContainerId } from "../filter/container-id.ts";
import { isVerbose, log, wrapMessages } from "../log.ts";
import { isDocument } from "../output/index.ts";
import { Recorder } from "../recorder/recorder.ts";
import { recorderSettings } from "../recorder/settings.ts";
import { raiseFdLimit } from "../system/limits.ts";
import type { RetainOptions } from "../system/privileges.ts";
import { closeScreen } from "../system/screen.ts";
import { canNameContainers, mayContainerExist } from "../system/containers.ts";
import { canReadUsers } from "../system/users.ts";
import { TracedChild } from "./child-command.ts";
import type { GitHubStep } from "./github-step.ts";
import { HoldBacks } from "./hold-backs.ts";
import { TraceLoop } from "./loop.ts";
import { importModules, type TraceModules } from "./modules.ts";
import type { Output } from "./output.ts";
import type { TracePlan } from "./plan.ts";
import { rehearse } from "./rehearsal.ts";
import { runSession, type Tracer } from "./session.ts";
import { exitedMeanwhile, requireRunning } from "./target-processes.ts";

/** Room for 35 to 40 descriptors of programs, maps and links, and for inherited ones. */
const MIN_FILES = 64;

const NO_CONTAINER_NAMES =
  "containers have no names here: there is neither /var/log/containers nor data of docker or podman, " +
  "or no process could be started that reads them; use ids: --container ID, -C container_id";

/**
 * Traces exits as planned until something ends the trace.
 * @returns the exit status. @throws TraceError, WriteError, ChildCommandError
 */
export async function trace(plan: TracePlan): Promise<number> {
  const { outputs, truncates, duration, command, columns, format } = plan;
  openLog(isVerbose());
  preloadKernelBtf();
  for (const warning of plan.warnings) log.warn(warning);
  const modules = await importModules(plan);
  requireRunning(plan.selection);
  const tracer = new ExitTracer(plan, modules);
  try {
    const document =
      plan.report?.format === "junit" ? "--report-format junit" : isDocument(format) ? `--format ${format}` : undefined;
    const hasChild = command !== undefined;
    runSession(tracer, { outputs, truncates, document, duration, hasChild, columnCount: columns.length });
  } finally {
    tracer.holdBacks.end();
    closeScreen();
    wrapMessages();
  }
  return tracer.exitStatus();
}

/** Traces the exits that the recorder records. */
class ExitTracer implements Tracer {
  /** Holds back lines while COMMAND has the terminal; without a COMMAND it does nothing. */
  readonly holdBacks = new HoldBacks();
  programs!: Recorder;
  #reader!: Reader;
  #outputs!: readonly Output[];
  #child: TracedChild | undefined;
  #loop: TraceLoop | undefined;
  #github: GitHubStep | undefined;
  #hasEarlyExits = false;
  #attachedAt = 0;

  constructor(
    readonly plan: TracePlan,
    readonly modules: TraceModules,
  ) {}

  attach(outputs: readonly Output[]): void {
    if (this.plan.report) this.#github = new this.modules.GitHubStep!(this.plan.report);
    raiseFdLimit(MIN_FILES);
    const recorder = new Recorder(recorderSettings(this.plan));
    const reader = new Reader(recorder.readerOptions, outputs);
    reader.addRing(recorder.ringFd);
    reader.gather(this.plan.latency, this.plan.isFirstAtOnce);
    recorder.attach();
    this.#attachedAt = performance.now();
    this.programs = recorder;
    this.#reader = reader;
    this.#outputs = outputs;
    this.#readEarlyExits();
  }

  fork(): void {
    if (!this.plan.command) return;
    this.#child = new TracedChild(this.plan.command, this.programs, this.modules.redactor);
    wrapMessages((fd, write) => this.holdBacks.wrap(fd, write));
    // A command that cannot start fails here: before files are emptied, and before a line says that
    // it is traced. All others start after that line, because their own output could be faster.
    if (!this.#child.canStart) this.start();
  }

  get retained(): RetainOptions {
    const { userNames, containerNames, columns } = this.plan;
    return {
      usesNss: userNames === "nss",
      namesContainers: containerNames !== "none",
      opensElf: columns.includes("crash"),
    };
  }

  announce(): void {
    const { limitations } = this.programs;
    const name = this.#child?.name;
    log.info(
      name === undefined
        ? "Tracing process exits, Ctrl-C to end"
        : `Tracing ${name} and its descendants; Ctrl-C goes to ${name}`,
    );
    if (this.plan.userNames !== "none" && !canReadUsers()) {
      log.warn(
        "/etc/passwd cannot be read after privileges are dropped (permission denied); users are shown by number",
      );
    }
    this.#checkContainerNames();
    if (limitations.length) log.info(`On this kernel ${limitations.join("; ")}`);
    const ms = Math.round(performance.now());
    log.debug(`attached ${ms} ms after the start, ring buffer of ${this.plan.ringSize} bytes`);
  }

  /** Warns of names that are not known, or not known yet. */
  #checkContainerNames(): void {
    const { containerNames, selection } = this.plan;
    if (containerNames !== "requested") return;
    if (!canNameContainers()) return log.warn(NO_CONTAINER_NAMES);
    for (const name of selection.containerNames.selected) {
      if (!isContainerId(name) && !mayContainerExist(name)) log.warn(`no container ${name} yet; waiting for it`);
    }
  }

  start(): void {
    this.#child?.start(this.#reader);
  }

  createLoop(): TraceLoop {
    const loop = new TraceLoop(
      this.plan,
      this.modules,
      this.#outputs,
      this.#reader,
      this.programs,
      this.#child,
      this.holdBacks,
      this.#attachedAt,
    );
    this.#loop = loop;
    if (this.#hasEarlyExits) loop.printBatch();
    // a command or a few exits are over before this would pay off
    if (!this.#child && this.plan.count === Number.POSITIVE_INFINITY) {
      rehearse(this.plan, this.modules, this.#reader, this.programs.ringBytes, this.#outputs[0]!.fd);
    }
    return loop;
  }

  close(): void {
    const report = this.#loop?.report;
    if (report?.end) this.#github?.write(report.data);
    this.#reader.close();
    this.programs.close();
  }

  readonly explain = explain;

  /** Returns the status of the child command, or that of --fail-on; 0 without a child command. */
  exitStatus(): number {
    return this.#loop?.failStatus ?? this.#child?.exitStatus() ?? 0;
  }

  /**
   * Reads a batch if all processes of -p have exited since requireRunning(). The batch has their
   * exits if they exited after the recorder was attached. @throws TraceError if it has none, since
   * no exit would ever be printed.
   */
  #readEarlyExits(): void {
    const error = exitedMeanwhile(this.plan.selection);
    if (!error) return;
    const reader = this.#reader;
    reader.drain();
    if (reader.end === reader.start && reader.lost + reader.missed === 0) throw error;
    this.#hasEarlyExits = true;
  }
}
