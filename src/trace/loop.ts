import type { TracePlan } from "../cli/plan.ts";
import { say } from "../log.ts";
import { LongArguments } from "../exit/arguments.ts";
import { Cgroups, ORIGIN_BYTES } from "../exit/cgroups.ts";
import { Exit } from "../exit/exit.ts";
import { Span } from "../exit/timespec.ts";
import { Users } from "../exit/users.ts";
import type { Collector } from "../bpf/reader.ts";
import { terminalWidth, userName, usersChanged, utcOffset, writeAll } from "../system/process.ts";
import { ByteWriter, createFormat, type Format, Sink } from "../output/index.ts";
import { Offset, RecordKind } from "../record/layout.ts";
import { CGROUP_GENERATION, type Recorder } from "../recorder/recorder.ts";
import { RecordView } from "../record/view.ts";
import { DropReporter } from "./drops.ts";
import { drain } from "./drain.ts";
import { WriteFailureReporter } from "./write-failures.ts";
import type { Output } from "./output.ts";
import type { TracedCommand } from "./child-command.ts";

/** The loop from batch to output, and what it counts. */
export class Tracing {
  #out = new ByteWriter();
  #sink: Sink;
  #format: Format;
  #exit: Exit;
  #cgroups: Cgroups;
  #users = new Users({ lookUp: userName, hasChanged: usersChanged });
  #longArguments = new LongArguments();
  #losses: DropReporter;
  #failures: WriteFailureReporter;
  #seen = 0;
  /** The number of exits that the kernel could not send and that were reported already. */
  #lostBefore = 0;
  /** The number of lost exits that a line of the output reported. */
  #lostTold = 0;

  constructor(
    readonly plan: TracePlan,
    output: Output,
    readonly collector: Collector,
    recorder: Pick<Recorder, "forgetCgroup" | "ringBytes">,
    readonly command: TracedCommand | undefined,
  ) {
    this.#sink = new Sink(output.name, (bytes, length) => writeAll(output.fd, bytes, length));
    this.#format = createFormat(plan.format, {
      columns: plan.columns,
      time: plan.time,
      color: plan.hasColor,
      sentence: plan.showKiller,
      width: () => terminalWidth(output.fd),
      utcOffset,
    });
    this.#cgroups = new Cgroups(CGROUP_GENERATION * ORIGIN_BYTES, recorder.ringBytes, (id) =>
      recorder.forgetCgroup(id),
    );
    this.#exit = new Exit(new RecordView(collector.bytes, collector.view), {
      cgroups: this.#cgroups,
      longArguments: this.#longArguments,
      users: this.#users,
    });
    this.#losses = new DropReporter(plan.ringSize);
    this.#failures = new WriteFailureReporter(this.#sink, "exit");
    if (plan.hasHeader) this.#format.header?.(this.#out);
    this.#sink.flush(this.#out, false);
  }

  /** Until a signal (of ours after --for), the count, a reader that went away, or the end of the command's family. */
  follow(): void {
    const { collector, command } = this;
    while (!this.#isDone && !collector.stopSignal && !collector.readerGone && !command?.isOver()) {
      collector.wait(this.#failures.patience(command?.patience));
      this.print();
    }
  }

  /** What is in the ring, however long the reader takes for it. */
  drain(): void {
    const { collector } = this;
    drain(
      collector,
      () => this.print(),
      () => this.#isDone,
    );
  }

  /** What was in the ring when the programs were detached, and the closing line. */
  finish(): void {
    const { collector } = this;
    this.drain();
    this.#failures.update(true);
    const { unread, lost: unwritten } = this.#sink;
    if (unread) say.warn(`the reader of ${this.#sink.name} had stopped reading: ${unread} exits were given up`);
    const strays = this.command?.strays ?? 0;
    if (strays) say.warn(`kernel.pid_max was raised: ${strays} descendants, and theirs, were not followed`);
    // no record is smaller than the part that every exit has
    const stuck = this.#isDone ? 0 : Math.ceil(collector.pending / collector.stride(Offset.oomCgroup));
    const seen = this.#seen - unread - unwritten;
    const lost = collector.lost + collector.missed + unread + unwritten + stuck;
    say.info(`${seen} ${this.plan.withThreads ? "thread " : ""}${seen === 1 ? "exit" : "exits"}, ${lost} lost`);
  }

  get #isDone(): boolean {
    return this.#isFull || this.#sink.isClosed;
  }

  get #isFull(): boolean {
    return this.#seen >= this.plan.count;
  }

  /** One batch: every exit becomes a line, all lines one write. */
  print(): void {
    const { collector } = this;
    const exit = this.#exit;
    const { record } = exit;
    const { wallSeconds, wallNanoseconds, end } = collector;
    this.#users.beginBatch();
    if (end > collector.start) this.#format.begin?.();
    this.#cgroups.beginBatch(end - collector.start);
    for (let at = collector.start; at < end && !this.#isFull; at = collector.next(at)) {
      record.moveTo(at);
      if (record.kind === RecordKind.exit) {
        exit.update(wallSeconds, wallNanoseconds);
        this.#format.exit(this.#out, exit);
        this.#seen++;
      } else if (record.kind === RecordKind.cgroup) {
        this.#cgroups.add(record);
      } else {
        this.#longArguments.add(record);
      }
    }
    this.#sink.flush(this.#out, true);
    this.#lostBefore += this.#losses.take(collector.lost, collector.missed);
    this.#failures.update();
    this.#tellLost();
  }

  /**
   * Writes the line for lost exits, if the format has one, once no older line waits to be written.
   */
  #tellLost(): void {
    const lost = this.#lostBefore + this.#sink.lost - this.#lostTold;
    if (lost <= 0 || this.#sink.isWaiting) return;
    this.#format.lost?.(this.#out, lost, now());
    this.#lostTold += lost;
    this.#sink.flush(this.#out, false);
  }
}

function now(): Span {
  const span = new Span();
  const ms = Date.now();
  span.seconds = Math.floor(ms / 1000);
  span.nanoseconds = (ms % 1000) * 1_000_000;
  return span;
}
