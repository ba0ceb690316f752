import type { Reader } from "../bpf/reader.ts";
import { LongArguments } from "../exit/arguments.ts";
import { Cgroups, ORIGIN_BYTES } from "../exit/cgroups.ts";
import { ContainerNameCache } from "../exit/container-names.ts";
import { OomKills } from "../exit/oom-kills.ts";
import { Senders } from "../exit/senders.ts";
import { Timespec } from "../exit/timespec.ts";
import { Users } from "../exit/users.ts";
import { log } from "../log.ts";
import type { Format } from "../output/index.ts";
import { Offset } from "../record/layout.ts";
import { MAX_KNOWN_CGROUPS } from "../recorder/maps.ts";
import { type Recorder } from "../recorder/recorder.ts";
import { utcOffset } from "../system/clock.ts";
import { containerName } from "../system/containers.ts";
import { userName, usersChanged } from "../system/users.ts";
import { ByteWriter } from "../text/byte-writer.ts";
import { counted } from "../text/counted.ts";
import type { Report } from "../views/report/report.ts";
import type { TracedChild } from "./child-command.ts";
import { ClosingLine } from "./closing-line.ts";
import { limitLookups } from "./container-lookups.ts";
import { drain } from "./drain.ts";
import { DropReporter } from "./drops.ts";
import { FailOnCounter } from "./fail-on.ts";
import { CHUNK_BYTES, MAX_HELD } from "./hold-back.ts";
import { HoldBacks } from "./hold-backs.ts";
import { ExitStream } from "./exit-stream.ts";
import type { TraceModules } from "./modules.ts";
import type { Output } from "./output.ts";
import type { LimitOutput } from "./limit-output.ts";
import { OutputWriter } from "./output-writer.ts";
import type { TracePlan } from "./plan.ts";
import { reportEnd } from "./report-end.ts";
import type { SummaryDriver } from "./summary-output.ts";
import { UnsearchedReporter } from "./unsearched.ts";
import { userSpaceFilter } from "./user-space-filter.ts";

/** The loop that reads batches of exits and writes their lines, with its counters. */
export class TraceLoop {
  #out = new ByteWriter();
  #outputs: OutputWriter;
  #format: Format;
  /** Undefined: the exits themselves are printed. */
  #summary: SummaryDriver | undefined;
  /** Undefined: all exits are printed. */
  #limit: LimitOutput | undefined;
  /** The report of exitsnoop report, whose contents are known at the end. */
  report: Report | undefined;
  #stream: ExitStream;
  #drops: DropReporter;
  #closing: ClosingLine;
  /** The number of exits that the kernel dropped, up to the last batch. */
  #kernelDrops = 0;
  /** The number of exits that were dropped while held back, as reported. */
  #reportedHeld = 0;
  #unsearched: UnsearchedReporter;
  #failOn: FailOnCounter | undefined;
  /** The exit status for an event of --fail-on; known at the end. */
  failStatus: number | undefined;

