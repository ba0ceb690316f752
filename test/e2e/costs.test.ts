/**
 * Costs that do not depend on the speed of a machine: bytes, instructions, system calls. The bounds
 * lie a little above the measured values, so that raising one is a decision. npm run bench measures
 * times, allocations.test.ts measures memory.
 */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { resident, sleeps } from "../../scripts/bench/proc.ts";
import { planTrace } from "../../src/cli/plan.ts";
import { parse } from "../../src/cli/parse.ts";
import { Reader } from "../../src/bpf/reader.ts";
import { Recorder } from "../../src/recorder/recorder.ts";
import { ExitStream } from "../../src/trace/exit-stream.ts";
import { readFdInfos } from "../support/fd-info.ts";
import { fakeHost } from "../support/fake-host.ts";
import { hasV1Hierarchies } from "../../src/system/cgroups.ts";
import { fixture, runToEnd, temporaryFolder, Tracer } from "../support/tracer.ts";
import { recorderSettings } from "../../src/recorder/settings.ts";

const words = (options: string) => options.split(" ").filter(Boolean);

/** Bytes of the ring per exit, including the kernel's header of 8 bytes before each record. */
test.each([
  ["-f ecli", 96],
  ["", 136],
  ["-j", 136],
  ["-C pid,cpu_user_ns", 272],
])("exitsnoop %s: an exit takes %d bytes of the ring", async (options, bytes) => {
  const plan = planTrace(parse(words(options)), fakeHost());
  const recorder = new Recorder(recorderSettings(plan));
  const reader = new Reader(recorder.readerOptions);
  reader.addRing(recorder.ringFd);
  recorder.attach();
  const { pid } = await runToEnd([fixture("exit-statuses"), "burst", "10"]);
  recorder.detach();
  reader.drain();
  const sizes: number[] = [];
  const stream = new ExitStream(reader);
  const { record } = stream.exit;
  stream.beginBatch();
  while (stream.next()) if (record.ppid === pid) sizes.push(reader.stride(reader.size(record.start)));
  reader.close();
  recorder.close();
  expect(sizes).toEqual(Array.from({ length: 10 }, () => bytes));
});

interface ProgramInfo {
  /** Instructions after verification. */
  size: number;
  /** CLOCK_BOOTTIME when the verification began, ns. */
  loadedAt: bigint;
}

/** Returns the programs that a process holds, by name. */
async function programInfos(pid: number): Promise<Map<string, ProgramInfo>> {
  const ids = new Set(readFdInfos(pid).flatMap((info) => /^prog_id:\s+(\d+)/m.exec(info)?.[1] ?? []));
  const { stdout } = await runToEnd([fixture("program-infos"), ...ids]);
  const lines = stdout.matchAll(/^(\S+) (\d+) (\d+)$/gm);
  return new Map(
    Array.from(lines, ([, name, size, loadedAt]) => [name!, { size: Number(size), loadedAt: BigInt(loadedAt!) }]),
  );
}

/**
 * Some 700 instructions of on_signal_gener report who sent a signal and why; a kill(2) executes 30
 * of them, and 40 more for SIGKILL and SIGTERM, which may come from an OOM daemon, a caught signal
 * none. In record_exit, 45 are for inits of PID namespaces, and 40 for kills by a signal that no
 * process sent.
 */
const signalPrograms = { on_signal_gener: 1725, on_signal_deliv: 70, init_tracer_con: 90 };
/** For the column `oom` it also reports the memory of OOM victims, which costs the OOM killer. */
const oomPrograms = { ...signalPrograms, on_signal_gener: 2085 };

/**
 * These programs copy arguments at exec and fork (1.2 and 1 µs), for exits with missing pages.
 * on_fork also finds children by CLONE_PARENT.
 */
const execInfo = { on_exec: 70, on_fork: 135 };

/** 1,150 instructions describe the sender of a signal that can be fatal. */
const fullSenders = { ...signalPrograms, on_signal_gener: 2810 };

/** Only cgroups of v1 can be renamed. */
const renames: Record<string, number> = hasV1Hierarchies() ? { on_cgroup_renam: 12 } : {};

/**
 * All loaded programs with their maximum of instructions; programs that are not needed are absent.
 */
