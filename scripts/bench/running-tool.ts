/** A tool at work, and the workloads that it traces. */
import { closeSync, openSync, readFileSync, rmSync } from "node:fs";
import { root, run } from "../build/run.ts";
import type { Tool } from "./tools.ts";

export const output = `${root}build/bench/output`;
export const load = `${root}build/bench/load`;

/** Every tool attaches within this time. */
const ATTACH_MS = 700;
/** Tools that do not buffer print an exit within this time. */
const PRINT_MS = 300;
/**
 * The CPU of the workloads. A third fewer processes exit a second if parent and child run on two
 * CPUs. The tracer is pinned to another.
 */
export const LOAD_CPU = 1;

/** A tool that is attached and prints to a file. */
export class RunningTool {
  readonly #process: Bun.Subprocess;

  private constructor(readonly tool: Tool) {
    rmSync(`${output}.stderr`, { force: true });
    const out = openSync(output, "w");
    this.#process = Bun.spawn(tool.command, { stdin: "ignore", stdout: out, stderr: Bun.file(`${output}.stderr`) });
    closeSync(out);
  }

  /** Starts a tool. @throws Error with its messages if it ends. */
  static async start(tool: Tool): Promise<RunningTool> {
    const running = new RunningTool(tool);
    await Bun.sleep(ATTACH_MS);
    if (running.#process.exitCode !== null) throw new Error(`${tool.name} ended: ${await running.stderr()}`);
    return running;
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** Runs `count` exits at full speed on one CPU. Returns the pid of their parent. */
  async burst(count: number): Promise<string> {
    const parent = await run(["taskset", "-c", `${LOAD_CPU}`, load, "bursts", `${count}`]);
    await Bun.sleep(PRINT_MS);
    return parent.trim();
  }

  async pin(cpu: number): Promise<void> {
    await run(["taskset", "-a", "-p", "-c", `${cpu}`, `${this.pid}`]);
  }

  async stderr(): Promise<string> {
    return Bun.file(`${output}.stderr`).text();
  }

  /** Sends SIGINT, and SIGKILL three seconds later. */
  async end(): Promise<void> {
    this.#process.kill("SIGINT");
    await Promise.race([this.#process.exited, Bun.sleep(3000)]);
    this.#process.kill("SIGKILL");
    await this.#process.exited;
  }
}

/** Counts the lines of the output that name one of these parents: the exits that were printed. */
export function linesOf(parents: readonly string[]): number {
  const names = new RegExp(`[ :](?:${parents.join("|")})[ ,].*\n`, "g");
  return readFileSync(output, "latin1").match(names)?.length ?? 0;
}
