/** The processes of a soak test: the workload, the tracer, and the reader of its output. */
import { rmSync } from "node:fs";
import { root, run } from "../../build/run.ts";
import { LOAD_CPU } from "../running-tool.ts";

const TARGET = "build/soak";

export const formats = {
  table: ["--time", "unix"],
  json: ["-j"],
  wide: ["-w", "-j"],
} as const;
export type Format = keyof typeof formats;

/** An exit with a known time and age, in ns. */
export interface TimedExit {
  pid: number;
  /** Since 1970 UTC: from the workload a moment before the exit, from the tracer its TIME. */
  time: bigint;
  /** Bounds of the age. The tracer prints one age, so both are equal. */
  minAge: bigint;
  maxAge: bigint;
}

/** Calls back with the words of each line of a stream. */
async function readLines(stream: ReadableStream<Uint8Array>, take: (words: string[]) => void): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop()!;
    for (const line of lines) take(line.split(" "));
  }
}

/** Parses `marked PID TIME MIN_AGE [MAX_AGE]`. */
function timedExit([, pid, time, min, max = min]: string[]): TimedExit {
  return { pid: Number(pid), time: BigInt(time!), minAge: BigInt(min!), maxAge: BigInt(max!) };
}

/** The workload: scripts/bench/soak/load.c. */
export class Load {
  exits = 0;
  readonly timed: TimedExit[] = [];
  readonly ended: Promise<unknown>;
  readonly #ready = Promise.withResolvers<void>();
  readonly #process;

  constructor(seconds: number, count: number, oldProcesses: number) {
    const command = ["taskset", "-c", `${LOAD_CPU}`, `${TARGET}/load`, `${seconds}`, `${count}`, `${oldProcesses}`];
    this.#process = Bun.spawn(command, { cwd: root, stdin: "pipe", stdout: "pipe", stderr: "inherit" });
    this.ended = readLines(this.#process.stdout, (words) => {
      if (words[0] === "ready") this.#ready.resolve();
      if (words[0] === "exits") this.exits = Number(words[1]);
      if (words[0] === "marked") this.timed.push(timedExit(words));
    });
  }

  get pid(): number {
    return this.#process.pid;
  }

  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  async start(): Promise<void> {
    this.#process.stdin.write("go\n");
    await this.#process.stdin.flush();
  }
}

/** The tracer, and scripts/bench/soak/reader.c, which counts its lines at the end of a pipe. */
export class SoakedTracer {
  /** The lines of exits. */
  lines = 0;
  /** The lines of exits of the workload's children. */
  children = 0;
  /** The sum of the JSON lines about lost exits. */
  lostByLines = 0;
  /** The exit codes of children that do not follow the one before. */
  gaps = 0;
  unreadable = 0;
  readonly timed: TimedExit[] = [];
  stderr = "";
  readonly #tracer;
  readonly #readers: Promise<unknown>[];

  private constructor(format: Format, parent: number) {
    const fifo = `${root}${TARGET}/exits`;
    const reader = Bun.spawn(["sh", "-c", 'exec "$0" "$1" <"$2"', `${TARGET}/reader`, `${parent}`, fifo], {
      cwd: root,
      stdout: "pipe",
      stderr: "inherit",
    });
    const command = [`${root}dist/exitsnoop`, ...formats[format], "-P", `${parent}`, "-o", fifo];
    this.#tracer = Bun.spawn(command, { stdin: "ignore", stdout: "ignore", stderr: "pipe" });
    const messages = readLines(this.#tracer.stderr, (words) => {
      this.stderr += `${words.join(" ")}\n`;
    });
    const counts = readLines(reader.stdout, (words) => {
      if (words[0] === "marked") this.timed.push(timedExit(words));
      if (words[0] !== "read") return;
      const numbers = words.slice(1).map(Number) as [number, number, number, number, number];
      [this.lines, this.children, this.lostByLines, this.gaps, this.unreadable] = numbers;
    });
    this.#readers = [messages, counts];
  }

  /** Starts the tracer, and returns once it is attached. */
  static async start(format: Format, parent: number): Promise<SoakedTracer> {
    rmSync(`${root}${TARGET}/exits`, { force: true });
    await run(["mkfifo", `${TARGET}/exits`]);
    const tracer = new SoakedTracer(format, parent);
    while (!/^Tracing/m.test(tracer.stderr)) {
      if (tracer.#tracer.exitCode !== null) throw new Error(`the tracer ended: ${tracer.stderr}`);
      await Bun.sleep(20);
    }
    return tracer;
  }

  get pid(): number {
    return this.#tracer.pid;
  }

  /** The losses that the tracer has reported so far. */
  get lost(): number {
    const reports = this.stderr.matchAll(/^exitsnoop: (\d+) exits? lost/gm);
    return reports.reduce((sum, [, count]) => sum + Number(count), 0);
  }

  /** Sends SIGINT and reads the rest. Returns the status and the numbers of the closing line. */
  async end(): Promise<{ status: number; seen: number; lost: number }> {
    this.#tracer.kill("SIGINT");
    const status = await this.#tracer.exited;
    await Promise.all(this.#readers);
    rmSync(`${root}${TARGET}/exits`, { force: true });
    const [, seen, lost] = /^(\d+) exits?\b.*, (\d+) lost$/m.exec(this.stderr) ?? [];
    return { status, seen: Number(seen), lost: Number(lost) };
  }
}
