import { TraceError } from "../errors.ts";
import { log } from "../log.ts";
import type { Polled } from "../system/supervise.ts";
import { clearStopSignal, pollFiles, reapAdopted } from "../system/supervise.ts";
import { counted } from "../text/counted.ts";
import { Coverage } from "./coverage.ts";
import { ExporterLink } from "./exporter-link.ts";
import { fromMilliseconds, gapText, lostLine } from "./gap.ts";
import type { ManagerNotices } from "./manager-notices.ts";
import { Outbox } from "./outbox.ts";
import type { AgentPlan } from "./plan.ts";
import { Progress } from "./progress.ts";
import type { StateFile } from "./state-file.ts";
import { TracerLink } from "./tracer-link.ts";

/** The interval at which the state is written, ms. */
const TICK = 1000;
/** The most bytes that wait for the exporter; then the tracer waits, and counts what is lost. */
const MAX_UNWRITTEN = 8 * 1024 * 1024;
/** The number of exporters that may die over the same lines before these are left out. */
const MAX_DEATHS = 5;
/** How late a tracer that sleeps may be with what it has to write, besides --latency, ms. */
const MAX_DELAY = 250;
/** How long the tracer may take to end, ms, and the exporter to send what it has. */
const TRACER_TIMEOUT = 5000;
const EXPORTER_TIMEOUT = 15_000;
/** How long an exporter may run on after SIGTERM, ms. */
const KILL_DELAY = 2000;

const now = () => fromMilliseconds(Date.now());
const poll = (fd: number, direction: Polled["for"]): Polled => ({ fd, for: direction, isReady: false });

/** Runs a tracer and an exporter, passes lines from one to the other, and starts them again. */
export class Agent {
  readonly #outbox = new Outbox();
  readonly #tracer;
  readonly #exporter;
  readonly #coverage;
  readonly #progress;
  #nextTick = performance.now() + TICK;
  #writtenAtTick = 0;
  #isFullReported = false;
  /** The number of exporters in a row that read lines, confirmed none, and died. */
  #deathsWithoutProgress = 0;
  #confirmedAtDeath = 0;
  #isStopping = false;
  #wasEverAttached = false;

  /** @param devNull a descriptor of /dev/null. */
  constructor(
    readonly plan: AgentPlan,
    readonly state: StateFile | undefined,
    readonly manager: ManagerNotices,
    devNull: number,
  ) {
    this.#tracer = new TracerLink(plan.tracerArgs, devNull);
    this.#exporter = new ExporterLink(plan.exporterArgs, this.#outbox);
    this.#coverage = new Coverage(state?.tracedUntil);
    this.#progress = new Progress(state?.tracedUntil ?? 0n);
  }

