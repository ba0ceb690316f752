/** Runs a package with ecli or with `exitsnoop run`. */
import { expect } from "bun:test";
import { runToEnd } from "./tracer.ts";

/** The time that attaching and printing may take. */
const TIMEOUT_MS = 20_000;

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

  /** Starts `command` and waits for its message that the programs are attached. */
  static async start(command: string[]): Promise<PackagedRun> {
    // ecli reports that it is attached only at log level "info"
    const env = { ...process.env, RUST_LOG: "info", RUST_BACKTRACE: "0", TZ: "UTC" };
    const run = new PackagedRun(Bun.spawn(command, { env, stdin: "ignore", stdout: "pipe", stderr: "pipe" }));
    const attached = Promise.withResolvers<void>();
    const listen = async () => {
      const decoder = new TextDecoder();
      for await (const chunk of run.process.stderr) {
        run.#stderr += decoder.decode(chunk, { stream: true });
        if (/^Running |Running ebpf program/m.test(run.#stderr)) attached.resolve();
      }
      attached.reject(new Error(`${command.join(" ")} ended before it was attached: ${run.#stderr}`));
    };
    listen();
    const late = setTimeout(
      () => attached.reject(new Error(`${command.join(" ")} is not attached after ${TIMEOUT_MS} ms: ${run.#stderr}`)),
      TIMEOUT_MS,
    );
    await attached.promise.finally(() => clearTimeout(late));
    return run;
  }

  /**
   * Sends SIGINT once the exits so far are printed, since ecli discards pending events then.
   * Returns the whole stdout.
   * @param isFiltered true if options exclude an exit of a child of the test with code 0
   */
  async end(isFiltered = false): Promise<string> {
    if (isFiltered) await Bun.sleep(500);
    const late = performance.now() + TIMEOUT_MS;
    while (!isFiltered && !(await this.#prints((await runToEnd(["true"])).pid))) {
      if (performance.now() > late) throw new Error("no exit is printed any more");
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
   * Waits for the line about the exit of a child of the test. Both output forms have the parent's
   * pid right after its pid.
   * @returns false if it is not printed within a second, since it may be lost
   */
  async #prints(pid: number): Promise<boolean> {
    const line = new RegExp(`\\b${pid}\\D+${process.pid}\\b`);
    const late = performance.now() + 1000;
    for (let from = Math.max(0, this.#stdout.length - 1); performance.now() < late;) {
      const chunks = this.#stdout.slice(from);
      if (line.test(chunks.join(""))) return true;
      // a line may continue in the next chunk
      from += Math.max(0, chunks.length - 1);
      await Bun.sleep(20);
    }
    return false;
  }
}
