/** Inputs that cannot be read twice: pipes, FIFOs, terminals, sockets. */
import { read, readSync } from "node:fs";
import { promisify } from "node:util";
import { TraceError } from "../errors.ts";
import { log } from "../log.ts";
import { errorReason } from "../system/files.ts";
import { PIPE_BYTES } from "../system/pipe.ts";
import type { Input, Part } from "./part.ts";
import { Pause } from "./pause.ts";
import { WriterGap } from "./writer-gap.ts";

/** The pauses until an empty pipe is read again, ms: the first one, and the longest. */
const MIN_PAUSE = 2;
const MAX_PAUSE = 50;
/** How long a stopped input is read on, ms: a writer may be faster than the exporter. */
const DRAIN_TIME = 2000;

const readAsync = promisify(read);

/** A pipe, read without blocking, so that nothing in it is lost when the exporter is stopped. */
export class PipeInput implements Input {
  readonly #buffer = new Uint8Array(PIPE_BYTES);
  readonly #pause = new Pause();
  #pauseMs = MIN_PAUSE;
  /** When a stopped input ends at the latest; undefined: it goes on. */
  #stopAt: number | undefined;
  /** True if the last line may have no end. */
  #isOpen = false;
  readonly #gap: WriterGap | undefined;
  /** The bytes that follow the line of a gap. */
  #pending: Uint8Array | undefined;

  /**
   * @param fd with O_NONBLOCK. @param hasLaterWriters true if the input goes on when there is no
   * writer: the time without one is a gap.
   */
  constructor(
    readonly fd: number,
    readonly name: string,
    readonly hasLaterWriters: boolean,
  ) {
    this.#gap = hasLaterWriters ? new WriterGap() : undefined;
  }

  async read(): Promise<Part> {
    for (;;) {
      const isStopped = this.#stopAt !== undefined;
      if (isStopped && performance.now() > this.#stopAt!) {
        log.warn(`${this.name} is not read to its end: it has a writer that goes on; its other lines are not exported`);
        return "end";
      }
      const bytes = this.#pending ?? this.#readNow();
      this.#pending = undefined;
      const gap = bytes?.length === 0 ? this.#gap?.miss() : this.#gap?.see(bytes !== undefined);
      if (gap) {
        this.#pending = bytes;
        return gap;
      }
      if (bytes && bytes.length > 0) {
        this.#pauseMs = MIN_PAUSE;
        this.#isOpen = true;
        return bytes;
      }
      if (isStopped || (bytes && !this.hasLaterWriters)) return "end";
      if (bytes && this.#isOpen) {
        this.#isOpen = false;
        return "boundary";
      }
      await this.#pause.sleep(this.#pauseMs);
      this.#pauseMs = Math.min(2 * this.#pauseMs, MAX_PAUSE);
    }
  }

  stop(): void {
    this.#stopAt ??= performance.now() + DRAIN_TIME;
    this.#pause.end();
  }

  /** Returns what is in the pipe; no bytes: it has no writer; undefined: it is empty. */
  #readNow(): Uint8Array | undefined {
    try {
      return this.#buffer.subarray(0, readSync(this.fd, this.#buffer, 0, PIPE_BYTES, null));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EAGAIN") return undefined;
      throw new TraceError(`${this.name} cannot be read any further: ${errorReason(error)}`);
    }
  }
}

/** A file, terminal or socket as stdin. Its reads wait in a thread of their own. */
export class BlockingInput implements Input {
  readonly #buffer = new Uint8Array(PIPE_BYTES);
  readonly #stopped = Promise.withResolvers<"end">();

  constructor(
    readonly fd: number,
    readonly name: string,
  ) {}

  async read(): Promise<Part> {
    return Promise.race([this.#stopped.promise, this.#readPart()]);
  }

  async #readPart(): Promise<Part> {
    for (;;) {
      try {
        const { bytesRead } = await readAsync(this.fd, this.#buffer, 0, PIPE_BYTES, null);
        return bytesRead > 0 ? this.#buffer.subarray(0, bytesRead) : "end";
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EAGAIN")
          throw new TraceError(`${this.name} cannot be read any further: ${errorReason(error)}`);
        await Bun.sleep(MAX_PAUSE);
      }
    }
  }

  stop(): void {
    this.#stopped.resolve("end");
  }
}
