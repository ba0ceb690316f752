import { TraceError } from "../errors.ts";
import { log } from "../log.ts";
import type { Polled } from "../system/supervise.ts";
import { clearStopSignal, pollFiles, reapAdopted } from "../system/supervise.ts";
import { counted } from "../text/counted.ts";
import { Coverage } from "./coverage.ts";
import { ExporterLink } from "./exporter-link.ts";
import { formatTime, fromMilliseconds } from "./gap.ts";
import type { ManagerNotices } from "./manager-notices.ts";
import type { AgentPlan } from "./plan.ts";
import { Progress } from "./progress.ts";
import type { StateFile } from "./state-file.ts";
import { Stream } from "./stream.ts";
import { TracerLink } from "./tracer-link.ts";

/** The interval at which the state is written, ms. */
const TICK = 1000;
/** How late a tracer that sleeps may be with what it has to write, besides --latency, ms. */
const MAX_DELAY = 250;
/** How long the tracer may take to end, ms, and the exporter to send what it has. */
const TRACER_TIMEOUT = 5000;
const EXPORTER_TIMEOUT = 15_000;
/** How long an exporter may run on after SIGTERM, ms. */
const KILL_DELAY = 2000;
const MS_PER_NS = 1e-6;

const now = () => fromMilliseconds(Date.now());

/** Runs a tracer and an exporter, passes lines from one to the other, and starts them again. */
export class Agent {
  readonly #stream = new Stream();
  readonly #tracer;
  readonly #exporter;
  readonly #coverage;
  readonly #progress;
  #nextTick = performance.now() + TICK;
  #bytesAtTick = 0;
  #isFullReported = false;
  #isStopping = false;
  #wasEverAttached = false;

  /** @param nothing a descriptor of /dev/null. */
  constructor(
    readonly plan: AgentPlan,
    readonly state: StateFile | undefined,
    readonly manager: ManagerNotices,
    nothing: number,
  ) {
    this.#tracer = new TracerLink(plan.tracerArgs, nothing);
    this.#exporter = new ExporterLink(plan.exporterArgs);
    this.#coverage = new Coverage(state?.tracedUntil);
    this.#progress = new Progress(state?.tracedUntil ?? 0n);
  }

