import type { Reader } from "../bpf/reader.ts";
import { LongArguments } from "../exit/arguments.ts";
import { Cgroups, ORIGIN_BYTES } from "../exit/cgroups.ts";
import { Timespec } from "../exit/timespec.ts";
import { Users } from "../exit/users.ts";
import { log } from "../log.ts";
import { createFormat, type Format } from "../output/index.ts";
import { Offset } from "../record/layout.ts";
import { MAX_KNOWN_CGROUPS } from "../recorder/maps.ts";
import { type Recorder } from "../recorder/recorder.ts";
import { utcOffset } from "../system/clock.ts";
import { userName, usersChanged } from "../system/users.ts";
import { ByteWriter } from "../text/byte-writer.ts";
import { argsFilter } from "./args-filter.ts";
import type { TracedChild } from "./child-command.ts";
import { ClosingLine } from "./closing-line.ts";
import { drain } from "./drain.ts";
import { DropReporter } from "./drops.ts";
import { ExitStream } from "./exit-stream.ts";
import type { Output } from "./output.ts";
import { OutputWriter } from "./output-writer.ts";
import type { TracePlan } from "./plan.ts";

/** The loop that reads batches of exits and writes their lines, with its counters. */
export class TraceLoop {
  #out = new ByteWriter();
  #outputs: OutputWriter;
  #format: Format;
  #stream: ExitStream;
  #drops: DropReporter;
  #closing: ClosingLine;
  /** The number of exits that the kernel dropped, up to the last batch. */
  #kernelDrops = 0;

  /** Writes the header. @throws WriteError */
  constructor(
    readonly plan: TracePlan,
    outputs: readonly Output[],
    readonly reader: Reader,
    readonly recorder: Pick<Recorder, "requestCgroupPath" | "ringBytes" | "untrackedTracees">,
    readonly child: TracedChild | undefined,
  ) {
    this.#outputs = new OutputWriter(outputs, "exit");
    this.#format = createFormat(plan.format, {
      ...plan,
      width: () => this.#outputs.width(),
      height: () => this.#outputs.height(),
      utcOffset,
    });
    this.#outputs.spansLines = this.#format.spansLines ?? false;
    const context = {
      cgroups: new Cgroups(MAX_KNOWN_CGROUPS * ORIGIN_BYTES, recorder.ringBytes, (id) =>
        recorder.requestCgroupPath(id),
      ),
      longArguments: new LongArguments(),
      users: new Users({ lookUp: userName, hasChanged: usersChanged }),
    };
    this.#stream = new ExitStream(reader, context, argsFilter(plan.selection.args));
    this.#closing = new ClosingLine(plan);
    this.#drops = new DropReporter(plan.ringSize);
    if (plan.hasHeader && this.#format.header) this.#outputs.writeHeader((out) => this.#format.header!(out));
  }

  /**
   * Prints exits until a signal stops the trace (--for sends one), --count is reached, the reader
   * of the output closes it, or the child command is over.
   */
  run(): void {
    const { reader, child } = this;
    while (!this.#isDone && !reader.stopSignal && !reader.isOutputClosed && !child?.isOver()) {
      reader.wait(this.#outputs.maxSleep(child?.maxSleep));
      this.printBatch();
    }
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
    this.drain();
    this.#outputs.finish();
    const { reader, recorder } = this;
    const { undelivered } = this.#outputs;
    const untracked = recorder.untrackedTracees;
    if (untracked)
      log.warn(`kernel.pid_max was raised: ${untracked} descendants, and their descendants, were not traced`);
    // every record has at least the fields of all exits, so this is an upper bound
    const unreceived = this.#isDone ? 0 : Math.ceil(reader.pending / reader.stride(Offset.oomCgroup));
    const lost = reader.lost + reader.missed + undelivered + unreceived;
    log.info(this.#closing.text(undelivered, lost));
  }

  /** Writes the exits of the reader's last batch, with a single write to each output. */
  printBatch(): void {
    const { reader } = this;
    const stream = this.#stream;
    const { exit } = stream;
    this.#outputs.reopen(reader.isReopenRequested);
    if (reader.end > reader.start) this.#format.begin?.();
    stream.beginBatch();
    while (!this.#isFull && stream.next()) {
      this.#format.exit(this.#out, exit);
      this.#closing.add(exit);
    }
    this.#outputs.flush(this.#out, true);
    this.#kernelDrops += this.#drops.update(reader.lost, reader.missed);
    this.#outputs.report();
    this.#writeDrops();
  }

  get #isDone(): boolean {
    return this.#isFull || this.#outputs.isClosed;
  }

  get #isFull(): boolean {
    return this.#closing.exits >= this.plan.count;
  }

  /** Writes a line for dropped exits to the outputs that lack them, if the format has one. */
  #writeDrops(): void {
    this.#outputs.writeDrops(this.#kernelDrops, (out, count) => {
      const ms = Date.now();
      this.#format.lost?.(out, count, new Timespec().add(Math.floor(ms / 1000), (ms % 1000) * 1_000_000));
    });
  }
}
