/** Runs of the binary that together use every call into libbpf and the kernel. */
import { mkdirSync, rmSync } from "node:fs";
import { pack } from "../support/packages.ts";
import { binary, runToEnd } from "../support/tracer.ts";
import type { Outcome } from "./run-failing.ts";
import type { Scenario } from "./sweep.ts";

const root = new URL("../..", import.meta.url).pathname;
/** The packages, relative to the project's folder. */
const folder = "build/faults/packages";

interface ShownExit {
  comm: string;
  exit_code: number | null;
  signal: string | null;
}

/** Returns the name and the status of each exit. With a COMMAND they are on stderr. */
function exitsOf({ stdout, stderr }: Outcome): unknown {
  return (stdout + stderr)
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => {
      const { comm, exit_code, signal } = JSON.parse(line) as ShownExit;
      return { comm, exit_code, signal };
    });
}

/** Returns the heading of a package's table, whose events are not triggered. */
const headings = ({ stdout }: Outcome) => stdout.split("\n")[0];

const command: Scenario = {
  name: "a COMMAND with every column",
  args: ["-w", "-j", "--", "sh", "-c", '{ sh -c "kill -9 \\$\\$"; } 2>/dev/null; exit 3'],
  essence: exitsOf,
  group: "trace",
};

const asUser: Scenario = {
  name: "a COMMAND of another user",
  args: ["-j", "--as", "nobody", "--", "sh", "-c", "exit 3"],
  essence: exitsOf,
  group: "trace",
};

/** Returns the messages without the time in the closing line. */
const messagesOf = ({ stderr }: { stderr: string }) => stderr.replace(/ in [\d.]+ s\b/, "");

const filtered: Scenario = {
  name: "filters, a time and a file",
  args: ["-p", "1", "-P", "1", "-n", "no-such*", "-u", "0", "-c", "/", "--for", "50ms", "-o", "/dev/null"],
  essence: messagesOf,
  group: "trace",
};

/** Without a terminal, a broker waits for SIGHUP. */
const log: Scenario = {
  name: "a log that can be reopened",
  args: ["-p", "1", "--for", "50ms", "-j", "--truncate", "-o", "build/faults/exits.log"],
  essence: messagesOf,
  group: "trace",
  via: ["setsid"],
};

/** The broker of a directory begins segments. */
const recorder: Scenario = {
  name: "a directory for segments",
  args: ["-p", "1", "--for", "50ms", "-j", "-o", "build/faults/kept", "--keep", "16M"],
  essence: messagesOf,
  group: "trace",
};

/** Packages that attach in each way. */
const packages: { name: string; via?: string[] }[] = [
  { name: "perf-buffer" },
  { name: "counts" },
  { name: "stacks" },
  { name: "raw-tracepoints" },
  { name: "perf-event" },
  { name: "xdp", via: ["unshare", "--net"] },
  { name: "tc", via: ["unshare", "--net"] },
  { name: "tc-consuming", via: ["unshare", "--net"] },
];

/** Writes the packages. Leaves out those that this machine's kernel does not support. */
export async function scenarios(): Promise<Scenario[]> {
  rmSync(root + folder, { recursive: true, force: true });
  mkdirSync(root + folder, { recursive: true });
  mkdirSync(`${root}build/faults/kept`, { recursive: true, mode: 0o700 });
  const found = [command, asUser, filtered, log, recorder];
  for (const { name, via = [] } of packages) {
    const path = await pack(root + folder, name);
    const valid = await runToEnd([...via, binary, "run", "--for", "20ms", path]);
    if (valid.status !== 0) continue;
    const args = ["run", "--for", "20ms", path.slice(root.length)];
    found.push({ name: `the package ${name}`, args, essence: headings, group: "run", via });
  }
  return found;
}
