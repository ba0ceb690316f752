import { log } from "../../log.ts";
import { counted } from "../../text/counted.ts";
import { formatSeconds } from "../../trace/closing-line.ts";
import type { SinkCounters } from "../counters.ts";
import { Backoff } from "./backoff.ts";
import type { Batch, BatchQueue } from "./batch-queue.ts";
import type { Result, Transport } from "./transport.ts";

/** The longest pause at the end that the server has not asked for, ms. */
const MAX_LAST_PAUSE = 1000;
/** How long before the end a server with a longer Retry-After gets its last request, ms. */
const LAST_ATTEMPT_TIME = 1000;
/** Requests at the same time while the server answers: one waits for the network, one is made. */
const MAX_REQUESTS = 2;
/** A server that closes the connection at this many probes in a row may answer POST alone. */
const MAX_LOST_PROBES = 3;
/** The pause until a queue that holds its batches back is asked again, ms. */
const HELD_PAUSE = 1000;
const MS = 1000;
/** The shortest time between two messages about the same trouble, ms. */
const MESSAGE_INTERVAL = 10_000;

/**
 * Sends the batches of a queue. A batch is sent until the server takes or refuses it. After a
 * failure there is one request at a time, after a pause.
 */
export class Sender {
  #requests = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #pauseEnd = Number.NEGATIVE_INFINITY;
  /** True if the server has asked for the pause. */
  #isAskedPause = false;
  /** The time of the last attempt; undefined: the end has not come. */
  #lastAttemptAt: number | undefined;
  /** When the server failed first; undefined: it answers. */
  #failingSince: number | undefined;
  #reason = "";
  /** When a failure was reported last. */
  #reportedAt = Number.NEGATIVE_INFINITY;
  /** True if the failure since #failingSince is reported. */
  #isReported = false;
  /** True if the server may have received a batch that it did not answer. */
  #needsProbe = false;
  #lostProbes = 0;
  /** Refused events that are not reported yet. */
  #refused = 0;
  #refusal = "";
  #refusedAt = Number.NEGATIVE_INFINITY;
  #isDraining = false;
  #isClosed = false;
  #idle: (() => void)[] = [];

  constructor(
    readonly queue: BatchQueue,
    readonly transport: Pick<Transport, "send" | "probe" | "close">,
    readonly counters: SinkCounters,
    /** The name of the server in messages. */
    readonly server: string,
    readonly backoff = new Backoff(),
  ) {}

  /** True while the last request has failed. */
  get isFailing(): boolean {
    return this.#failingSince !== undefined;
  }

