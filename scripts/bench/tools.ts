/** The tools of the comparison, as far as this machine has them. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { root, run } from "../build/run.ts";

export interface Tool {
  name: string;
  command: string[];
  /** The command that writes each line at once, also to a pipe. */
  live: string[];
  version: string;
}

/** The tool that ratios refer to. */
export const BASELINE = "libbpf-tools exitsnoop";

const EXITSNOOP = `${root}dist/exitsnoop`;
/** libbpf-tools' own path, after the one to which exitsnoop's Debian package diverts it. */
const LIBBPF_TOOLS = ["/usr/sbin/exitsnoop.libbpf-tools", "/usr/sbin/exitsnoop"];
const task = "((struct task_struct *)curtask)";
/** Prints the columns of the baseline, for thread group leaders only. */
const BPFTRACE_SCRIPT =
  "tracepoint:sched:sched_process_exit /pid == tid/ " +
  `{ printf("%s %d %d %d %s\\n", strftime("%H:%M:%S", nsecs), pid, ${task}->real_parent->tgid, ${task}->exit_code >> 8, comm); }`;

/** Looks for ecli in PATH and in the cache of `npm run test:eunomia`. */
function findEcli(): string | undefined {
  const cache = `${process.env["XDG_CACHE_HOME"] ?? `${homedir()}/.cache`}/exitsnoop-eunomia`;
  const kept = existsSync(cache) ? readdirSync(cache).filter((name) => name.startsWith("ecli")) : [];
  const files = kept.map((name) => `${cache}/${name}`);
  return Bun.which("ecli") ?? files.find((path) => Bun.which(path));
}

async function debianVersion(name: string): Promise<string> {
  return run(["dpkg-query", "-W", "-f", "${Version}", name]).catch(() => "?");
}

/** Tools that report something else about each process, measured at real rates only. */
const others: readonly [name: string, debianPackage: string, ...command: string[]][] = [
  ["forkstat -e exit", "forkstat", "forkstat", "-e", "exit"],
  ["libbpf-tools execsnoop", "libbpf-tools", "/usr/sbin/execsnoop"],
];

/** Returns those of them that are installed. */
export async function findOtherTools(): Promise<Tool[]> {
  const found = others.filter(([, , program]) => Bun.which(program!));
  return Promise.all(
    found.map(async ([name, debianPackage, ...command]) => {
      return { name, command, live: command, version: await debianVersion(debianPackage) };
    }),
  );
}

/** Returns the tools that are installed, exitsnoop first, and a sentence for each that is not. */
export async function findTools(): Promise<{ tools: Tool[]; missing: string[] }> {
  const missing: string[] = [];
  const version = (await run([EXITSNOOP, "--version"])).split(/\s/)[1]!;
  const own = (name: string, ...args: string[]): Tool => {
    const command = [EXITSNOOP, ...args];
    return { name: `exitsnoop${name}`, command, live: command, version };
  };
  const tools = [own(", table"), own(" -j", "-j"), own(" -w -j", "-w", "-j")];

  const baseline = LIBBPF_TOOLS.find((path) => existsSync(path));
  if (baseline) {
    const live = ["stdbuf", "-oL", baseline];
    tools.push({ name: BASELINE, command: [baseline], live, version: await debianVersion("libbpf-tools") });
  } else {
    missing.push("libbpf-tools' exitsnoop: apt-get install libbpf-tools");
  }
  const bpftrace = Bun.which("bpftrace");
  if (bpftrace) {
    const command = [bpftrace, "-e", BPFTRACE_SCRIPT];
    const live = [bpftrace, "-B", "line", "-e", BPFTRACE_SCRIPT];
    tools.push({ name: "bpftrace", command, live, version: await debianVersion("bpftrace") });
  } else {
    missing.push("bpftrace: apt-get install bpftrace");
  }
  const ecli = findEcli();
  if (ecli) {
    const file = `${root}build/bench/package.json`;
    await run([EXITSNOOP, "package", "--force", "-o", file]);
    const command = [ecli, "run", file];
    // ecli has no option that prints its version
    const sha256 = new Bun.CryptoHasher("sha256").update(readFileSync(ecli)).digest("hex");
    tools.push({ name: "ecli", command, live: command, version: `sha256 ${sha256.slice(0, 12)}` });
  } else {
    missing.push("ecli: npm run test:eunomia, or have it in the PATH");
  }
  return { tools, missing };
}
