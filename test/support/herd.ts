import { fixture } from "./tracer.ts";

/** Runs test/fixtures/herd.c: processes that die on command and keep their pids until disposal. */
export class Herd implements AsyncDisposable {
  #said = "";

  #words: AsyncIterator<Uint8Array>;

  private constructor(readonly process: Bun.Subprocess<"pipe", "pipe", "inherit">) {
    this.#words = process.stdout[Symbol.asyncIterator]();
  }

  /** @param words further arguments of every process. */
  static async raise(count: number, words: readonly string[] = []): Promise<Herd> {
    const child = Bun.spawn([fixture("herd"), String(count), ...words], {
      stdin: "pipe",
      stdout: "pipe",
      stderr: "inherit",
    });
    const herd = new Herd(child);
    await herd.#until("ready");
    return herd;
  }

  /** In the order of their exit codes: the n-th ends with n & 0xff. */
  get pids(): number[] {
    return this.#said.split("\n").flatMap((line) => (/^\d+$/.test(line) ? [Number(line)] : []));
  }

  /** Lets all of them end, and waits until they have. */
  async die(): Promise<void> {
    this.process.stdin.write("x");
    await this.process.stdin.flush();
    await this.#until("dead");
  }

  async #until(word: string): Promise<void> {
    while (!this.#said.endsWith(`${word}\n`)) {
      const { value, done } = await this.#words.next();
      if (done) throw new Error(`the herd is gone, ${word} it was not`);
      this.#said += new TextDecoder().decode(value);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process.stdin.end();
    await this.process.exited;
  }
}
