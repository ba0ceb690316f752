/** Reads JSON lines and passes their events to the sinks, without privileges. */
import { TraceError } from "../errors.ts";
import { log } from "../log.ts";
import { collectGarbage, exitNow, reserveThreads } from "../system/engine.ts";
import { dropExporterPrivileges } from "../system/exporter-privileges.ts";
import { enlargePipe, PIPE_BYTES } from "../system/pipe.ts";
import { errorReason } from "../system/files.ts";
import { forbidInspection } from "../system/privileges.ts";
import { quotePath } from "../text/sanitize.ts";
import { formatSeconds } from "../trace/closing-line.ts";
import { closingText, wrongValuesText } from "./closing-text.ts";
import { Confirmations } from "./confirmations.ts";
import { Counters } from "./counters.ts";
import type { ExportedEvent } from "./event.ts";
import { openInput } from "./input.ts";
import { LineReader } from "./line-reader.ts";
import type { Input } from "./part.ts";
import type { ExportPlan } from "./plan.ts";
import type { Sink } from "./sink.ts";
import { PipeInput } from "./stream-input.ts";
import { createSinks } from "./sinks.ts";
import { openSpoolDirectory } from "./spool/directory.ts";
import { PositionKeeper } from "./spool/position-keeper.ts";
import { Spool } from "./spool/spool.ts";
import { waitForFile } from "./wait-for-file.ts";

/** How long the sinks may take at the end to send what waits, ms. */
const FLUSH_TIME = 5000;
/** How often what was sent meanwhile is confirmed, ms. */
const CONFIRM_INTERVAL = 50;
/**
 * The time in which a second signal is not one of a person, ms: if a supervisor is killed, the
 * kernel may signal its death for several of its threads.
 */
const SIGNAL_INTERVAL = 200;
/**
 * The bytes of large lines after which garbage is collected. Each leaves ten times its size: its
 * text, its values and what nested messages are made of.
 */
const MAX_LARGE_BYTES = 16 * 1024 * 1024;
const MS = 1000;
/** The status of a shell's command that a signal ended, less the signal's number. */
const KILLED = 128;
const SIGINT = 2;

/**
 * Exports events until the input ends, or a signal ends it. The order of the steps: what needs
 * rights is opened, privileges are dropped, and only then the first byte is read.
 * @returns the exit status. @throws TraceError
 */
export async function runExporter(plan: ExportPlan): Promise<number> {
  const counters = new Counters();
  if (plan.file !== undefined && plan.file !== "-") await waitForFile(plan.file);
  const spool = plan.spool && new Spool(plan.spool.directory, openSpoolDirectory(plan.spool.directory, plan.user));
  const input = openInput(plan.file, plan.startsAtEnd, spool?.position);
  const keepsPosition = input.positionBefore !== undefined;
  // at 20,000 exits a second, the usual 64 KiB of a pipe last for 2 ms
  if (input instanceof PipeInput) enlargePipe(input.fd, PIPE_BYTES);
  const sinks = await createSinks(plan, counters, spool, input);
  for (const sink of sinks) await sink.open();
  const confirmations = plan.confirms ? new Confirmations(counters, sinks) : undefined;
  const exporter = new Exporter(input, sinks, counters, spool, confirmations);
  // before privileges are dropped, which needs a handler of SIGTERM (native/core/all_threads.c)
  exporter.stopOnSignals();
  forbidInspection();
  reserveThreads();
  const rights = Object.assign({ writableDirectory: spool?.fd }, ...sinks.map((sink) => sink.rights));
  log.debug(`gave up ${dropExporterPrivileges(plan.user, rights)}`);
  if (spool && keepsPosition) reservePosition(spool);
  for (const sink of sinks) await sink.start?.();
  return exporter.run();
}

/** @throws TraceError */
function reservePosition(spool: Spool): void {
  try {
    spool.reservePosition();
  } catch (error) {
    const advice = "free some room, or name another directory";
    throw new TraceError(`the spool ${quotePath(spool.name)} cannot be written: ${errorReason(error)}; ${advice}`);
  }
}

