/** A package that is run, by ecli or by us. */
import { expect } from "bun:test";
import { runToEnd } from "./tracer.ts";

/** How long it may take until it is attached, ms. */
const PATIENCE = 20_000;

export class PackagedRun implements Disposable {
  #stderr = "";
  #stdout: string[] = [];
  #ended: Promise<void>;

  private constructor(readonly process: Bun.Subprocess<"ignore", "pipe", "pipe">) {
    this.#ended = this.#read(process.stdout);
  }

  async #read(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of stream) this.#stdout.push(decoder.decode(chunk, { stream: true }));
  }

  /** Starts it and waits until it says that it is attached. */
  static async start(command: string[]): Promise<PackagedRun> {
    // "info": ecli has no other way to say that it is attached
    const env = { ...process.env, RUST_LOG: "info", RUST_BACKTRACE: "0", TZ: "UTC" };
    const run = new PackagedRun(Bun.spawn(command, { env, stdin: "ignore", stdout: "pipe", stderr: "pipe" }));
    const attached = Promise.withResolvers<void>();
    const listen = async () => {
      const decoder = new TextDecoder();
      for await (const chunk of run.process.stderr) {
        run.#stderr += decoder.decode(chunk, { stream: true });
        if (/^Running |Running ebpf program/m.test(run.#stderr)) attached.resolve();
      }
      attached.reject(new Error(`it ended before it was attached: ${run.#stderr}`));
    };
    listen();
    const late = setTimeout(() => attached.reject(new Error(`it is not attached: ${run.#stderr}`)), PATIENCE);
    await attached.promise.finally(() => clearTimeout(late));
    return run;
  }

  /**
   * Ctrl-C, once what has happened is printed: ecli throws away what it has not got round to. All that it printed.
   * @param isFiltered whether options keep it from printing an exit with code 0 of a child of ours
   */
  async end(isFiltered = false): Promise<string> {
    if (isFiltered) await Bun.sleep(500);
    const late = performance.now() + PATIENCE;
    while (!isFiltered && !(await this.#prints((await runToEnd(["true"])).pid))) {
      if (performance.now() > late) throw new Error("it prints nothing any more");
    }
    this.process.kill("SIGINT");
    expect(await this.process.exited).toBe(0);
    await this.#ended;
    return this.#stdout.join("");
  }

  [Symbol.dispose](): void {
    this.process.kill("SIGKILL");
  }

  /**
   * Waits for the exit of a child of ours, which in both forms is named with its parent behind it.
   * @returns false where it was not printed in a second: it may be lost
   */
  async #prints(pid: number): Promise<boolean> {
    const line = new RegExp(`\\b${pid}\\D+${process.pid}\\b`);
    const late = performance.now() + 1000;
    for (let from = Math.max(0, this.#stdout.length - 1); performance.now() < late;) {
      const chunks = this.#stdout.slice(from);
      if (line.test(chunks.join(""))) return true;
      // a line may go on in the next chunk
      from += Math.max(0, chunks.length - 1);
      await Bun.sleep(20);
    }
    return false;
  }
}