  /** Runs until a stop signal. @throws TraceError if one of them ends before it has worked once. */
  run(): void {
    while (!this.#handleEvents(this.#startDue()));
    clearStopSignal();
    this.#stop();
  }

  /** Starts the processes whose time has come. Returns the time of the next one, or of the tick. */
  #startDue(): number {
    let next = this.#nextTick;
    // what the last tracer has written is read before the next one starts
    const idle = [this.#exporter, ...(this.#tracer.lines < 0 ? [this.#tracer] : [])];
    for (const link of idle.filter(({ process }) => !process.isRunning)) {
      if (performance.now() >= link.process.startAt && !link.start()) this.#ended(link);
      if (!link.process.isRunning) next = Math.min(next, link.process.startAt);
    }
    return next;
  }

  /** Waits for events, and handles them. Returns the stop signal, or 0. */
  #handleEvents(until: number): number {
    const outbox = this.#outbox;
    const lines = poll(this.#tracer.lines, "read");
    const messages = poll(this.#tracer.messages, "read");
    const room = poll(this.#exporter.lines, "write");
    const confirmations = poll(this.#exporter.confirmations, "read");
    const polled = [messages, confirmations];
    if (this.#hasRoom) polled.push(lines);
    if (!outbox.isWritten) polled.push(room);
    const signal = pollFiles(
      polled.filter(({ fd }) => fd >= 0),
      until - performance.now(),
    );
    // lines of a new tracer come after its message, and after the gap that it ends
    if (messages.isReady && this.#tracer.readMessages()) this.#attached();
    else if (lines.isReady) this.#read();
    if (confirmations.isReady) this.#exporter.readConfirmations();
    if (room.isReady) this.#exporter.write();
    this.#reap();
    if (performance.now() >= this.#nextTick) this.#tick();
    return signal;
  }

  /** True if more lines may be read. */
  get #hasRoom(): boolean {
    return this.#outbox.end - this.#outbox.written < MAX_UNWRITTEN;
  }

  #attached(): void {
    const time = now();
    this.#coverage.attach(time);
    // the first agent ever may die before anything is confirmed
    if (this.#progress.until === 0n) {
      this.#progress.until = time;
      this.state?.write(time);
    }
    const gap = this.#coverage.takeGap();
    if (gap) this.#outbox.insert(gap.line);
    log.info(
      this.#wasEverAttached ? "Tracing again" : "Tracing every process exit for the exporter; SIGTERM or Ctrl-C to end",
    );
    if (gap) log.warn(gapText(gap.from, gap.to));
    this.#wasEverAttached = true;
    this.manager.ready();
  }

  /** Reads lines and passes them on. Returns false if there are none now. */
  #read(): boolean {
    const isRead = this.#tracer.read(this.#outbox);
    if (isRead) {
      this.#coverage.advance(this.#outbox.lastTime);
      this.#exporter.write();
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
    if (link === this.#tracer) {
      // its last message may be the reason
      while (this.#tracer.messages >= 0 && this.#tracer.readMessages());
      this.#coverage.detach();
      this.#tracer.isAttached = false;
    } else {
      this.#exporterEnded();
    }
    if (this.#isStopping) return;
    if (!this.#wasEverAttached) throw new TraceError(`the ${name} ${fate}, so the agent ends, too`);
    const again = link === this.#exporter ? "; what it has not confirmed is passed on again" : "";
    log.warn(`the ${name} ${fate}${again}; starting it in ${Math.max(0, Math.round(startAt - performance.now()))} ms`);
  }

  #exporterEnded(): void {
    const outbox = this.#outbox;
    const { hasRead, readPosition } = this.#exporter;
    this.#exporter.close();
    this.#deathsWithoutProgress =
      outbox.confirmed > this.#confirmedAtDeath || !hasRead ? 0 : this.#deathsWithoutProgress + 1;
    const dropsRead = this.#deathsWithoutProgress === MAX_DEATHS;
    const lost = outbox.rewind((count) => lostLine(now(), count), dropsRead ? readPosition : undefined);
    if (dropsRead) this.#deathsWithoutProgress = 0;
    this.#confirmedAtDeath = outbox.confirmed;
    if (lost === 0) return;
    const reason = dropsRead
      ? `exporters died ${MAX_DEATHS} times over them without confirming one`
      : "the exporter had not confirmed them, and only 32M are kept";
    log.warn(`${counted(lost, "line")} lost: ${reason}`);
  }

  /** Called once a second: writes the state, and finds out whether the tracer is idle. */
  #tick(): void {
    this.#nextTick = performance.now() + TICK;
    const idleUntil = now() - fromMilliseconds(this.plan.latency + MAX_DELAY);
    // it does not wait for room in the pipe if that is empty, so it waits for exits, or for the
    // end of --latency
    const isIdle = this.#hasRoom && this.#tracer.isAttached && this.#tracer.isSleeping;
    if (isIdle && !this.#read()) this.#coverage.advance(idleUntil);
    this.#saveState();
    this.#reportFullPipe();
    this.manager.tick(() => this.#describe());
  }

  /** Reports that the exporter is slow, once until it has caught up. */
  #reportFullPipe(): void {
    const { isWritten, written } = this.#outbox;
    if (isWritten && this.#isFullReported) log.warn("the exporter takes lines again");
    const isStuck = !isWritten && written === this.#writtenAtTick && this.#exporter.process.isRunning;
    if (isStuck && !this.#isFullReported)
      log.warn("the exporter takes no lines; exits for which the ring buffer has no room are counted as lost");
    this.#isFullReported = !isWritten && (this.#isFullReported || isStuck);
    this.#writtenAtTick = written;
  }

  #saveState(): void {
    const time = this.#coverage.gapFrom ?? this.#coverage.until;
    if (time !== undefined) this.#progress.add(this.#outbox.end, time);
    this.#progress.update(this.#outbox.confirmed);
    if (this.#progress.until > 0n) this.state?.write(this.#progress.until);
  }

  #describe(): string {
    const restarts = this.#tracer.process.restarts + this.#exporter.process.restarts;
    const state = this.#tracer.isAttached ? "Tracing" : "Not tracing";
    return `${state}: ${counted(this.#outbox.lines, "line")} passed on, ${counted(this.#coverage.gaps, "gap")}, ${counted(restarts, "restart")}`;
  }

  /** Ends the tracer, passes on what it had, and waits until the exporter has sent that. */
  #stop(): void {
    const wasAttached = this.#tracer.isAttached;
    const stoppedAt = now();
    this.#isStopping = true;
    this.manager.stopping();
    this.#tracer.process.kill("SIGTERM");
    const isPending = () =>
      this.#tracer.process.isRunning ||
      this.#tracer.lines >= 0 ||
      (!this.#outbox.isWritten && this.#exporter.process.isRunning);
    this.#wait(TRACER_TIMEOUT, isPending);
    this.#tracer.process.kill("SIGKILL");
    this.#wait(KILL_DELAY, isPending);
    if (wasAttached && !this.#tracer.process.isRunning && this.#tracer.lines < 0) {
      this.#coverage.gapFrom = undefined;
      this.#coverage.advance(stoppedAt);
    }
    this.#exporter.closeInput();
    this.#wait(EXPORTER_TIMEOUT, () => this.#exporter.process.isRunning);
    this.#exporter.process.kill("SIGTERM");
    this.#wait(KILL_DELAY, () => this.#exporter.process.isRunning);
    this.#exporter.process.kill("SIGKILL");
    this.#saveState();
    const lost = this.#outbox.linesFrom(this.#outbox.confirmed);
    if (lost) log.warn(`${counted(lost, "line")} lost: no exporter has confirmed them`);
    log.info(this.#describe().replace(/^.*?: /, "The agent ends: "));
  }

  /** Goes on while a condition holds, for some ms at most. */
  #wait(ms: number, condition: () => boolean): void {
    const end = performance.now() + ms;
    while (condition() && performance.now() < end) this.#handleEvents(Math.min(end, this.#nextTick));
  }
}
