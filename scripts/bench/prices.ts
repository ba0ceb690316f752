/**
 * `npm run prices`: what each option costs the processes that die, and each signal the one who sends it: nanoseconds inside our
 * programs, as the kernel itself counts them (kernel.bpf_stats_enabled). As root, after `npm run build`.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { Cgroup, memory, v2 } from "../../test/support/cgroups.ts";
import { programRuns } from "./proc.ts";
import { buildFixtures } from "../build/fixtures.ts";
import { root, log } from "../build/run.ts";

const EXITS = 20_000;
const SIGNALS = 200_000;
const ROUNDS = 5;
const statsSwitch = "/proc/sys/kernel/bpf_stats_enabled";
const fixture = (name: string) => `${root}build/fixtures/${name}`;

/** Where nobody lives, in the hierarchy that says most. */
const elsewhere = new Cgroup((memory ?? v2)!, `/exitsnoop-prices-${process.pid}`);
const inside = Array.from({ length: 15 }, (_, i) => new Cgroup(elsewhere.hierarchy, `${elsewhere.path}/${i}`));
const cgroupOptions = (cgroups: Cgroup[]) => cgroups.flatMap(({ path }) => ["-c", `${path}`]);

const exits: [what: string, args: string[]][] = [
  ["default table: core, killer", []],
  ["`--format ecli`: core alone", ["-f", "ecli"]],
  ["core and resources", ["-C", "pid,cpu_user_ns"]],
  ["core and place", ["-C", "pid,cgroup"]],
  ["core and pids by namespace", ["-C", "pid,ns_pid,local_pid"]],
  ["core and command", ["-C", "pid,args"]],
  ["`-w`: everything", ["-w"]],
  ["`-j -w`", ["-j", "-w"]],
  ["filtered out by `-p`", ["-f", "ecli", "-p", "1"]],
  ["filtered out by `-P`", ["-f", "ecli", "-P", "1"]],
  ["filtered out by `-n`", ["-f", "ecli", "-n", "no*body"]],
  ["filtered out by `-u`", ["-f", "ecli", "-u", "4242"]],
  ["filtered out by `-s`", ["-f", "ecli", "-s", "KILL"]],
  ["filtered out by `-c`", ["-f", "ecli", ...cgroupOptions([elsewhere])]],
  ["filtered out by sixteen `-c`", ["-f", "ecli", ...cgroupOptions([elsewhere, ...inside])]],
  ["filtered out by `--min-duration`", ["-f", "ecli", "--min-duration", "1h"]],
  ["filtered out by `-- COMMAND`", ["-f", "ecli", "--", "sleep", "60"]],
];

const signals: [what: string, how: string][] = [
  ["a signal that is caught", "caught"],
  ["one that is ignored", "ignored"],
  ["one that is blocked and waited for", "blocked"],
  ["one that never kills (SIGWINCH)", "default"],
];

/** ns in our programs for each of `count` things that a load does. */
async function price(args: string[], load: string[], count: number): Promise<number> {
  const tracer = Bun.spawn([`${root}dist/exitsnoop`, ...args], { stdout: "ignore", stderr: "ignore", stdin: "ignore" });
  await Bun.sleep(400);
  const before = programRuns(tracer.pid);
  await Bun.spawn(load, { stdout: "ignore" }).exited;
  const after = programRuns(tracer.pid);
  tracer.kill("SIGINT");
  await Promise.race([tracer.exited, Bun.sleep(500)]);
  tracer.kill("SIGKILL");
  return (after.ns - before.ns) / count;
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;

await buildFixtures();
const was = readFileSync(statsSwitch, "utf8");
writeFileSync(statsSwitch, "1");
try {
  const rows: [string, number[]][] = [...exits, ...signals].map(([what]) => [what, []]);
  for (let round = 0; round < ROUNDS; round++) {
    log(`Round ${round + 1} of ${ROUNDS}`);
    for (const [i, [, args]] of exits.entries()) {
      rows[i]![1].push(await price(args, ["taskset", "-c", "1", fixture("deaths"), "burst", `${EXITS}`], EXITS));
    }
    for (const [i, [, how]] of signals.entries()) {
      const load = [fixture("knocks"), `${SIGNALS}`, how];
      rows[exits.length + i]![1].push(await price([], load, SIGNALS));
    }
  }
  console.log("| an exit, or a signal | ns inside our programs (least to most of the rounds) |\n| --- | --- |");
  for (const [what, values] of rows) {
    const [least, most] = [Math.min(...values), Math.max(...values)].map(Math.round);
    console.log(`| ${what} | ${Math.round(median(values))} (${least}-${most}) |`);
  }
} finally {
  writeFileSync(statsSwitch, was);
  for (const cgroup of [...inside, elsewhere]) cgroup[Symbol.dispose]();
}
