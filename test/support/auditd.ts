/** Runs auditd with a rule on kill(2): an independent witness of who killed a process. */
import { readFileSync, writeFileSync } from "node:fs";
import { runToEnd, temporaryFolder } from "./tracer.ts";

const env = { PATH: `${process.env.PATH}:/usr/sbin:/sbin` };
const KEY = "exitsnoop-test";
const START_MS = 5000;

/** A call of kill(2), as auditd wrote it. */
interface AuditedKill {
  pid: number;
  target: number;
  auid: number | null;
  ses: number | null;
  tty: string | null;
  comm: string;
  exe: string;
}

const auditctl = (...words: string[]) => runToEnd(["auditctl", ...words], { env });

/** Returns why auditd cannot be a witness here; undefined if it can. */
export async function auditObstacle(): Promise<string | undefined> {
  if (!Bun.which("auditd", env)) return "auditd is not installed";
  const { stdout, status } = await auditctl("-s");
  if (status !== 0) return "the kernel has no audit system";
  return /^pid 0$/m.test(stdout) ? undefined : "another audit daemon is running";
}

/** An auditd that logs each kill(2) until its disposal. */
export class Auditd implements AsyncDisposable {
  #folder = temporaryFolder();
  #daemon: Bun.Subprocess;

  private constructor() {
    const log = { log_file: this.#log, log_format: "RAW", flush: "SYNC", local_events: "yes" };
    // MB on the disk; the daemon does not start without
    const configuration = { ...log, space_left: 2, admin_space_left: 1 };
    const lines = Object.entries(configuration).map(([key, value]) => `${key} = ${value}\n`);
    writeFileSync(`${this.#folder.path}/auditd.conf`, lines.join(""), { mode: 0o640 });
    this.#daemon = Bun.spawn(["auditd", "-n", "-c", this.#folder.path], {
      env: { ...process.env, ...env },
      stdout: "ignore",
      stderr: "ignore",
    });
  }

  /** Starts the daemon and adds the rule. @throws Error if it does not start */
  static async start(): Promise<Auditd> {
    const auditd = new Auditd();
    const end = performance.now() + START_MS;
    while (!(await auditctl("-s")).stdout.includes(`pid ${auditd.#daemon.pid}\n`)) {
      if (performance.now() > end) throw new Error("auditd does not start");
      await Bun.sleep(50);
    }
    await auditctl("-a", "always,exit", "-F", "arch=b64", "-S", "kill", "-k", KEY);
    return auditd;
  }

  get #log(): string {
    return `${this.#folder.path}/audit.log`;
  }

  /** Returns the successful calls so far. */
  async kills(): Promise<AuditedKill[]> {
    // the daemon writes after the events
    await Bun.sleep(300);
    const lines = readFileSync(this.#log, "latin1").split("\n");
    return lines.filter((line) => line.startsWith("type=SYSCALL") && line.includes(KEY)).map(killOf);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await auditctl("-D", "-k", KEY);
    this.#daemon.kill();
    await this.#daemon.exited;
    this.#folder[Symbol.dispose]();
  }
}

function killOf(line: string): AuditedKill {
  const field = (name: string) => new RegExp(` ${name}="?([^ "]*)`).exec(line)?.[1] ?? "";
  const id = (name: string) => (field(name) === "4294967295" ? null : Number(field(name)));
  return {
    pid: Number(field("pid")),
    target: Number.parseInt(field("a0"), 16),
    auid: id("auid"),
    ses: id("ses"),
    tty: field("tty") === "(none)" ? null : field("tty").replace(/^pts(?=\d)/, "pts/"),
    comm: field("comm"),
    exe: field("exe"),
  };
}
