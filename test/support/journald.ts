/**
 * A systemd-journald of its own, in a mount namespace, so that the machine's journal gets nothing.
 * Needs root, and the package systemd.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const JOURNALD = "/lib/systemd/systemd-journald";
export const hasJournald = existsSync(JOURNALD);

/** An empty Audit= leaves the kernel's audit system as it is: `no` would turn it off. */
const SETTINGS =
  "[Journal]\nStorage=volatile\nReadKMsg=no\nAudit=\nForwardToSyslog=no\nForwardToWall=no\nRateLimitBurst=0\nRuntimeMaxUse=64M\n";
const START = `
mount -t tmpfs journal-run /run; mkdir -p /run/systemd/journal /run/log/journal
mount --bind "$0/machine-id" /etc/machine-id; mount --bind "$0/journald.conf" /etc/systemd/journald.conf
exec ${JOURNALD}`;
const READY = "/run/systemd/journal/stdout";

export class Journald {
  readonly #folder: string;
  readonly #process: Bun.Subprocess;

  private constructor(folder: string, process: Bun.Subprocess) {
    this.#folder = folder;
    this.#process = process;
  }

  static async start(): Promise<Journald> {
    const folder = mkdtempSync(join(tmpdir(), "exitsnoop-journald-"));
    writeFileSync(`${folder}/machine-id`, `${crypto.randomUUID().replaceAll("-", "")}\n`);
    writeFileSync(`${folder}/journald.conf`, SETTINGS);
    const command = ["unshare", "--mount", "--propagation", "private", "sh", "-ec", START, folder];
    const process = Bun.spawn(command, { stdin: "ignore", stdout: "ignore", stderr: "ignore" });
    while (!existsSync(`/proc/${process.pid}/root${READY}`)) {
      if (process.exitCode !== null) throw new Error(`systemd-journald ended with status ${process.exitCode}`);
      await Bun.sleep(20);
    }
    return new Journald(folder, process);
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** Returns the command prefix that runs a program where this journal is the machine's. */
  get inside(): string[] {
    return ["nsenter", "--mount", "--target", String(this.pid), "--"];
  }

  /** Returns the records that match, as `journalctl -o json` prints them. */
  async read(...matches: string[]): Promise<Record<string, string>[]> {
    const command = [...this.inside, "journalctl", "--quiet", "--no-pager", "--sync"];
    await Bun.spawn(command, { stdin: "ignore", stdout: "ignore", stderr: "ignore" }).exited;
    const reader = Bun.spawn([...command.slice(0, -1), "--output=json", ...matches], { stdin: "ignore" });
    const text = await reader.stdout.text();
    return text.split("\n").flatMap((line) => (line ? [JSON.parse(line) as Record<string, string>] : []));
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#process.exited;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Returns the pid of the process with this name whose parent is another one; undefined: none. */
export function childNamed(parent: number, name: string): number | undefined {
  const children = readFileSync(`/proc/${parent}/task/${parent}/children`, "utf8").trim().split(" ").filter(Boolean);
  return children.map(Number).find((pid) => readFileSync(`/proc/${pid}/comm`, "utf8").trim() === name);
}