  /** Starts requests for batches that wait, unless there is a pause. */
  pump(): void {
    const limit = this.isFailing ? 1 : MAX_REQUESTS;
    while (!this.#isClosed && !this.#isDraining && this.#timer === undefined && this.#requests < limit) {
      const batch = this.queue.take();
      if (!batch) {
        if (this.#requests === 0 && !this.queue.isEmpty) this.#timer = setTimeout(() => this.#endPause(), HELD_PAUSE);
        break;
      }
      this.#requests++;
      void this.#send(batch);
    }
    if (this.#requests === 0 && (this.queue.isEmpty || this.#isDraining)) this.#resolveIdle();
  }

  #endPause(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.pump();
  }

  /**
   * Sends what waits, for that long at most. Pauses are short, but a server that has asked for one
   * is asked earlier only for the last attempt. Resolves when nothing waits that the next exporter
   * would not have, or at the end of the time.
   */
  async finish(deadlineMs: number): Promise<void> {
    if (this.queue.isEmpty || (this.isFailing && this.queue.isSafe)) return;
    this.#lastAttemptAt = performance.now() + deadlineMs - LAST_ATTEMPT_TIME;
    if (this.#timer !== undefined && this.#isAskedPause) this.#startPause(this.#pauseEnd - performance.now());
    else this.#endPause();
    await Promise.race([this.whenIdle(), Bun.sleep(deadlineMs)]);
  }

  /** Resolves when nothing waits or is being sent, or at the end. */
  whenIdle(): Promise<void> {
    return new Promise((resolve) => {
      this.#idle.push(resolve);
      this.pump();
    });
  }

  /** Starts no request any more, and resolves when none is left. */
  drain(): Promise<void> {
    this.#isDraining = true;
    return this.whenIdle();
  }

  /** Ends the requests that are left: the server may have taken their events, or not. */
  close(): void {
    this.#isClosed = true;
    if (this.#requests > 0)
      log.warn(`otlp: ${this.server}: no answer until the end; it may have taken the events of the last request`);
    clearTimeout(this.#timer);
    this.transport.close();
    this.#logRefusals();
    this.#resolveIdle();
  }

  async #send(batch: Batch): Promise<void> {
    const startedAt = performance.now();
    const result = await this.#attempt(batch);
    this.#requests--;
    if (this.#isClosed) return;
    if (result) this.#handle(batch, result, startedAt);
    this.pump();
  }

  async #attempt(batch: Batch): Promise<Result | undefined> {
    if (this.#needsProbe) {
      const failure = await this.transport.probe();
      if (failure) this.#countLostProbe(failure);
      else this.#needsProbe = false;
      if (failure) return { ...failure, isProbe: true };
    }
    const body = this.queue.bodyOf(batch);
    return body && this.transport.send({ ...batch, body });
  }

  /** Ends the probes of a server that only closes connections. One that is silent may be frozen. */
  #countLostProbe(failure: Result): void {
    const isLost = failure.kind === "later" && failure.isUnknown === true && failure.code !== "TimeoutError";
    this.#lostProbes = isLost ? this.#lostProbes + 1 : 0;
    if (this.#lostProbes < MAX_LOST_PROBES) return;
    this.#lostProbes = 0;
    this.#needsProbe = false;
  }

  #handle(batch: Batch, result: Result, startedAt: number): void {
    switch (result.kind) {
      case "taken":
        this.#recovered(startedAt);
        this.queue.finish(batch, batch.count - result.rejected);
        if (result.rejected) this.#reportRefusal(result.rejected, result.message || "no reason given");
        return;
      case "refused":
        // the server answers, if not as wished
        this.#recovered(startedAt);
        this.counters.addFailed(result.code);
        this.queue.finish(batch, 0);
        this.#reportRefusal(batch.count, result.reason);
        return;
      case "later":
        this.counters.addFailed(result.code);
        if (result.isUnknown && !result.isProbe) this.#needsProbe = true;
        this.queue.putBack(batch);
        this.#pause(result.reason, result.afterMs);
    }
  }

  #pause(reason: string, afterMs: number | undefined): void {
    this.#failingSince ??= performance.now();
    this.#reportFailure(reason);
    // requests at the same time fail together: only a Retry-After can make the pause longer
    if (this.#timer !== undefined && afterMs === undefined) return;
    const pause = this.backoff.next(afterMs);
    if (this.#timer !== undefined && performance.now() + pause <= this.#pauseEnd) return;
    this.#isAskedPause = afterMs !== undefined;
    this.#startPause(pause);
    if (this.#lastAttemptAt !== undefined && this.queue.isSafe) this.#resolveIdle();
  }

  /** Reports a failure, but not each one of a server that takes every second request. */
  #reportFailure(reason: string): void {
    const now = performance.now();
    const isDue = this.#isReported ? reason !== this.#reason : now - this.#reportedAt >= MESSAGE_INTERVAL;
    if (!isDue) return;
    log.warn(`otlp: ${this.server}: ${reason}; events wait, and are sent again`);
    this.#reason = reason;
    this.#reportedAt = now;
    this.#isReported = true;
  }

  #startPause(planned: number): void {
    let pause = planned;
    // at the end; after the last attempt, the planned pause is beyond it
    const left = (this.#lastAttemptAt ?? Number.NEGATIVE_INFINITY) - performance.now();
    if (left > 0) pause = Math.min(this.#isAskedPause ? pause : Math.min(pause, MAX_LAST_PAUSE), left);
    clearTimeout(this.#timer);
    this.#pauseEnd = performance.now() + pause;
    this.#timer = setTimeout(() => this.#endPause(), pause);
  }

  /** Called after an answer. @param startedAt the time of its request. */
  #recovered(startedAt: number): void {
    // a request that was on its way when another one failed does not end the failure
    if (this.#failingSince !== undefined && startedAt < this.#failingSince) return;
    this.backoff.reset();
    if (this.#failingSince === undefined) return;
    const time = formatSeconds((performance.now() - this.#failingSince) / MS);
    if (this.#isReported) log.info(`otlp: ${this.server} answers again, after ${time}`);
    this.#failingSince = undefined;
    this.#isReported = false;
  }

  /** Reports refused events; the same reason not more often than each MESSAGE_INTERVAL. */
  #reportRefusal(count: number, reason: string): void {
    const isSame = reason === this.#refusal;
    if (!isSame) this.#logRefusals();
    this.#refused += count;
    this.#refusal = reason;
    if (isSame && performance.now() - this.#refusedAt < MESSAGE_INTERVAL) return;
    this.#refusedAt = performance.now();
    this.#logRefusals();
  }

  #logRefusals(): void {
    if (this.#refused)
      log.warn(`otlp: ${this.server} refused ${counted(this.#refused, "event")}: ${this.#refusal}; dropped`);
    this.#refused = 0;
  }

  #resolveIdle(): void {
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}
