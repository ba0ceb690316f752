import { closeSync, constants, openSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";

const { O_RDONLY, O_WRONLY, O_NONBLOCK } = constants;

/** What one of a pipe's buffers holds: pipe(7). */
const PAGE = 4096;

/** A pipe that the test reads when it likes, or not at all. Its path is a tracer's stdout. */
export class Pipe implements Disposable {
  readonly path: string;
  #fd: number;

  constructor(folder: string) {
    this.path = join(folder, "pipe");
    const { success, stderr } = Bun.spawnSync(["mkfifo", this.path]);
    if (!success) throw new Error(`mkfifo: ${stderr}`);
    this.#fd = openSync(this.path, O_RDONLY | O_NONBLOCK);
  }

  /** The writer's end, which does not wait when the pipe is full. */
  openNonBlocking(): number {
    return openSync(this.path, O_WRONLY | O_NONBLOCK);
  }

  /** Writes blank lines until the pipe takes no more, or no more than that many pages. */
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

  /** Reads until no writer is left, with a pause after each buffer of that many ms: 0 is as fast as it comes. */
  async readToEnd(pause = 0): Promise<string> {
    const chunk = new Uint8Array(16 * PAGE);
    const parts: Uint8Array[] = [];
    for (;;) {
      try {
        const size = readSync(this.#fd, chunk);
        if (size === 0) return Buffer.concat(parts).toString();
        parts.push(chunk.slice(0, size));
        if (pause) await Bun.sleep(pause);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
        await Bun.sleep(5);
      }
    }
  }

  /** The reader goes away. */
  close(): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
