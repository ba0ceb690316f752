/** A tool at work, and the loads that it is shown. */
import { closeSync, openSync, readFileSync, rmSync } from "node:fs";
import { root, run } from "../build/run.ts";
import type { Tool } from "./tools.ts";

export const output = `${root}build/bench/output`;
export const load = `${root}build/bench/load`;

/** From then on every one of them is attached, on a machine as slow as this. */
const SETTLED_MS = 700;
/** Where the loads run: two CPUs that hand each other children kill a third as fast. The consumer takes another of itself. */
export const LOAD_CPU = 1;
/** Until what died has been printed by all but those who keep it in a buffer. */
const PRINTED_MS = 300;

/** A tool that is attached, and prints into a file. */
export class Running {
  readonly #process: Bun.Subprocess;

  private constructor(readonly tool: Tool) {
    rmSync(`${output}.said`, { force: true });
    const out = openSync(output, "w");
    this.#process = Bun.spawn(tool.command, { stdin: "ignore", stdout: out, stderr: Bun.file(`${output}.said`) });
    closeSync(out);
  }

  static async start(tool: Tool): Promise<Running> {
    const running = new Running(tool);
    await Bun.sleep(SETTLED_MS);
    if (running.#process.exitCode !== null) throw new Error(`${tool.name} ended: ${await running.said()}`);
    return running;
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** Lets so many die at full speed on one CPU, and what died be printed. @returns whose children they were. */
  async burst(count: number): Promise<string> {
    const parent = await run(["taskset", "-c", `${LOAD_CPU}`, load, "bursts", `${count}`]);
    await Bun.sleep(PRINTED_MS);
    return parent.trim();
  }

  async pin(cpu: number): Promise<void> {
    await run(["taskset", "-a", "-p", "-c", `${cpu}`, `${this.pid}`]);
  }

  async said(): Promise<string> {
    return Bun.file(`${output}.said`).text();
  }

  /** Ctrl-C, and no patience without end. */
  async end(): Promise<void> {
    this.#process.kill("SIGINT");
    await Promise.race([this.#process.exited, Bun.sleep(3000)]);
    this.#process.kill("SIGKILL");
    await this.#process.exited;
  }
}

/** How many lines of the output name one of these parents: deaths that were seen. */
export function linesOf(parents: readonly string[]): number {
  const names = new RegExp(`[ :](?:${parents.join("|")})[ ,].*\n`, "g");
  return readFileSync(output, "latin1").match(names)?.length ?? 0;
}
