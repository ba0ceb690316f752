/**
 * The programs that exitsnoop exports to. Tests find them in PATH or by an environment variable
 * with a shell command, and start them on 127.0.0.1: docs/dev/fleet-tests.md.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

interface Peer {
  /** The name in messages. */
  name: string;
  /** The environment variable with its command. */
  variable: string;
  programs: readonly string[];
}

export const peers = {
  collector: {
    name: "an OpenTelemetry Collector",
    variable: "FLEET_OTELCOL",
    programs: ["otelcol", "otelcol-contrib"],
  },
  logs: { name: "VictoriaLogs", variable: "FLEET_VICTORIA_LOGS", programs: ["victoria-logs", "victoria-logs-prod"] },
  prometheus: { name: "Prometheus", variable: "FLEET_PROMETHEUS", programs: ["prometheus"] },
  promtool: { name: "promtool", variable: "FLEET_PROMTOOL", programs: ["promtool"] },
  alertmanager: {
    name: "Alertmanager",
    variable: "FLEET_ALERTMANAGER",
    programs: ["alertmanager", "prometheus-alertmanager"],
  },
  kubectl: { name: "kubectl", variable: "FLEET_KUBECTL", programs: ["kubectl"] },
} as const satisfies Record<string, Peer>;

type PeerName = keyof typeof peers;

/** Returns the peer's command, to which arguments can be added; undefined: it is not there. */
function commandOf({ variable, programs }: Peer): string[] | undefined {
  const command = process.env[variable];
  if (command) return ["sh", "-c", `exec ${command} "$@"`, "sh"];
  const path = programs.map((program) => Bun.which(program)).find((found) => found !== null);
  return path === undefined ? undefined : [path];
}

/** @throws Error with a sentence that says what to do if the peer is not there. */
export function findPeer(name: PeerName): string[] {
  const command = commandOf(peers[name]);
  if (command) return command;
  const { name: title, variable, programs } = peers[name];
  throw new Error(`${title} is missing: install ${programs[0]}, or put its command into ${variable}`);
}

/** @throws Error with one sentence that names all peers that are not there. */
export function requirePeers(...names: PeerName[]): void {
  const missing = names.map((name) => peers[name] as Peer).filter((peer) => !commandOf(peer));
  if (!missing.length) return;
  const list = missing.map(({ name, programs, variable }) => `${name} (${programs[0]}, or ${variable})`).join(", ");
  throw new Error(`missing: ${list}; install them, or put their commands into these variables`);
}

/** Returns a free TCP port of 127.0.0.1. */
export function freePort(): number {
  using server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  return server.port;
}

/** Waits until a function returns something. @throws Error with what was expected, after a time. */
export async function until<Result>(
  expected: string,
  seconds: number,
  ask: () => Promise<Result | undefined | false> | Result | undefined | false,
): Promise<Result> {
  const deadline = performance.now() + seconds * 1000;
  let failure = "";
  do {
    try {
      const result = await ask();
      if (result) return result;
    } catch (error) {
      failure = `; at last: ${(error as Error).message}`;
    }
    await Bun.sleep(200);
  } while (performance.now() < deadline);
  throw new Error(`after ${seconds} s: not ${expected}${failure}`);
}

/** Returns true if a server answers with a status of success. */
export async function isUp(url: string): Promise<boolean> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(2000) });
  await answer.body?.cancel();
  return answer.ok;
}

/** Servers that end, and a folder that is removed, with the test. */
export class Servers {
  readonly folder = mkdtempSync(join(tmpdir(), "exitsnoop-fleet-"));
  #running: Bun.Subprocess[] = [];

  /** Starts a program in the background. Its output is in FOLDER/NAME.log. */
  start(name: string, command: readonly string[]): Bun.Subprocess {
    const log = Bun.file(`${this.folder}/${name}.log`);
    const child = Bun.spawn([...command], { cwd: this.folder, stdin: "ignore", stdout: log, stderr: log });
    this.#running.push(child);
    return child;
  }

  /** Starts a server and waits until it answers. @throws Error with the end of its log. */
  async startServer(name: string, command: readonly string[], url: string): Promise<Bun.Subprocess> {
    const child = this.start(name, command);
    try {
      await until(`an answer of ${name}`, 60, async () => {
        if (child.exitCode !== null) throw new Error(`it ended with status ${child.exitCode}`);
        return isUp(url);
      });
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${this.log(name).split("\n").slice(-10).join("\n")}`);
    }
    return child;
  }

  log(name: string): string {
    return readFileSync(`${this.folder}/${name}.log`, "utf8");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#running.toReversed()) {
      child.kill("SIGTERM");
      if ((await Promise.race([child.exited, Bun.sleep(5000)])) === undefined) child.kill("SIGKILL");
      await child.exited;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
