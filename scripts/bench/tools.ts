/** What is compared, as found on this machine. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { root, run } from "../build/run.ts";

export interface Tool {
  name: string;
  command: string[];
  /** The same, writing each line at once, also where nobody looks at a terminal. */
  live: string[];
  version: string;
  isOurs: boolean;
}

/** The one that the goals speak of. */
export const peer = "libbpf-tools exitsnoop";

const ours = `${root}dist/exitsnoop`;
const libbpfTools = "/usr/sbin/exitsnoop";
const task = "((struct task_struct *)curtask)";
/** The same columns as the peer's, of the leaders alone. */
const oneLiner =
  "tracepoint:sched:sched_process_exit /pid == tid/ " +
  `{ printf("%s %d %d %d %s\\n", strftime("%H:%M:%S", nsecs), pid, ${task}->real_parent->tgid, ${task}->exit_code >> 8, comm); }`;

/** Where `npm run test:eunomia` puts it. */
function findEcli(): string | undefined {
  const cache = `${process.env["XDG_CACHE_HOME"] ?? `${homedir()}/.cache`}/exitsnoop-eunomia`;
  const kept = existsSync(cache) ? readdirSync(cache).filter((name) => name.startsWith("ecli")) : [];
  const files = kept.map((name) => `${cache}/${name}`);
  return Bun.which("ecli") ?? files.find((path) => Bun.which(path));
}

async function debianVersion(name: string): Promise<string> {
  return run(["dpkg-query", "-W", "-f", "${Version}", name]).catch(() => "?");
}

/** The tools that are here, ours first, and a sentence for each that is not. */
export async function findTools(): Promise<{ tools: Tool[]; missing: string[] }> {
  const missing: string[] = [];
  const version = (await run([ours, "--version"])).trim().split(" ").at(-1)!;
  const own = (name: string, ...args: string[]): Tool => {
    const command = [ours, ...args];
    return { name: `exitsnoop${name}`, command, live: command, version, isOurs: true };
  };
  const tools = [own(", table"), own(" -j", "-j"), own(" -w -j", "-w", "-j")];

  if (existsSync(libbpfTools)) {
    const live = ["stdbuf", "-oL", libbpfTools];
    const version = await debianVersion("libbpf-tools");
    tools.push({ name: peer, command: [libbpfTools], live, version, isOurs: false });
  } else {
    missing.push("libbpf-tools' exitsnoop: apt-get install libbpf-tools");
  }
  const bpftrace = Bun.which("bpftrace");
  if (bpftrace) {
    const command = [bpftrace, "-e", oneLiner];
    const live = [bpftrace, "-B", "line", "-e", oneLiner];
    tools.push({ name: "bpftrace", command, live, version: await debianVersion("bpftrace"), isOurs: false });
  } else {
    missing.push("bpftrace: apt-get install bpftrace");
  }
  const ecli = findEcli();
  if (ecli) {
    const file = `${root}build/bench/package.json`;
    await run([ours, "package", "--force", "-o", file]);
    const command = [ecli, "run", file];
    // it does not tell its version
    const version = `sha256 ${new Bun.CryptoHasher("sha256").update(readFileSync(ecli)).digest("hex").slice(0, 12)}`;
    tools.push({ name: "ecli, our package", command, live: command, version, isOurs: false });
  } else {
    missing.push("ecli: npm run test:eunomia, or have it in the PATH");
  }
  return { tools, missing };
}