const programs: [options: string, max: Record<string, number>][] = [
  ["-f ecli", { record_exit: 315 }],
  ["", { ...signalPrograms, record_exit: 420 }],
  ["-j", { ...oomPrograms, record_exit: 420 }],
  ["-C pid,cpu_user_ns", { record_exit: 1115 }],
  ["-C pid,cgroup", { ...renames, record_exit: 610 }],
  ["-f ecli -c /a -c /b/c", { ...renames, record_exit: 1215 }],
  ["-f ecli --unit a --container 0123456789ab", { ...renames, record_exit: 1325 }],
  ["-f ecli -u !0 --code 1-9,127 --max-duration 1s", { record_exit: 385 }],
  ["-f ecli --core -s !ABRT --oom", { ...signalPrograms, record_exit: 500 }],
  ["-C pid,origin", { ...renames, init_tracer_con: 90, on_fork: 100, record_exit: 1480 }],
  ["-j -C killed_by", { ...fullSenders, ...renames, record_exit: 480 }],
  ["-f ecli --tree 1", { record_exit: 415, on_fork: 265 }],
  ["-w", { ...fullSenders, on_signal_gener: 3200, on_crash: 3820, ...execInfo, ...renames, record_exit: 2965 }],
];

test.each(programs)(
  "exitsnoop %s: the kernel holds no more programs and instructions than it needs",
  async (options, max) => {
    const tracer = await Tracer.start(words(options));
    const infos = await programInfos(tracer.process.pid);
    await tracer.end();
    expect([...infos.keys()].toSorted()).toEqual(Object.keys(max).toSorted());
    for (const [name, { size }] of infos) expect({ name, size }).toEqual({ name, size: Math.min(size, max[name]!) });
  },
);

const EXITS = 50_000;
/** Thousands share one: the ring wakes the tracer when it is a quarter full. */
const MIN_EXITS_PER_CALL = 50;

test.each(["", "-j", "-w"])("exitsnoop %s: at least 50 exits share a write(2) and a wake-up", async (options) => {
  using folder = temporaryFolder();
  const tracer = await Tracer.start(words(options), { stdout: join(folder.path, "exits") });
  const { pid } = tracer.process;
  const writes = () => Number(/^syscw: (\d+)/m.exec(readFileSync(`/proc/${pid}/io`, "utf8"))![1]);
  const before = { writes: writes(), sleeps: sleeps(pid) };
  await runToEnd([fixture("exit-statuses"), "burst", `${EXITS}`]);
  const calls = { writes: writes() - before.writes, sleeps: sleeps(pid) - before.sleeps };
  await tracer.end();
  expect(calls.writes).toBeLessThan(EXITS / MIN_EXITS_PER_CALL);
  expect(calls.sleeps).toBeLessThan(EXITS / MIN_EXITS_PER_CALL);
});

/** MiB. Four of them are the ring buffer, which is mapped twice. */
test.each([
  ["", 22],
  ["-j -w", 32],
])("exitsnoop %s, two seconds after the last exit: at most %d MiB are resident", async (options, max) => {
  const tracer = await Tracer.start(["-n", "none", ...words(options)]);
  await Bun.sleep(3000);
  const used = resident(tracer.process.pid);
  await tracer.end();
  expect(used).toBeLessThan(max);
});

test("idle for longer than the threads of the engine's compilers live: memory does not grow", async () => {
  const tracer = await Tracer.start(["-n", "none"]);
  const { pid } = tracer.process;
  await Bun.sleep(3000);
  const before = resident(pid);
  await Bun.sleep(13_000);
  const after = resident(pid);
  await tracer.end();
  expect(after).toBeLessThan(before + 1);
});

/** See Configuration.hasMmAtExit. */
const canReadArgsAtExit = readFileSync("/sys/kernel/btf/vmlinux").includes("\0trace_event_raw_sched_process_exit\0");

test.each([
  ["the tutorial's table", false],
  ["the table for people, where arguments can be read at exit", true],
])("%s: exits are recorded before the kernel has verified the programs for signals", async (_, isTerminal) => {
  const exiting = Bun.spawn([fixture("exit-statuses"), "burst", "10000000"], { stdout: "ignore" });
  await using __ = exiting;
  if (isTerminal && !canReadArgsAtExit) return console.warn("SKIPPED: this kernel has no arguments at exit");
  const recorder = new Recorder(recorderSettings(planTrace(parse([]), fakeHost({ isTerminal: () => isTerminal }))));
  const reader = new Reader(recorder.readerOptions);
  reader.addRing(recorder.ringFd);
  const infos = await programInfos(process.pid);
  reader.drain();
  const stream = new ExitStream(reader);
  stream.beginBatch();
  expect(stream.next()).toBe(true);
  const { seconds, nanoseconds } = stream.exit.exitTimeSinceBoot;
  reader.close();
  recorder.close();
  // the program that is loaded after that one
  const { loadedAt } = infos.get("init_tracer_con")!;
  expect(BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds)).toBeLessThan(loadedAt);
});
