/**
 * `npm run prices`: the cost of each option for the processes that exit, of crashes for those that
 * crash, and of each signal for its sender: nanoseconds in the tracer's BPF programs, as the kernel
 * counts them (bpf_stats_enabled). Builds dist/exitsnoop first, and runs as root.
 */
import { existsSync, mkdirSync, rmdirSync } from "node:fs";
import { buildFixtures } from "../build/fixtures.ts";
import { log, root } from "../build/run.ts";
import { summary } from "./figures.ts";
import { programRuns, withProgramStats } from "./proc.ts";

const EXITS = 20_000;
const SIGNALS = 200_000;
const CRASHES = 2000;
const ROUNDS = 5;
const fixture = (name: string) => `${root}build/fixtures/${name}`;

/** The hierarchy that the tracer shows: v1's of the memory controller, or v2's. */
const mounts = ["/sys/fs/cgroup/memory", "/sys/fs/cgroup/unified", "/sys/fs/cgroup"];
const hierarchy = mounts.find((mount) => existsSync(`${mount}/cgroup.procs`));
if (hierarchy === undefined) throw new Error("no cgroup hierarchy is mounted below /sys/fs/cgroup");
const empty = `/exitsnoop-prices-${process.pid}`;
/** Cgroups without processes: one, and 15 in it. */
const cgroups = [empty, ...Array.from({ length: 15 }, (_, i) => `${empty}/${i}`)];

const exits: [what: string, args: string[]][] = [
  ["default table: core, killer", []],
  ["`--format ecli`: core alone", ["-f", "ecli"]],
  ["core and resources", ["-C", "pid,cpu_user_ns"]],
  ["core and cgroup", ["-C", "pid,cgroup"]],
  ["core and pids by namespace", ["-C", "pid,ns_pid,local_pid"]],
  ["core and arguments", ["-C", "pid,args"]],
  ["core and origin", ["-C", "pid,origin"]],
  ["`-w`: everything", ["-w"]],
  ["`-j -w`", ["-j", "-w"]],
  ["filtered out by `-p`", ["-f", "ecli", "-p", "1"]],
  ["filtered out by `-P`", ["-f", "ecli", "-P", "1"]],
  ["filtered out by `-n`", ["-f", "ecli", "-n", "no*body"]],
  ["filtered out by `-u`", ["-f", "ecli", "-u", "4242"]],
  ["filtered out by `-s`", ["-f", "ecli", "-s", "KILL"]],
  ["filtered out by `-c`", ["-f", "ecli", "-c", empty]],
  ["filtered out by sixteen `-c`", ["-f", "ecli", ...cgroups.flatMap((path) => ["-c", path])]],
  ["filtered out by `--min-duration`", ["-f", "ecli", "--min-duration", "1h"]],
  ["filtered out by `-- COMMAND`", ["-f", "ecli", "--", "sleep", "60"]],
];

const crashes: [what: string, args: string[]][] = [
  ["death by SIGSEGV of a small C program, without its crash site", ["--no-crash"]],
  ["death by SIGSEGV of a small C program, with its crash site", ["-C", "+crash"]],
  ["death by SIGSEGV of a small C program, `-w`", ["-w"]],
];

const signals: [what: string, disposition: string][] = [
  ["a caught signal", "caught"],
  ["an ignored signal", "ignored"],
  ["a blocked signal that is waited for", "blocked"],
  ["a signal that never kills (SIGWINCH)", "default"],
];

/** Returns the ns in the BPF programs for each of a workload's `count` events. */
async function cost(args: string[], workload: string[], count: number): Promise<number> {
  const tracer = Bun.spawn([`${root}dist/exitsnoop`, ...args], { stdout: "ignore", stderr: "ignore", stdin: "ignore" });
  await Bun.sleep(400);
  const before = programRuns(tracer.pid);
  await Bun.spawn(workload, { stdout: "ignore" }).exited;
  const after = programRuns(tracer.pid);
  tracer.kill("SIGINT");
  await Promise.race([tracer.exited, Bun.sleep(500)]);
  tracer.kill("SIGKILL");
  return (after.ns - before.ns) / count;
}

const rows: [what: string, measure: () => Promise<number>, values: number[]][] = [
  ...exits.map(([what, args]): (typeof rows)[number] => {
    const workload = ["taskset", "-c", "1", fixture("exit-statuses"), "burst", `${EXITS}`];
    return [what, () => cost(args, workload, EXITS), []];
  }),
  ...crashes.map(([what, args]): (typeof rows)[number] => {
    return [what, () => cost(args, [fixture("crash"), "write-null", `${CRASHES}`], CRASHES), []];
  }),
  ...signals.map(([what, disposition]): (typeof rows)[number] => {
    return [what, () => cost([], [fixture("signal-load"), `${SIGNALS}`, disposition], SIGNALS), []];
  }),
];

await buildFixtures();
for (const path of cgroups) mkdirSync(hierarchy + path);
try {
  await withProgramStats(async () => {
    for (let round = 1; round <= ROUNDS; round++) {
      log(`Round ${round} of ${ROUNDS}`);
      for (const [, measure, values] of rows) values.push(await measure());
    }
  });
} finally {
  for (const path of cgroups.toReversed()) rmdirSync(hierarchy + path);
}
console.log("| an exit, or a signal | ns in the BPF programs (min to max of the rounds) |\n| --- | --- |");
for (const [what, , values] of rows) {
  const { median, min, max } = summary(values);
  console.log(`| ${what} | ${Math.round(median)} (${Math.round(min)}-${Math.round(max)}) |`);
}
