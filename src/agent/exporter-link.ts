import { createPipe, pipeBytes, readSome, writeSome } from "../system/supervise.ts";
import type { Stream } from "./stream.ts";
import { Supervised } from "./supervised.ts";
import { PIPE_BYTES } from "./tracer-link.ts";
import { LINE_FEED } from "../text/ascii.ts";
import { closeSync } from "node:fs";

const STDERR = 2;

/**
 * The exporter with its pipe, which outlives it: the agent keeps both ends, so that the next
 * exporter reads what the last one has left.
 */
export class ExporterLink {
  readonly process;
  readonly pipe = createPipe(PIPE_BYTES, "write");
  /** True if the pipe had no room at the last attempt to write. */
  isFull = false;

  constructor(args: readonly string[]) {
    // it sends what it has before it ends
    this.process = new Supervised("exporter", args, "SIGTERM");
  }

  start(): void {
    this.process.start([this.pipe.read, STDERR, STDERR]);
  }

  /** Writes from the stream as much as the pipe takes. */
  write(stream: Stream): void {
    const length = writeSome(this.pipe.write, stream.chunk, stream.start, stream.end);
    stream.advance(length);
    this.isFull = !stream.isEmpty;
  }

  /** Returns how many bytes of the stream exporters have read. */
  readBytes({ bytes }: Stream): number {
    return bytes - pipeBytes(this.pipe.read);
  }

  /** Ends the stream: the exporter sends what it has and ends. */
  closeInput(): void {
    closeSync(this.pipe.write);
    this.pipe.write = -1;
  }

  /** Returns how many lines no exporter will read. */
  unreadLines(): number {
    let lines = 0;
    const buffer = new Uint8Array(64 * 1024);
    while (pipeBytes(this.pipe.read) > 0) {
      const length = readSome(this.pipe.read, buffer) ?? 0;
      for (let at = 0; at < length; at++) if (buffer[at] === LINE_FEED) lines++;
    }
    return lines;
  }
}