  /** Writes the header. @throws WriteError */
  constructor(
    readonly plan: TracePlan,
    readonly modules: TraceModules,
    outputs: readonly Output[],
    readonly reader: Reader,
    readonly recorder: Pick<Recorder, "requestCgroupPath" | "ringBytes" | "untrackedTracees" | "droppedCrashes">,
    readonly child: TracedChild | undefined,
    readonly holdBacks = new HoldBacks(),
    startedAt = performance.now(),
  ) {
    const held = outputs.map((output) => ({
      ...output,
      write: child ? holdBacks.wrap(output.fd, output.write, () => this.#written) : output.write,
    }));
    this.#outputs = new OutputWriter(held, "exit");
    if (plan.command?.failOn.length) this.#failOn = new FailOnCounter(plan.command.failOn);
    this.#format = this.#createFormat(startedAt, outputs[0]!.fd);
    this.#outputs.spansLines = this.#format.spansLines ?? false;
    const { limit: perSecond, latency, containerNames } = plan;
    if (perSecond) {
      const options = { perSecond, latency, hasNames: containerNames !== "none", isHeld: () => holdBacks.isHolding };
      this.#limit = new modules.LimitOutput!(this.#format, this.#outputs, options);
    }
    const context = {
      cgroups: new Cgroups(MAX_KNOWN_CGROUPS * ORIGIN_BYTES, recorder.ringBytes, (id) =>
        recorder.requestCgroupPath(id),
      ),
      longArguments: new LongArguments(),
      oomKills: new OomKills(),
      containerNames: new ContainerNameCache({ lookUp: limitLookups(containerName) }),
      senders: new Senders(),
      users: new Users({ lookUp: userName, hasChanged: usersChanged }),
      crashes: modules.RecordedCrashSites && new modules.RecordedCrashSites(),
      redactor: modules.redactor,
    };
    this.#stream = new ExitStream(reader, context, userSpaceFilter(plan.selection));
    this.#closing = new ClosingLine(plan, startedAt);
    this.#drops = new DropReporter(plan.ringSize);
    this.#unsearched = new UnsearchedReporter(modules.redactor);
    if (plan.hasHeader && this.#format.header) this.#outputs.writeHeader((out) => this.#format.header!(out));
  }

  /** @param fd the first output. */
  #createFormat(startedAt: number, fd: number): Format {
    const { plan, holdBacks } = this;
    const { Report, createFormat, createSummary } = this.modules;
    const outputs = this.#outputs;
    if (plan.report) return (this.report = new Report!(plan.report.format, plan.columns, this.child?.pid ?? 0));
    const options = { ...plan, width: () => outputs.width(), height: () => outputs.height(), utcOffset };
    if (!plan.summary) return createFormat(plan.format, options);
    const isHeld = () => holdBacks.isHolding;
    const { format, driver } = createSummary!(plan.summary, { options, outputs, fd, isHeld, startedAt });
    this.#summary = driver;
    return format;
  }

  /**
   * Prints exits until a signal stops the trace (--for sends one), --count is reached, the reader
   * of the output closes it, or the child command is over.
   */
  run(): void {
    this.#summary?.begin?.(this.reader);
    while (!this.isOver()) {
      this.reader.wait(this.maxSleep());
      this.printBatch();
      this.child?.nameSurvivors();
    }
  }

  /** Returns true once something ends the trace: see run(). */
  isOver(): boolean {
    const { reader, child } = this;
    return this.#isDone || reader.stopSignal !== 0 || reader.isOutputClosed || (child?.isOver() ?? false);
  }

  /** Returns how long the reader may wait for the next batch, ms; infinity: no limit. */
  maxSleep(): number {
    const { child } = this;
    const driver = this.#summary ?? this.#limit;
    const sleep = Math.min(this.#outputs.maxSleep(), this.holdBacks.maxSleep());
    return Math.min(sleep, child?.maxSleep() ?? sleep, driver?.maxSleep() ?? sleep);
  }

  /** Prints what is left in the ring. */
  drain(): void {
    drain(
      this.reader,
      () => this.printBatch(),
      () => this.#isDone,
    );
  }

  /** Called after the programs were detached: prints what is left in the ring, and the summary. */
  finish(): void {
    const { reader, recorder, child, holdBacks } = this;
    this.drain();
    // the lines about lost exits have all that the closing line counts
    this.#kernelDrops += this.#drops.update(reader.lost, reader.missed, true) + this.#pending;
    holdBacks.end();
    this.#reportHeldDrops();
    this.#writeDrops();
    const unwritten = this.#summary?.finish() ?? this.#limit?.finish(this.#out) ?? 0;
    if (this.report && child) this.report.end = reportEnd(this.plan, child, this.#failOn, this.#unreceived);
    if (this.#format.footer) this.#outputs.writeFooter((out) => this.#format.footer!(out));
    this.#outputs.finish();
    // one output may lack an exit that a terminal dropped
    const undelivered = Math.min(this.#outputs.undelivered + holdBacks.lost + unwritten, this.#closing.exits);
    const untracked = recorder.untrackedTracees;
    if (untracked)
      log.warn(
        `kernel.pid_max was raised: ${counted(untracked, "descendant")} of COMMAND, ` +
          "with all that came from them, were not traced",
      );
    this.#reportCrashes();
    this.#unsearched.update(true);
    const lost = this.#unreceived + undelivered;
    const orphans = child?.nameRemaining() ?? 0;
    // an exit that was not written was counted all the same
    this.failStatus = this.#failOn?.report(orphans, lost - undelivered);
    log.info(this.#closing.text(undelivered, lost, this.#limit?.reported));
  }

  /** Writes the exits of the reader's last batch, with a single write to each output. */
  printBatch(): void {
    const { reader, holdBacks } = this;
    const stream = this.#stream;
    const { exit } = stream;
    const maxBytes = holdBacks.isEmpty ? this.#outputs.maxWrite : CHUNK_BYTES;
    this.#outputs.reopen(reader.isReopenRequested);
    if (reader.end > reader.start) this.#format.begin?.();
    stream.beginBatch();
    while (!this.#isFull && stream.next()) {
      if (!this.#limit || this.#limit.admits(this.#out, exit)) this.#format.exit(this.#out, exit);
      this.#closing.add(exit);
      this.#failOn?.add(exit);
      if (this.#out.length >= maxBytes) this.#outputs.flush(this.#out, true);
    }
    this.#outputs.flush(this.#out, true);
    holdBacks.update();
    this.#reportHeldDrops();
    this.#kernelDrops += this.#drops.update(reader.lost, reader.missed);
    this.#summary?.update(reader, this.#closing.exits);
    this.#limit?.update(this.#out);
    this.#outputs.report();
    this.#unsearched.update();
    this.#writeDrops();
  }

  #reportCrashes(): void {
    const unsent = this.recorder.droppedCrashes;
    const evicted = this.#stream.exit.context.crashes?.dropped ?? 0;
    if (unsent) log.warn(`${counted(unsent, "crash site")} lost: the ring buffer was full; use a larger --ring-size`);
    if (evicted)
      log.warn(`${counted(evicted, "crash site")} lost: at most 8 MiB of them wait for their exits, for 10 minutes`);
  }

  /** The number of exits that the tracer did not receive. */
  get #unreceived(): number {
    return this.reader.lost + this.reader.missed + this.#pending;
  }

  /**
   * The largest number of exits that can be left in the ring at the end, after a record that a CPU
   * is still writing. Every record has at least the fields of all exits.
   */
  get #pending(): number {
    return this.#isDone ? 0 : Math.ceil(this.reader.pending / this.reader.stride(Offset.oomCgroup));
  }

  get #isDone(): boolean {
    return this.#isFull || this.#outputs.isClosed || (this.#summary?.isDone ?? false);
  }

  /** The number of exits in lines that were written, or that wait for it. */
  get #written(): number {
    return this.#closing.exits - (this.#limit?.pending ?? 0);
  }

  get #isFull(): boolean {
    return this.#closing.exits >= this.plan.count;
  }

  /** Reports exits that were dropped while lines were held back, once none are. */
  #reportHeldDrops(): void {
    const { lost, isHolding } = this.holdBacks;
    const added = lost - this.#reportedHeld;
    if (added <= 0 || isHolding) return;
    log.warn(
      `${counted(added, "exit")} lost: more than ${MAX_HELD / 1024} KiB of lines were held back ` +
        `while ${this.child?.name} had the terminal; -o FILE writes them to a file`,
    );
    this.#reportedHeld = lost;
  }

  /** Writes a line for dropped exits to the outputs that lack them, if the format has one. */
  #writeDrops(): void {
    // with several outputs, the others have what was dropped while held back
    const isOnly = this.plan.outputs.length === 1;
    // one line after what is held back, not one for each batch
    if (isOnly && this.holdBacks.isHolding) return;
    const drops = this.#kernelDrops + (isOnly ? this.holdBacks.lost : 0);
    if (drops + this.#outputs.lost === 0) return;
    this.#outputs.writeDrops(drops, (out, count) => {
      this.#format.lost?.(out, count, new Timespec().setMs(Date.now()));
    });
  }
}
