import { closeSync, writeSync } from "node:fs";
import { isQuiet } from "../log.ts";
import { PIPE_BYTES } from "../system/pipe.ts";
import { statFields } from "../system/procfs.ts";
import { createPipe, readSome } from "../system/supervise.ts";
import { Messages } from "./messages.ts";
import type { Outbox } from "./outbox.ts";
import { Supervised } from "./supervised.ts";

const STDERR = 2;
const NONE = -1;
/** The tracer's message that its programs are attached. */
const ATTACHED = /^Tracing /;

/** The tracer with the pipes for its lines and its messages, which each run has of its own. */
export class TracerLink {
  readonly process;
  /** True once every exit is printed or counted as lost. */
  isAttached = false;
  /** The descriptors to read lines and messages from; negative: there are none. */
  lines = NONE;
  messages = NONE;
  #text = new Messages();
  #buffer = new Uint8Array(16 * 1024);

  /** @param devNull a descriptor of /dev/null. */
  constructor(
    args: readonly string[],
    readonly devNull: number,
  ) {
    // nothing of it can be saved: its reader is gone
    this.process = new Supervised("tracer", args, "SIGKILL");
  }

  /**
   * Starts the tracer. Returns false if that is impossible now.
   * @throws LibbpfError if there are no descriptors left
   */
  start(): boolean {
    this.close();
    const lines = createPipe(PIPE_BYTES, "read");
    const messages = createPipe(PIPE_BYTES, "read");
    const isStarted = this.process.start([this.devNull, lines.write, messages.write]);
    // the end of the pipe shows that no process can write any more
    closeSync(lines.write);
    closeSync(messages.write);
    [this.lines, this.messages] = [lines.read, messages.read];
    this.#text = new Messages();
    return isStarted;
  }

  /** Reads lines into the outbox. Returns false if there are none now. */
  read(outbox: Outbox): boolean {
    const length = this.lines < 0 ? 0 : readSome(this.lines, outbox.buffer);
    if (length === 0) this.#closeLines();
    if (length) outbox.add(length);
    return Boolean(length);
  }

  /** Passes messages on. Returns true if one of them said that the tracer is attached. */
  readMessages(): boolean {
    const length = readSome(this.messages, this.#buffer);
    if (length === 0) {
      closeSync(this.messages);
      this.messages = NONE;
    }
    const wasAttached = this.isAttached;
    for (const line of length ? this.#text.add(this.#buffer.subarray(0, length)) : []) {
      if (ATTACHED.test(line) && !this.isAttached) this.isAttached = true;
      else passOn(line);
    }
    return this.isAttached && !wasAttached;
  }

  /** True if the tracer sleeps, which it only does while it has written what it had read. */
  get isSleeping(): boolean {
    try {
      return this.process.isRunning && statFields(this.process.pid)[0] === "S";
    } catch {
      // /proc may be hidden: then only lines show until when it has traced
      return false;
    }
  }

  /** Called when the process has ended and its lines were read. */
  close(): void {
    this.isAttached = false;
    this.#closeLines();
    if (this.messages >= 0) closeSync(this.messages);
    this.messages = NONE;
  }

  #closeLines(): void {
    if (this.lines >= 0) closeSync(this.lines);
    this.lines = NONE;
  }
}

/** Passes a message on; with --quiet only an error or a warning, which has the program's name. */
function passOn(line: string): void {
  if (isQuiet() && !line.startsWith("exitsnoop: ")) return;
  try {
    writeSync(STDERR, `${line}\n`);
  } catch {
    // as for the agent's own messages: that cannot be reported
  }
}
