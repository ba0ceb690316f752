import { closeSync } from "node:fs";
import { PIPE_BYTES } from "../system/pipe.ts";
import { createPipe, pipeBytes, readSome, writeSome } from "../system/supervise.ts";
import { Messages } from "./messages.ts";
import type { Outbox } from "./outbox.ts";
import { Supervised } from "./supervised.ts";

const STDERR = 2;
const NONE = -1;
const POSITION = /^\d{1,15}$/;

/**
 * The exporter with the pipe for its lines, and the one in which it confirms them. Each run has its
 * own; what was not confirmed is in the outbox.
 */
export class ExporterLink {
  readonly process;
  /** The descriptor to write lines to; negative: there is none. */
  lines = NONE;
  /** The descriptor to read confirmations from; negative: there is none. */
  confirmations = NONE;
  /** The position of the stream at which the present exporter began. */
  #start = 0;
  /** The position up to which it had read when its pipe was closed. */
  #readAtEnd = 0;
  #text = new Messages();
  #buffer = new Uint8Array(4096);

  constructor(
    args: readonly string[],
    readonly outbox: Outbox,
  ) {
    // it sends what it has before it ends
    this.process = new Supervised("exporter", args, "SIGTERM");
  }

  /**
   * Starts the exporter. Returns false if that is impossible now.
   * @throws LibbpfError if there are no descriptors left
   */
  start(): boolean {
    this.close();
    const lines = createPipe(PIPE_BYTES, "write");
    const confirmations = createPipe(this.#buffer.length, "read", "write");
    this.#start = this.#readAtEnd = this.outbox.written;
    const isStarted = this.process.start([lines.read, confirmations.write, STDERR]);
    closeSync(confirmations.write);
    closeSync(lines.read);
    [this.lines, this.confirmations] = [lines.write, confirmations.read];
    this.#text = new Messages();
    return isStarted;
  }

  /** Writes lines as far as the pipe takes them. */
  write(): void {
    for (let bytes = this.outbox.next(); bytes && this.lines >= 0; bytes = this.outbox.next()) {
      const length = writeSome(this.lines, bytes);
      if (length === undefined) return this.closeInput();
      if (length === 0) return;
      this.outbox.advance(length);
    }
  }

  /** Reads what the exporter has confirmed. Returns false if there is nothing now. */
  readConfirmations(): boolean {
    const length = this.confirmations < 0 ? 0 : readSome(this.confirmations, this.#buffer);
    if (length === 0) this.#closeConfirmations();
    const position = length ? this.#text.add(this.#buffer.subarray(0, length)).at(-1) : undefined;
    if (position !== undefined && POSITION.test(position)) this.outbox.confirm(this.#start + Number(position));
    return Boolean(length);
  }

  /** The position up to which the present exporter has read. */
  get readPosition(): number {
    return this.lines < 0 ? this.#readAtEnd : this.outbox.written - pipeBytes(this.lines);
  }

  /** True if the present exporter has read something. */
  get hasRead(): boolean {
    return this.readPosition > this.#start;
  }

  /** Ends the stream: the exporter sends what it has and ends. */
  closeInput(): void {
    if (this.lines < 0) return;
    this.#readAtEnd = this.readPosition;
    closeSync(this.lines);
    this.lines = NONE;
  }

  /** Called when the exporter has ended. */
  close(): void {
    while (this.readConfirmations());
    this.#closeConfirmations();
    this.closeInput();
  }

  #closeConfirmations(): void {
    if (this.confirmations >= 0) closeSync(this.confirmations);
    this.confirmations = NONE;
  }
}
