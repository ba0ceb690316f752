import { closeSync, constants, openSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";

const { O_RDONLY, O_WRONLY, O_NONBLOCK } = constants;

/** Capacity of one buffer of a pipe: pipe(7). */
const PAGE = 4096;

/** A FIFO whose path serves as a tracer's stdout, and which the test reads slowly or not at all. */
export class Pipe implements Disposable {
  readonly path: string;
  #fd: number;

  constructor(folder: string) {
    this.path = join(folder, "pipe");
    const { success, stderr } = Bun.spawnSync(["mkfifo", this.path]);
    if (!success) throw new Error(`mkfifo: ${stderr}`);
    this.#fd = openSync(this.path, O_RDONLY | O_NONBLOCK);
  }

  /** Opens the writing end with O_NONBLOCK: a write to the full pipe fails with EAGAIN. */
  openNonBlocking(): number {
    return openSync(this.path, O_WRONLY | O_NONBLOCK);
  }

  /** Fills the pipe with blank lines until it has room for only `pagesLeft` pages. */
  fill(pagesLeft = 0): void {
    const fd = this.openNonBlocking();
    const page = new Uint8Array(PAGE).fill(0x0a);
    try {
      while (writeSync(fd, page) > 0);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
    } finally {
      closeSync(fd);
    }
    if (pagesLeft) readSync(this.#fd, new Uint8Array(pagesLeft * PAGE));
  }

  /** Reads until no writer is left, with a pause of `pauseMs` after each read of 16 pages. */
  async readToEnd(pauseMs = 0): Promise<string> {
    const chunk = new Uint8Array(16 * PAGE);
    const parts: Uint8Array[] = [];
    for (;;) {
      try {
        const size = readSync(this.#fd, chunk);
        if (size === 0) return Buffer.concat(parts).toString();
        parts.push(chunk.slice(0, size));
        if (pauseMs) await Bun.sleep(pauseMs);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
        await Bun.sleep(5);
      }
    }
  }

  /** Closes the reading end, so that a write fails with EPIPE. */
  close(): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
