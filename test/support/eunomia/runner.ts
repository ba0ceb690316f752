/** Runs a package with the real ecli or with exitsnoop, and collects its output. */
import { binary } from "../tracer.ts";
import { ecli } from "./tools.ts";

export type Tool = "ecli" | "exitsnoop";
export type Form = "plain" | "json";

export interface RunResult {
  status: number | null;
  /** The times of day are zeros, because they differ in each run. */
  stdout: string;
  stderr: string;
}

/** The time that a runner may take to attach, and to end. */
const MAX_WAIT_MS = 10_000;
const NEWLINE = 10;

export class Runner {
  #stdout: Uint8Array[] = [];
  #stderr: Uint8Array[] = [];
  #lines = 0;
  #outputEnd: Promise<unknown>;
  /** Resolves at the next output, and at the end of the process. */
  #change = Promise.withResolvers<void>();

  private constructor(readonly process: Bun.Subprocess<"ignore", "pipe", "pipe">) {
    this.#outputEnd = Promise.all([
      this.#collect(process.stdout, this.#stdout),
      this.#collect(process.stderr, this.#stderr),
    ]);
    process.exited.then(() => this.#notify());
  }

  /** Starts a package and waits until it is attached, has ended, or has failed. */
  static async start(tool: Tool, packagePath: string, form: Form, options: string[] = []): Promise<Runner> {
    const args = [...(form === "json" ? ["-j"] : []), packagePath, ...(options.length ? ["--", ...options] : [])];
    const command = tool === "ecli" ? ecli(args) : [binary, "run", ...args];
    const runner = new Runner(
      Bun.spawn(command, {
        // ecli reports that it is attached only at the log level "info"
        env: { ...process.env, RUST_LOG: "info", RUST_BACKTRACE: "0", TZ: "UTC" },
        stdin: "ignore",
        stdout: "pipe",
        stderr: "pipe",
      }),
    );
    await runner.until(() => runner.isAttached);
    return runner;
  }

  get isAttached(): boolean {
    return /Running /.test(this.stderr);
  }

  /** Whether no more output can come. ecli goes on after its reading thread has panicked. */
  get hasFailed(): boolean {
    return (
      this.process.exitCode !== null || this.process.signalCode !== null || /panicked at|^ERROR/m.test(this.stderr)
    );
  }

  /** The number of lines on stdout so far. */
  get lines(): number {
    return this.#lines;
  }

  get stderr(): string {
    return Buffer.concat(this.#stderr).toString();
  }

  /** Waits until the condition holds. Returns false if it does not in time, or never can. */
  async until(condition: () => boolean, maxMs = MAX_WAIT_MS): Promise<boolean> {
    const end = performance.now() + maxMs;
    while (!condition() && !this.hasFailed) {
      const left = end - performance.now();
      if (left <= 0) return false;
      await Promise.race([this.#change.promise, Bun.sleep(left)]);
    }
    return condition();
  }

  /** Waits until new output matches. Returns false if it does not in time. */
  async untilPrinted(pattern: RegExp, maxMs = MAX_WAIT_MS): Promise<boolean> {
    // a line may begin in the last chunk so far
    const from = Math.max(0, this.#stdout.length - 1);
    return this.until(() => pattern.test(Buffer.concat(this.#stdout.slice(from)).toString()), maxMs);
  }

  /** Sends SIGINT, and returns all output. @throws TypeError if stdout is not UTF-8. */
  async end(): Promise<RunResult> {
    this.process.kill("SIGINT");
    const timeout = setTimeout(() => this.process.kill("SIGKILL"), MAX_WAIT_MS);
    const status = await this.process.exited;
    clearTimeout(timeout);
    await this.#outputEnd;
    const stdout = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.concat(this.#stdout));
    return { status, stdout: stdout.replace(/^\d\d:\d\d:\d\d /gm, "00:00:00 "), stderr: this.stderr };
  }

  async #collect(stream: ReadableStream<Uint8Array>, chunks: Uint8Array[]): Promise<void> {
    for await (const chunk of stream) {
      chunks.push(chunk);
      if (chunks === this.#stdout) this.#lines += chunk.reduce((sum, byte) => sum + (byte === NEWLINE ? 1 : 0), 0);
      this.#notify();
    }
  }

  #notify(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }
}
