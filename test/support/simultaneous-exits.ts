import { fixture } from "./tracer.ts";

/**
 * Processes of test/fixtures/simultaneous-exits.c, which exit together on request and keep their
 * pids until disposal.
 */
export class SimultaneousExits implements AsyncDisposable {
  #output = "";
  #chunks: AsyncIterator<Uint8Array>;

  private constructor(readonly process: Bun.Subprocess<"pipe", "pipe", "inherit">) {
    this.#chunks = process.stdout[Symbol.asyncIterator]();
  }

  /** @param words further arguments of every process */
  static async start(count: number, words: readonly string[] = []): Promise<SimultaneousExits> {
    const child = Bun.spawn([fixture("simultaneous-exits"), String(count), ...words], {
      stdin: "pipe",
      stdout: "pipe",
      stderr: "inherit",
    });
    const processes = new SimultaneousExits(child);
    await processes.#until("ready");
    return processes;
  }

  /** In the order of their exit codes: the Nth process exits with N & 0xff. */
  get pids(): number[] {
    return this.#output.split("\n").flatMap((line) => (/^\d+$/.test(line) ? [Number(line)] : []));
  }

  /** Lets all processes exit, and waits until they have. */
  async exitAll(): Promise<void> {
    this.process.stdin.write("x");
    await this.process.stdin.flush();
    await this.#until("dead");
  }

  async #until(word: string): Promise<void> {
    while (!this.#output.endsWith(`${word}\n`)) {
      const { value, done } = await this.#chunks.next();
      if (done) throw new Error(`simultaneous-exits ended before it printed ${word}`);
      this.#output += new TextDecoder().decode(value);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process.stdin.end();
    await this.process.exited;
  }
}