class Exporter {
  #reader: LineReader;
  readonly #stopped = Promise.withResolvers<void>();
  #isStopping = false;
  #stoppedAt = Number.POSITIVE_INFINITY;
  /** The number of bytes that were read. */
  #bytes = 0;

  constructor(
    readonly input: Input,
    readonly sinks: readonly Sink[],
    readonly counters: Counters,
    readonly spool: Spool | undefined,
    readonly confirmations: Confirmations | undefined,
    readonly keeper = spool && sinks.every(({ name }) => name !== "otlp") ? new PositionKeeper(spool) : undefined,
  ) {
    this.#reader = new LineReader(input.name, counters);
  }

  /** True if the position in the input outlives the exporter. */
  get #keepsPosition(): boolean {
    return this.spool !== undefined && this.input.positionBefore !== undefined;
  }

  stopOnSignals(): void {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => this.#stop());
  }

  async run(): Promise<number> {
    const start = performance.now();
    log.info(`Exporting ${this.input.name} to ${this.sinks.map(({ target }) => target).join(" and ")}`);
    const timer = setInterval(() => this.confirmations?.update(), CONFIRM_INTERVAL);
    try {
      await this.#readAll();
    } finally {
      await Promise.all(this.sinks.map((sink) => sink.flush(FLUSH_TIME)));
      for (const sink of this.sinks) await sink.close();
      this.keeper?.save();
      clearInterval(timer);
      this.confirmations?.update();
      const { leftOut } = this.counters;
      for (const text of [leftOut.text(), wrongValuesText(this.counters)]) if (text) log.warn(text);
      log.info(closingText(this.counters, formatSeconds((performance.now() - start) / MS)));
    }
    return 0;
  }

  /** Ends in order; at the second signal at once. */
  #stop(): void {
    if (performance.now() - this.#stoppedAt > SIGNAL_INTERVAL) exitNow(KILLED + SIGINT);
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.#stoppedAt = performance.now();
    this.input.stop();
    this.#stopped.resolve();
  }

  async #readAll(): Promise<void> {
    const accept = (event: ExportedEvent) => {
      for (const sink of this.sinks) sink.accept(event);
    };
    this.#checkpoint();
    for (;;) {
      const part = await this.input.read();
      if (typeof part !== "string") {
        this.#bytes += part.length;
        this.#reader.read(part, accept);
      }
      // a file that is followed has the rest of its last line later, and a spool the position of it
      else if (part === "boundary" || !this.#keepsPosition) this.#reader.finish(accept);
      this.#checkpoint();
      this.#boundGarbage();
      if (part === "end") return;
      await this.#untilReady();
      if (this.#isStopping && this.sinks.some(({ isFull }) => isFull)) return this.#logRest();
    }
  }

  #logRest(): void {
    const next = this.#keepsPosition ? "goes on there" : "reads it from its start, as there is no --spool";
    log.info(`${this.input.name} is not read to its end, as what waits fills the room; the next export ${next}`);
  }

  #boundGarbage(): void {
    if (this.#reader.largeBytes < MAX_LARGE_BYTES) return;
    this.#reader.largeBytes = 0;
    collectGarbage();
  }

  #checkpoint(): void {
    const position = this.input.positionBefore?.(this.#reader.pendingBytes);
    for (const sink of this.sinks) sink.checkpoint?.(position);
    this.keeper?.checkpoint(position);
    this.confirmations?.add(this.#bytes - this.#reader.pendingBytes);
  }

  /** Lets requests be answered, and waits until each sink can keep more events, or for the end. */
  async #untilReady(): Promise<void> {
    await new Promise(setImmediate);
    for (const sink of this.sinks) if (sink.ready) await Promise.race([sink.ready(), this.#stopped.promise]);
  }
}
