/** Runs the compiled binary on the real kernel and parses its output. */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = new URL("../..", import.meta.url).pathname;
export const binary = `${root}dist/exitsnoop`;

/** Returns the path of a compiled program of test/fixtures. */
export function fixture(name: string): string {
  return `${root}build/fixtures/${name}`;
}

/** The name of the test process in the kernel: `bun` or `bun.exe`, depending on its start. */
export const testComm = readFileSync("/proc/self/comm", "utf8").trim();

/** An exit in the output of `--json`, with the fields that need no option. */
export interface ExitEvent {
  event: "exit";
  time: string;
  pid: number;
  ppid: number;
  comm: string;
  parent_comm: string;
  uid: number;
  exit_code: number | null;
  signal: string | null;
  core_dumped: boolean;
  duration_ns: number;
}

export interface TraceResult {
  status: number | null;
  /** The signal that killed the tracer itself, if one did. */
  killedBy: string | null;
  stdout: string;
  stderr: string;
  events: ExitEvent[];
  /** The sum of the lost exits in lines with the event `lost`. */
  lostLines: number;
}

interface Options {
  env?: Record<string, string | undefined>;
  cwd?: string;
  /** A file or an open descriptor for stdout. The default is a pipe that is always read. */
  stdout?: string | number;
  /** A command prefix that prepares something and executes the tracer's command line. */
  via?: string[];
}

/** A tracer whose programs are attached, so that every exit from now on is reported. */
export class Tracer {
  #stderr = "";
  #stdout: Promise<string>;
  #attached = Promise.withResolvers<void>();
  #drained: Promise<void>;

  private constructor(readonly process: Bun.Subprocess<"ignore", "pipe" | number, "pipe">) {
    this.#stdout = process.stdout instanceof ReadableStream ? process.stdout.text() : Promise.resolve("");
    this.#drained = this.#readStderr(process.stderr);
  }

  /** Starts a tracer and waits for the line on stderr that follows the attachment. */
  static async start(args: string[], { env, cwd, stdout, via = [] }: Options = {}): Promise<Tracer> {
    const fd = typeof stdout === "string" ? openSync(stdout, "w") : stdout;
    const child = Bun.spawn([...via, binary, ...args], {
      env: { ...process.env, ...env },
      cwd: cwd ?? tmpdir(),
      stdin: "ignore",
      stdout: fd ?? "pipe",
      stderr: "pipe",
    });
    if (fd !== undefined && fd !== stdout) closeSync(fd);
    const tracer = new Tracer(child);
    const failed = child.exited.then((status) => {
      throw new Error(`the tracer ended with status ${status} before it was attached: ${tracer.#stderr}`);
    });
    await Promise.race([tracer.#attached.promise, failed]);
    failed.catch(() => {});
    return tracer;
  }

  async #readStderr(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      this.#stderr += decoder.decode(chunk, { stream: true });
      if (/^Tracing/m.test(this.#stderr)) this.#attached.resolve();
    }
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** Sends the signal, if any, waits until the tracer has ended and returns all its output. */
  async end(signal: NodeJS.Signals | null = "SIGINT"): Promise<TraceResult> {
    if (signal) this.process.kill(signal);
    await this.process.exited;
    await this.#drained;
    const stdout = await this.#stdout;
    return {
      status: this.process.exitCode,
      killedBy: this.process.signalCode as string | null,
      stdout,
      stderr: this.#stderr,
      ...parseEvents(stdout),
    };
  }
}

/**
 * Parses JSON lines; other lines are ignored. @throws SyntaxError if a line that begins with `{` is
 * not JSON.
 */
export function parseEvents(stdout: string): { events: ExitEvent[]; lostLines: number } {
  const events: ExitEvent[] = [];
  let lostLines = 0;
  for (const line of stdout.split("\n")) {
    if (!line.startsWith("{")) continue;
    const object = JSON.parse(line) as ExitEvent | { event: "lost"; count: number };
    if (object.event === "exit") events.push(object);
    else lostLines += object.count;
  }
  return { events, lostLines };
}

/** Parses the closing line, `N exits in TIME: …, N lost`. */
export function parseClosingLine(stderr: string): { seen: number; lost: number } {
  const line = /^(\d+) exits? in [^\n]*, (\d+) lost$/m.exec(stderr);
  if (!line) throw new Error(`no closing line in: ${stderr}`);
  return { seen: Number(line[1]), lost: Number(line[2]) };
}

/** Runs a command and returns its output and status. */
export async function runToEnd(command: string[], options: Options & { stdin?: string } = {}) {
  const child = Bun.spawn(command, {
    env: { ...process.env, ...options.env },
    cwd: options.cwd ?? tmpdir(),
    stdin: options.stdin === undefined ? "ignore" : Buffer.from(options.stdin),
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr, status] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { stdout, stderr, status, pid: child.pid };
}

/** Returns a command prefix that runs `script` with sh. The words that follow are `"$@"` in it. */
export function shell(script: string): string[] {
  return ["sh", "-c", script, "sh"];
}

/** Runs processes that exit at an even rate until the promise is settled. */
export async function whileProcessesExit<T>(promise: Promise<T>): Promise<T> {
  let isSettled = false;
  const settled = promise.finally(() => {
    isSettled = true;
  });
  settled.catch(() => {});
  while (!isSettled) await runToEnd([fixture("exit-statuses"), "burst", "50"]);
  return settled;
}

/** Creates a folder that is removed on disposal. */
export function temporaryFolder(): { path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), "exitsnoop-test-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
