/**
 * What it costs, in that which no machine's speed changes: bytes, instructions, system calls. The bounds lie a little above
 * what it is; whoever moves one knows what that buys. npm run bench has the times, allocations.test.ts the memory.
 */
import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { sleeps } from "../../scripts/bench/proc.ts";
import { planTrace } from "../../src/cli/plan.ts";
import { parse } from "../../src/cli/parse.ts";
import { Collector } from "../../src/libbpf/collector.ts";
import { Recorder } from "../../src/record/recorder.ts";
import { RecordView } from "../../src/record/view.ts";
import { fakeWorld } from "../unit/fake-world.ts";
import { hasV1Hierarchies } from "../../src/select/cgroups.ts";
import { fixture, runToEnd, temporaryFolder, Tracer } from "./tracer.ts";
import { recorderSettings } from "../../src/commands/recorder-settings.ts";

const words = (options: string) => options.split(" ").filter(Boolean);

/** Of the ring for one exit, with the kernel's own 8 before each record. */
test.each([
  ["-f ecli", 80],
  ["", 120],
  ["-j", 120],

  ["-C pid,cpu_user_ns", 224],
])("exitsnoop %s: an exit takes %d bytes of the ring", async (options, bytes) => {
  const plan = planTrace(parse(words(options)), fakeWorld());
  const recorder = new Recorder(recorderSettings(plan));
  const collector = new Collector(recorder.intake, -1);
  collector.addRing(recorder.ringFd);
  recorder.attach();
  const { pid } = await runToEnd([fixture("deaths"), "burst", "10"]);
  recorder.detach();
  collector.drain();
  const sizes: number[] = [];
  const record = new RecordView(collector.bytes, collector.view);
  for (let at = collector.start; at < collector.end; at = collector.next(at)) {
    if (record.moveTo(at).ppid === pid) sizes.push(collector.stride(collector.size(at)));
  }
  collector.close();
  recorder.close();
  expect(sizes).toEqual(Array.from({ length: 10 }, () => bytes));
});

/** What /proc says of an open file; nothing of one that is closed meanwhile, as the runtime does with its own. */
function fdInfo(pid: number, fd: string): string {
  try {
    return readFileSync(`/proc/${pid}/fdinfo/${fd}`, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return "";
  }
}

/** How many instructions the kernel has made of each program that a process holds. */
async function programSizes(pid: number): Promise<Map<string, number>> {
  const ids = new Set<string>();
  for (const fd of readdirSync(`/proc/${pid}/fdinfo`)) {
    const [, id] = /^prog_id:\s+(\d+)/m.exec(fdInfo(pid, fd)) ?? [];
    if (id) ids.add(id);
  }
  const { stdout } = await runToEnd([fixture("program-sizes"), ...ids]);
  return new Map(Array.from(stdout.matchAll(/^(\S+) (\d+)$/gm), ([, name, count]) => [name!, Number(count)]));
}

/**
 * In remember_killer, some 600 tell who sent a signal and why: a kill(2) executes 30 of them, a signal
 * that is caught none. In record_exit, 45 are for inits of PID namespaces, and 40 for deaths by a
 * signal that nobody sent.
 */
const killer = { remember_killer: 1630, doubt_killer: 70, remember_oom: 400, look_around: 80 };

/** They copy arguments at exec and fork (1.2 and 1 µs), in case their pages are missing at death. */
const remembering = { remember_comman: 70, follow_fork: 50 };

/** Only v1's cgroups can be renamed. */
const renames: Record<string, number> = hasV1Hierarchies() ? { count_renames: 12 } : {};

/** All programs that are loaded, and the most instructions of each; what is not asked for is not there. */
const programs: [options: string, most: Record<string, number>][] = [
  ["-f ecli", { record_exit: 290 }],
  ["", { ...killer, record_exit: 380 }],
  ["-j", { ...killer, record_exit: 380 }],
  ["-C pid,cpu_user_ns", { record_exit: 1080 }],
  ["-C pid,cgroup", { ...renames, record_exit: 570 }],
  ["-f ecli -c /a -c /b/c", { ...renames, record_exit: 980 }],
  ["-w", { ...killer, ...remembering, ...renames, record_exit: 2250 }],
];

test.each(programs)(
  "exitsnoop %s: the kernel holds no more programs and instructions than it needs",
  async (options, most) => {
    const tracer = await Tracer.start(words(options));
    const sizes = await programSizes(tracer.process.pid);
    await tracer.end();
    expect([...sizes.keys()].toSorted()).toEqual(Object.keys(most).toSorted());
    for (const [name, size] of sizes) expect({ name, size }).toEqual({ name, size: Math.min(size, most[name]!) });
  },
);

const EXITS = 50_000;
/** In truth some hundreds; a machine that kills slowly fills a batch less, since none waits longer than 20 ms. */
const LEAST_EXITS_A_CALL = 50;

test.each(["", "-j", "-w"])("exitsnoop %s: many exits share a write, and a wake-up", async (options) => {
  using folder = temporaryFolder();
  const tracer = await Tracer.start(words(options), { stdout: join(folder.path, "exits") });
  const { pid } = tracer.process;
  const writes = () => Number(/^syscw: (\d+)/m.exec(readFileSync(`/proc/${pid}/io`, "utf8"))![1]);
  const before = { writes: writes(), sleeps: sleeps(pid) };
  await runToEnd([fixture("deaths"), "burst", `${EXITS}`]);
  const calls = { writes: writes() - before.writes, sleeps: sleeps(pid) - before.sleeps };
  await tracer.end();
  expect(calls.writes).toBeLessThan(EXITS / LEAST_EXITS_A_CALL);
  expect(calls.sleeps).toBeLessThan(EXITS / LEAST_EXITS_A_CALL);
});