  /** Runs until a stop signal. @throws TraceError if one of them ends before it has worked once. */
  run(): void {
    while (!this.#turn(this.#startWhatIsDue()));
    clearStopSignal();
    this.#stop();
  }

  /** Starts the processes whose time has come. Returns the time of the next one, or of the tick. */
  #startWhatIsDue(): number {
    let next = this.#nextTick;
    // what the last tracer has written is passed on before the next one starts
    const idle = [this.#exporter, ...(this.#tracer.lines < 0 ? [this.#tracer] : [])];
    for (const link of idle.filter(({ process }) => !process.isRunning)) {
      if (performance.now() >= link.process.startAt) link.start();
      if (!link.process.isRunning) next = Math.min(next, link.process.startAt);
    }
    return next;
  }

  /** Waits for an event, and handles it. Returns the stop signal, or 0. */
  #turn(until: number): number {
    const lines: Polled = { fd: this.#tracer.lines, for: "read", isReady: false };
    const messages: Polled = { fd: this.#tracer.messages, for: "read", isReady: false };
    const room: Polled = { fd: this.#exporter.pipe.write, for: "write", isReady: false };
    this.#takeGap();
    const polled = [messages];
    // before it is attached, the tracer has no lines, and the gap has to be told first
    if (this.#stream.isEmpty && !this.#coverage.hasGap) polled.push(lines);
    if (!this.#stream.isEmpty) polled.push(room);
    const signal = pollFiles(
      polled.filter(({ fd }) => fd >= 0),
      until - performance.now(),
    );
    if (messages.isReady && this.#tracer.readMessages()) this.#attached();
    // not in the turn in which it became attached: a gap may have to be told first
    else if (lines.isReady) this.#read();
    if (room.isReady) this.#exporter.write(this.#stream);
    this.#reap();
    if (performance.now() >= this.#nextTick) this.#tick();
    return signal;
  }

  #attached(): void {
    this.#coverage.attach(now());
    log.info(
      this.#wasEverAttached ? "Tracing again" : "Tracing every process exit for the exporter; SIGTERM or Ctrl-C to end",
    );
    this.#wasEverAttached = true;
    this.manager.ready();
  }

  #takeGap(): void {
    const gap = this.#stream.isEmpty ? this.#coverage.takeGap() : undefined;
    if (!gap) return;
    this.#stream.insert(gap.line);
    const seconds = (Number(gap.to - gap.from) * MS_PER_NS) / 1000;
    log.warn(`no tracer ran for up to ${seconds.toFixed(1)} s, from ${formatTime(gap.from)}; the stream has a gap`);
  }

  /** Reads lines and passes them on. Returns false if there are none now. */
  #read(): boolean {
    const isRead = this.#tracer.read(this.#stream);
    if (isRead) {
      this.#coverage.advance(this.#stream.lastTime);
      this.#exporter.write(this.#stream);
    }
    return isRead;
  }

  #reap(): void {
    const links = [this.#tracer, this.#exporter];
    for (const link of links) if (link.process.reap()) this.#ended(link);
    if (process.pid === 1) reapAdopted(links.map((link) => link.process.pid));
  }

  #ended(link: TracerLink | ExporterLink): void {
    const { name, fate, startAt } = link.process;
    // its last message may be the reason
    if (link === this.#tracer) {
      while (this.#tracer.messages >= 0 && this.#tracer.readMessages());
      this.#coverage.detach();
      this.#tracer.isAttached = false;
    }
    if (this.#isStopping) return;
    if (!this.#wasEverAttached) throw new TraceError(`the ${name} ${fate}, so the agent ends, too`);
    const ms = Math.max(0, Math.round(startAt - performance.now()));
    const lost = name === "exporter" ? "; what it had read and not sent is lost" : "";
    log.warn(`the ${name} ${fate}${lost}; starting it again in ${ms} ms`);
  }

  /** Called once a second: writes the state, and finds out whether the tracer is idle. */
  #tick(): void {
    this.#nextTick = performance.now() + TICK;
    const idleUntil = now() - fromMilliseconds(this.plan.latency + MAX_DELAY);
    // it does not wait for room in the pipe if that is empty, so it waits for exits, or for the
    // end of --latency
    const isIdle = this.#tracer.isAttached && this.#tracer.isSleeping;
    if (isIdle && this.#stream.isEmpty && !this.#coverage.hasGap && !this.#read()) this.#coverage.advance(idleUntil);
    this.#saveState();
    this.#reportFullPipe();
    this.manager.tick(() => this.#describe());
  }

  /** Reports that the exporter is slow, once until it has caught up. */
  #reportFullPipe(): void {
    if (this.#stream.isEmpty) {
      if (this.#isFullReported) log.warn("the exporter takes lines again");
      this.#isFullReported = false;
    } else if (!this.#isFullReported && this.#stream.bytes === this.#bytesAtTick && this.#exporter.process.isRunning) {
      log.warn("the exporter takes no lines; exits for which the ring buffer has no room are counted as lost");
      this.#isFullReported = true;
    }
    this.#bytesAtTick = this.#stream.bytes;
  }

  #saveState(): void {
    const { until, gapFrom } = this.#coverage;
    const stream = this.#stream;
    const time = gapFrom ?? until;
    if (time !== undefined) this.#progress.add(stream.bytes + (stream.end - stream.start), time);
    this.#progress.update(this.#exporter.readBytes(stream));
    if (this.#progress.until > 0n) this.state?.write(this.#progress.until);
  }

  #describe(): string {
    const restarts = this.#tracer.process.restarts + this.#exporter.process.restarts;
    const state = this.#tracer.isAttached ? "Tracing" : "Not tracing";
    return `${state}: ${counted(this.#stream.lines, "line")} passed on, ${counted(this.#coverage.gaps, "gap")}, ${counted(restarts, "restart")}`;
  }

  /** Ends the tracer, passes on what it had, and waits until the exporter has sent that. */
  #stop(): void {
    const wasAttached = this.#tracer.isAttached;
    const stoppedAt = now();
    this.#isStopping = true;
    this.manager.stopping();
    this.#tracer.process.kill("SIGTERM");
    const isPending = () => this.#tracer.process.isRunning || this.#tracer.lines >= 0 || !this.#stream.isEmpty;
    this.#wait(TRACER_TIMEOUT, () => isPending() && this.#exporter.process.isRunning);
    this.#tracer.process.kill("SIGKILL");
    this.#wait(KILL_DELAY, () => isPending() && this.#exporter.process.isRunning);
    const isComplete = !isPending();
    if (isComplete && wasAttached) this.#coverage.gapFrom = undefined;
    if (isComplete && wasAttached) this.#coverage.advance(stoppedAt);
    const unsent = this.#stream.unwrittenLines;
    this.#exporter.closeInput();
    this.#wait(EXPORTER_TIMEOUT, () => this.#exporter.process.isRunning);
    this.#exporter.process.kill("SIGTERM");
    this.#wait(KILL_DELAY, () => this.#exporter.process.isRunning);
    this.#exporter.process.kill("SIGKILL");
    this.#saveState();
    const lost = unsent + this.#exporter.unreadLines();
    if (lost) log.warn(`${counted(lost, "line")} lost: no exporter has read them`);
    log.info(this.#describe().replace(/^.*?: /, "The agent ends: "));
  }

  /** Goes on while a condition holds, for some ms at most. */
  #wait(ms: number, condition: () => boolean): void {
    const end = performance.now() + ms;
    while (condition() && performance.now() < end) this.#turn(Math.min(end, this.#nextTick));
  }
}
