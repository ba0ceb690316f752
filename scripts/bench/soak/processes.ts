/** The three that a soak runs: the load, the tracer, and who reads what it prints. */
import { mkdirSync, rmSync } from "node:fs";
import { root, run } from "../../build/run.ts";
import { LOAD_CPU } from "../running-tool.ts";

const own = "scripts/soak";
const target = "build/soak";
const flags = ["-O2", "-Wall", "-Wextra", "-Werror", "-D_GNU_SOURCE"];

export const formats = {
  table: ["--time", "unix"],
  json: ["-j"],
  wide: ["-w", "-j"],
} as const;
export type Format = keyof typeof formats;

/** A death of which is known when it was and how long the dead had lived; ns. */
export interface Marked {
  pid: number;
  /** Since 1970 UTC: a moment before the death by the load's clock, the death by the tracer's word. */
  time: bigint;
  /** Of the load: at least and at most; of the tracer: what it says, twice. */
  least: bigint;
  most: bigint;
}

/** Lines of somebody's stdout, as they come. */
async function follow(stream: ReadableStream<Uint8Array>, take: (words: string[]) => void): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop()!;
    for (const line of lines) take(line.split(" "));
  }
}

function markedOf([, pid, time, least, most = least]: string[]): Marked {
  return { pid: Number(pid), time: BigInt(time!), least: BigInt(least!), most: BigInt(most!) };
}

export async function buildSoak(): Promise<void> {
  mkdirSync(`${root}${target}`, { recursive: true });
  for (const name of ["load", "reader"]) await run(["clang", ...flags, "-o", `${target}/${name}`, `${own}/${name}.c`]);
}

/** What dies: scripts/bench/soak/load.c. */
export class Load {
  died = 0;
  readonly marked: Marked[] = [];
  readonly ended: Promise<unknown>;
  readonly #ready = Promise.withResolvers<void>();
  readonly #process;

  constructor(seconds: number, count: number, elders: number) {
    const command = ["taskset", "-c", `${LOAD_CPU}`, `${target}/load`, `${seconds}`, `${count}`, `${elders}`];
    this.#process = Bun.spawn(command, { cwd: root, stdin: "pipe", stdout: "pipe", stderr: "inherit" });
    this.ended = follow(this.#process.stdout, (words) => {
      if (words[0] === "ready") this.#ready.resolve();
      if (words[0] === "died") this.died = Number(words[1]);
      if (words[0] === "marked") this.marked.push(markedOf(words));
    });
  }

  get pid(): number {
    return this.#process.pid;
  }

  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  async go(): Promise<void> {
    this.#process.stdin.write("go\n");
    await this.#process.stdin.flush();
  }
}

/** The tracer, and behind its pipe scripts/bench/soak/reader.c. */
export class Traced {
  /** All exits; the load's; what JSON lines said was lost; where the order was another; what was no line. */
  lines = 0;
  children = 0;
  lostLines = 0;
  breaks = 0;
  wrong = 0;
  readonly marked: Marked[] = [];
  said = "";
  readonly #tracer;
  readonly #readers: Promise<unknown>[];

  private constructor(format: Format, parent: number) {
    const fifo = `${root}${target}/exits`;
    const reader = Bun.spawn(["sh", "-c", 'exec "$0" "$1" <"$2"', `${target}/reader`, `${parent}`, fifo], {
      cwd: root,
      stdout: "pipe",
      stderr: "inherit",
    });
    const command = [`${root}dist/exitsnoop`, ...formats[format], "-P", `${parent}`, "-o", fifo];
    this.#tracer = Bun.spawn(command, { stdin: "ignore", stdout: "ignore", stderr: "pipe" });
    const heard = follow(this.#tracer.stderr, (words) => {
      this.said += `${words.join(" ")}\n`;
    });
    const read = follow(reader.stdout, (words) => {
      if (words[0] === "marked") this.marked.push(markedOf(words));
      if (words[0] !== "read") return;
      const numbers = words.slice(1).map(Number) as [number, number, number, number, number];
      [this.lines, this.children, this.lostLines, this.breaks, this.wrong] = numbers;
    });
    this.#readers = [heard, read];
  }

  /** Returns once it is attached. */
  static async start(format: Format, parent: number): Promise<Traced> {
    rmSync(`${root}${target}/exits`, { force: true });
    await run(["mkfifo", `${target}/exits`]);
    const traced = new Traced(format, parent);
    while (!/^Tracing/m.test(traced.said)) {
      if (traced.#tracer.exitCode !== null) throw new Error(`the tracer ended: ${traced.said}`);
      await Bun.sleep(20);
    }
    return traced;
  }

  get pid(): number {
    return this.#tracer.pid;
  }

  /** What it has said so far that it lost. */
  get lost(): number {
    return Array.from(this.said.matchAll(/^exitsnoop: (\d+) exits lost/gm), ([, n]) => Number(n)).reduce(
      (a, b) => a + b,
      0,
    );
  }

  /** Ctrl-C, and all that came then. @returns its status, and the figures of its closing line. */
  async end(): Promise<{ status: number; seen: number; lost: number }> {
    this.#tracer.kill("SIGINT");
    const status = await this.#tracer.exited;
    await Promise.all(this.#readers);
    rmSync(`${root}${target}/exits`, { force: true });
    const [, seen, lost] = /^(\d+) exits?, (\d+) lost$/m.exec(this.said) ?? [];
    return { status, seen: Number(seen), lost: Number(lost) };
  }
}
