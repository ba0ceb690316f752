/** Runs `exitsnoop agent`, and a server that keeps the log records that it accepted. */
import { readdirSync, readFileSync } from "node:fs";
import { binary } from "./tracer.ts";

interface AttributeValue {
  stringValue?: string;
  intValue?: string | number;
  arrayValue?: { values: { stringValue: string }[] };
}

interface LogRecord {
  eventName: string;
  attributes: { key: string; value: AttributeValue }[];
}

interface LogsData {
  resourceLogs: { scopeLogs: { logRecords: LogRecord[] }[] }[];
}

/** A record that the server has accepted: its event and its attributes, lists joined by blanks. */
export interface AcceptedRecord {
  name: string;
  attributes: Record<string, string>;
}

/** A server for OTLP/HTTP in JSON. */
export class LogServer {
  readonly records: AcceptedRecord[] = [];
  /** False: requests are answered with 503. */
  isUp = true;
  #server;

  constructor() {
    this.#server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: async (request) => {
        const data = (await request.json()) as LogsData;
        if (!this.isUp) return new Response("", { status: 503 });
        for (const { scopeLogs } of data.resourceLogs)
          for (const { logRecords } of scopeLogs) for (const one of logRecords) this.records.push(accepted(one));
        return Response.json({});
      },
    });
  }

  /** The options that send the exits of marks here, and of no other process of the machine. */
  get options(): string[] {
    return [
      "-n",
      "mark*",
      `--otlp=http://127.0.0.1:${this.#server.port}`,
      "--otlp-protocol=json",
      "--otlp-compression=none",
    ];
  }

  named(name: string): AcceptedRecord["attributes"][] {
    return this.records.filter((record) => record.name === name).map(({ attributes }) => attributes);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop(true);
  }
}

function accepted({ eventName, attributes }: LogRecord): AcceptedRecord {
  return {
    name: eventName,
    attributes: Object.fromEntries(
      attributes.map(({ key, value: { stringValue, intValue, arrayValue } }) => [
        key,
        stringValue ?? arrayValue?.values.map((one) => one.stringValue).join(" ") ?? String(intValue),
      ]),
    ),
  };
}

/** Waits until a condition holds. @throws Error after 30 s */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const end = performance.now() + 30_000;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`not within 30 s: ${what}`);
    await Bun.sleep(20);
  }
}

/** An agent, whose messages are read. */
export class RunningAgent {
  messages = "";
  readonly process;
  #drained;

  constructor(args: readonly string[], env: Record<string, string> = {}) {
    this.process = Bun.spawn([binary, "agent", ...args], {
      env: { ...process.env, ...env },
      stdin: "ignore",
      stdout: "ignore",
      stderr: "pipe",
    });
    this.#drained = this.#read();
  }

  /** Starts an agent, and waits until its tracer is attached. */
  static async start(args: readonly string[], env?: Record<string, string>): Promise<RunningAgent> {
    const agent = new RunningAgent(args, env);
    await until(() => agent.attachments > 0 || agent.process.exitCode !== null, "the tracer is attached");
    if (agent.attachments === 0) throw new Error(`the agent ended: ${agent.messages}`);
    return agent;
  }

  /** How often a tracer was attached. */
  get attachments(): number {
    return this.messages.match(/^Tracing/gm)?.length ?? 0;
  }

  /** The pid of the tracer or the exporter; 0 while it does not run. */
  child(name: "tracer" | "exporter"): number {
    return childrenOf(this.process.pid).find(({ args }) => (args[1] === "export") === (name === "exporter"))?.pid ?? 0;
  }

  /** Sends a signal to the agent, and waits until it has ended. Returns its messages. */
  async end(signal: NodeJS.Signals = "SIGTERM"): Promise<string> {
    this.process.kill(signal);
    await this.process.exited;
    // after SIGKILL, the tracer or the exporter may still have stderr for a moment
    await this.#drained;
    return this.messages;
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of this.process.stderr) this.messages += decoder.decode(chunk, { stream: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) await this.end("SIGKILL");
  }
}

function childrenOf(parent: number): { pid: number; args: string[] }[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
      const [state, ppid] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      if (Number(ppid) !== parent || state === "Z") return [];
      return [{ pid: Number(pid), args: readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0") }];
    } catch {
      return [];
    }
  });
}

/** Returns true if a process runs; a zombie does not. */
export function isRunning(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2)[0] !== "Z";
  } catch {
    return false;
  }
}

/** A process that has ended: its name, and the time in which it ended, s. */
export interface Mark {
  name: string;
  from: number;
  to: number;
}

/** Processes with names of their own, `mark1`, `mark2`, …, of which some end every second. */
export class Marks {
  #process;
  #text;

  constructor(perSecond: number) {
    const script = `
      use Time::HiRes qw(time sleep); use POSIX (); $| = 1;
      for (my $n = 1;; $n++) {
        my $from = time;
        my $pid = fork;
        if (!$pid) { $0 = "mark$n"; POSIX::_exit(0) }
        waitpid($pid, 0);
        printf "mark%d %.6f %.6f\\n", $n, $from, time;
        sleep(1 / $ARGV[0]);
      }`;
    this.#process = Bun.spawn(["perl", "-e", script, String(perSecond)], { stdin: "ignore", stderr: "inherit" });
    this.#text = this.#process.stdout.text();
  }

  async end(): Promise<Mark[]> {
    this.#process.kill("SIGTERM");
    const lines = (await this.#text).split("\n").slice(0, -1);
    return lines.map((line) => {
      const [name, from, to] = line.split(" ") as [string, string, string];
      return { name, from: Number(from), to: Number(to) };
    });
  }

  [Symbol.dispose](): void {
    this.#process.kill("SIGKILL");
  }
}

/** Returns a time of the stream in seconds since 1970. */
export function secondsOf(time: string): number {
  return Date.parse(`${time.slice(0, 19)}Z`) / 1000 + Number(`0${time.slice(19, -1)}`);
}
