/** Runs `exitsnoop export --prometheus` of the compiled binary, and reads its metrics. */
import { expect } from "bun:test";
import { binary } from "./tracer.ts";

const TIME = "2026-11-30T10:00:00.000000001Z";
const MAX_POLLS = 500;

/** Returns a line about an exit. */
const exitLine = (values: object) =>
  `${JSON.stringify({ event: "exit", time: TIME, comm: "a", exit_code: 0, signal: null, ...values })}\n`;

/** Returns lines about processes that succeeded, with these pids. */
export const lines = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, i) => exitLine({ pid: first + i })).join("");

export const oomKill = (values: object) =>
  exitLine({ exit_code: null, signal: "SIGKILL", killed_by: { kind: "oom", reason: "oom_cgroup" }, ...values });

/** Returns a port that nothing listens on at the moment. */
export function freePort(): number {
  const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = server;
  server.stop(true);
  return port;
}

/** Parses metrics: values by series. */
export function seriesOf(text: string): Map<string, number> {
  const samples = text.split("\n").filter((line) => line && !line.startsWith("#"));
  return new Map(samples.map((line) => [line.replace(/ \S+$/, ""), Number(/\S+$/.exec(line)![0])]));
}

/** An exporter that serves its metrics. */
export class Exporter implements AsyncDisposable {
  readonly #stderr: Promise<string>;

  private constructor(
    readonly process: Bun.Subprocess<"pipe", "pipe", "pipe">,
    readonly port: number,
  ) {
    this.#stderr = process.stderr.text();
  }

  /**
   * Starts one, and waits until it answers.
   * @param input what stdin has. @param end whether stdin ends then.
   */
  static async start(
    args: readonly string[],
    input?: string,
    end: "ended" | "open" = "open",
    port = freePort(),
  ): Promise<Exporter> {
    const process = Bun.spawn([binary, "export", "--prometheus", `127.0.0.1:${port}`, ...args], {
      stdin: "pipe",
      stdout: "pipe",
      stderr: "pipe",
    });
    const exporter = new Exporter(process, port);
    if (input) process.stdin.write(input);
    if (end === "ended") void process.stdin.end();
    else void process.stdin.flush();
    for (let i = 0; i < MAX_POLLS && process.exitCode === null; i++) {
      if (await exporter.metrics().catch(() => "")) return exporter;
      await Bun.sleep(20);
    }
    process.kill("SIGKILL");
    throw new Error(await exporter.#stderr);
  }

  get pid(): number {
    return this.process.pid;
  }

  async metrics(): Promise<string> {
    return (await fetch(`http://127.0.0.1:${this.port}/metrics`)).text();
  }

  /** Waits until a series has a value. */
  async until(series: string, value: number): Promise<void> {
    let found: number | undefined;
    for (let i = 0; i < MAX_POLLS && found !== value; i++) {
      if (i > 0) await Bun.sleep(20);
      found = seriesOf(await this.metrics()).get(series);
    }
    expect([series, found]).toEqual([series, value]);
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<{ status: number | null; stderr: string }> {
    this.process.kill(signal);
    return { status: await this.process.exited, stderr: await this.#stderr };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.process.kill("SIGKILL");
    await this.process.exited;
  }
}
