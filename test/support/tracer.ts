/** Runs the compiled binary on the real kernel and reads what it says. */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = new URL("../..", import.meta.url).pathname;
export const binary = `${root}dist/exitsnoop`;

/** The path of a program of test/fixtures. */
export function fixture(name: string): string {
  return `${root}build/fixtures/${name}`;
}

/** The test's own: `bun` or `bun.exe`, by how it was started. */
export const ownName = readFileSync("/proc/self/comm", "utf8").trim();

/** What `--json` says of one exit, as far as the record goes. */
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

export interface Ended {
  status: number | null;
  /** The signal that killed the tracer itself, if one did. */
  killedBy: string | null;
  stdout: string;
  stderr: string;
  events: ExitEvent[];
  /** Exits that JSON's own lines say were lost. */
  lostLines: number;
}

interface Options {
  env?: Record<string, string | undefined>;
  cwd?: string;
  /** A file, or an open descriptor, for stdout instead of a pipe that is read at once. */
  stdout?: string | number;
  /** A command that prepares something and then becomes the tracer, whose command line it gets. */
  via?: string[];
}

/** A tracer that is attached: what dies from now on must be seen. */
export class Tracer {
  #stderr = "";
  #stdout: Promise<string>;
  #attached = Promise.withResolvers<void>();
  #drained: Promise<void>;

  private constructor(readonly process: Bun.Subprocess<"ignore", "pipe" | number, "pipe">) {
    this.#stdout = process.stdout instanceof ReadableStream ? process.stdout.text() : Promise.resolve("");
    this.#drained = this.#listen(process.stderr);
  }

  /** Starts it and waits for the line that says that it is attached. */
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
    const died = child.exited.then((status) => {
      throw new Error(`the tracer ended with ${status} before it was attached: ${tracer.#stderr}`);
    });
    await Promise.race([tracer.#attached.promise, died]);
    died.catch(() => {});
    return tracer;
  }

  async #listen(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      this.#stderr += decoder.decode(chunk, { stream: true });
      if (/^Tracing/m.test(this.#stderr)) this.#attached.resolve();
    }
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** Ctrl-C (or another signal, or none), and all that it said until it ended. */
  async end(signal: NodeJS.Signals | null = "SIGINT"): Promise<Ended> {
    if (signal) this.process.kill(signal);
    await this.process.exited;
    await this.#drained;
    const stdout = await this.#stdout;
    return {
      status: this.process.exitCode,
      killedBy: this.process.signalCode as string | null,
      stdout,
      stderr: this.#stderr,
      ...readJson(stdout),
    };
  }
}

/** The events of JSON lines; throws where a line is not JSON. Other formats give none. */
export function readJson(stdout: string): { events: ExitEvent[]; lostLines: number } {
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

/** The closing line's figures. */
export function closingLine(stderr: string): { seen: number; lost: number } {
  const line = /^(\d+) exits?, (\d+) lost$/m.exec(stderr);
  if (!line) throw new Error(`no closing line in: ${stderr}`);
  return { seen: Number(line[1]), lost: Number(line[2]) };
}

/** Runs any command to its end. */
export async function runToEnd(command: string[], options: Options & { stdin?: string } = {}) {
  const child = Bun.spawn(command, {
    env: { ...process.env, ...options.env },
    cwd: options.cwd ?? tmpdir(),
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr, status] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { stdout, stderr, status, pid: child.pid };
}

/** A command line that runs `script` with sh; what follows the command line is `"$@"` in it. */
export function shell(script: string): string[] {
  return ["sh", "-c", script, "sh"];
}

/** Lets processes die, at an even rate, until the promise is settled. */
export async function amidDeaths<T>(promise: Promise<T>): Promise<T> {
  let isSettled = false;
  const settled = promise.finally(() => {
    isSettled = true;
  });
  settled.catch(() => {});
  while (!isSettled) await runToEnd([fixture("deaths"), "burst", "50"]);
  return settled;
}

/** A folder that is gone after the test. */
export function temporaryFolder(): { path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), "exitsnoop-test-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
