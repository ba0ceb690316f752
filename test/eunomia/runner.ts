/** A package that runs, in the real ecli or in exitsnoop. */
import { binary } from "../support/tracer.ts";
import { ecli } from "./tools.ts";

export type Name = "ecli" | "ours";
export type Form = "plain" | "json";

export interface Ended {
  status: number | null;
  /** Times of day are all zeros: each run has its own. */
  stdout: string;
  stderr: string;
}

/** How long either may take to attach or to end, ms. */
const PATIENCE = 10_000;

export class Runner {
  #stdout: Uint8Array[] = [];
  #stderr: Uint8Array[] = [];
  #lines = 0;
  #drained: Promise<unknown>;
  #changed = Promise.withResolvers<void>();

  private constructor(
    readonly name: Name,
    readonly process: Bun.Subprocess<"ignore", "pipe", "pipe">,
  ) {
    this.#drained = Promise.all([this.#hear(process.stdout, this.#stdout), this.#hear(process.stderr, this.#stderr)]);
    process.exited.then(() => this.#tell());
  }

  /** Starts it and waits until it is attached, or has ended, or cannot go on. */
  static async start(name: Name, packagePath: string, form: Form, options: string[] = []): Promise<Runner> {
    const args = [...(form === "json" ? ["-j"] : []), packagePath, ...(options.length ? ["--", ...options] : [])];
    const command = name === "ecli" ? ecli(args) : [binary, "run", ...args];
    const runner = new Runner(
      name,
      Bun.spawn(command, {
        // "info": ecli has no other way to say that it is attached
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

  /** Whether it has ended, or (ecli) has lost the thread that reads, and only looks as if it ran. */
  get isLost(): boolean {
    return (
      this.process.exitCode !== null || this.process.signalCode !== null || /panicked at|^ERROR/m.test(this.stderr)
    );
  }

  /** Lines printed so far. */
  get lines(): number {
    return this.#lines;
  }

  get stderr(): string {
    return Buffer.concat(this.#stderr).toString();
  }

  /** Waits until the condition holds or never will; false where it does not. */
  async until(condition: () => boolean, patience = PATIENCE): Promise<boolean> {
    const end = performance.now() + patience;
    while (!condition() && !this.isLost) {
      const left = end - performance.now();
      if (left <= 0) return false;
      await Promise.race([this.#changed.promise, Bun.sleep(left)]);
    }
    return condition();
  }

  /** Ctrl-C, and what it said until it ended. */
  async end(): Promise<Ended> {
    this.process.kill("SIGINT");
    const late = setTimeout(() => this.process.kill("SIGKILL"), PATIENCE);
    const status = await this.process.exited;
    clearTimeout(late);
    await this.#drained;
    // whatever is printed must be UTF-8
    const stdout = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.concat(this.#stdout));
    return { status, stdout: stdout.replace(/^\d\d:\d\d:\d\d /gm, "00:00:00 "), stderr: this.stderr };
  }

  async #hear(stream: ReadableStream<Uint8Array>, chunks: Uint8Array[]): Promise<void> {
    for await (const chunk of stream) {
      chunks.push(chunk);
      if (chunks === this.#stdout) this.#lines += chunk.reduce((sum, byte) => sum + (byte === 10 ? 1 : 0), 0);
      this.#tell();
    }
  }

  #tell(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
