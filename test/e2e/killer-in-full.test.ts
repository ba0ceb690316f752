/**
 * The sender of a fatal signal in full. The truth is what the sender read in /proc about itself
 * right before it sent the signal, and wait4(2) for the death.
 */
import { describe, expect, test } from "bun:test";
import { chownSync, copyFileSync } from "node:fs";
import { Reader } from "../../src/bpf/reader.ts";
import { parse } from "../../src/cli/parse.ts";
import { planTrace } from "../../src/cli/plan.ts";
import { RecordKind } from "../../src/record/layout.ts";
import { RecordView } from "../../src/record/view.ts";
import { Recorder } from "../../src/recorder/recorder.ts";
import { recorderSettings } from "../../src/recorder/settings.ts";
import { Cgroup, freshPath, v2 } from "../support/cgroups.ts";
import { fakeHost } from "../support/fake-host.ts";
import { expectedOf, pickKeys, reportsOf, type Shown, senderKeys, valuesOf } from "../support/origins.ts";
import { fixture, runToEnd, shell, temporaryFolder, testComm, Tracer } from "../support/tracer.ts";

type FullKiller = Shown & { kind: string; comm: string; uid: number; reason: string; unit: string | null };
interface KilledEvent {
  pid: number;
  signal: string | null;
  killed_by: (FullKiller & { sender_cgroup: string | null }) | null;
}

/** Runs `body` under a tracer. Returns the exits by pid. */
async function traced<T>(body: () => Promise<T>, options: string[] = ["-j", "-w"]) {
  const tracer = await Tracer.start(options);
  const value = await body();
  const { events, stderr } = await tracer.end();
  expect(stderr).toMatch(/, 0 lost$/m);
  return { value, byPid: new Map((events as unknown as KilledEvent[]).map((event) => [event.pid, event])) };
}

/** Starts a process that only waits, and kills it by another one, which reports itself before. */
async function killBy(prefix: string[], signal = "9", victim = ["sleep", "60"]) {
  const child = Bun.spawn(victim, { stdout: "pipe" });
  if (victim[0] !== "sleep") await child.stdout.getReader().read();
  const sender = await runToEnd([...prefix, fixture("origin"), "kill", `${child.pid}`, signal], { cwd: "/usr" });
  await child.exited;
  const [report] = reportsOf(sender.stdout);
  return { pid: child.pid, signal: child.signalCode as string | null, report: report! };
}

const asLogin = ["sh", "-c", 'echo 4242 > /proc/self/loginuid && exec "$@"', "sh"];
const onTerminal = ["script", "-qec"];

describe("killed_by in full: what the sender read in /proc before it sent the signal", () => {
  test.each<[string, string[], string]>([
    ["a process", [], "9"],
    ["SIGTERM", [], "15"],
    ["SIGQUIT, which may dump core", [], "3"],
    ["a login of its own", asLogin, "9"],
    ["a session of its own", ["setsid", "-w"], "9"],
  ])("%s", async (_, prefix, signal) => {
    const { value, byPid } = await traced(() => killBy(prefix, signal));
    const event = byPid.get(value.pid)!;
    expect(event.signal).toBe(value.signal);
    expect(event.killed_by).toMatchObject({ kind: "process", pid: value.report.pid, comm: "origin", uid: 0 });
    const shown = valuesOf({ ...event.killed_by!, started_by: null });
    expect(pickKeys(shown, senderKeys)).toEqual(pickKeys(expectedOf(value.report), senderKeys));
  });

  test("a process on a terminal", async () => {
    const child = Bun.spawn(["sleep", "60"]);
    const { value, byPid } = await traced(() =>
      runToEnd([...onTerminal, `${fixture("origin")} kill ${child.pid} 9`, "/dev/null"]),
    );
    const [report] = reportsOf(value.stdout);
    expect(report!.tty).toMatch(/^pts\/\d+$/);
    expect(byPid.get(child.pid)!.killed_by!.tty).toBe(report!.tty);
  });

  test("a signal that stays blocked until its sender has exited", async () => {
    const script =
      "import signal,sys,time;signal.pthread_sigmask(0,{15});print(flush=True);time.sleep(0.5);signal.pthread_sigmask(1,{15})";
    const { value, byPid } = await traced(() => killBy([], "15", ["python3", "-c", script]));
    const event = byPid.get(value.pid)!;
    expect(event.signal).toBe("SIGTERM");
    expect(event.killed_by).toMatchObject({ pid: value.report.pid, args: value.report.args, exe: value.report.exe });
  });

  test("-C killed_by alone: shows the sender as --wide does", async () => {
    const { value, byPid } = await traced(() => killBy([]), ["-j", "-C", "pid,signal,killed_by"]);
    const killer = byPid.get(value.pid)!.killed_by!;
    const shown = valuesOf({ ...killer, started_by: null });
    expect(pickKeys(shown, senderKeys)).toEqual(pickKeys(expectedOf(value.report), senderKeys));
    expect(killer.sender_cgroup).toStartWith("/");
  });

  test("without --wide: shows the keys that always come", async () => {
    const { value, byPid } = await traced(() => killBy([]), ["-j"]);
    expect(Object.keys(byPid.get(value.pid)!.killed_by!)).toEqual([
      "kind",
      "pid",
      "comm",
      "uid",
      "si_code",
      "cgroup",
      "reason",
    ]);
  });
});

test("a sender in a systemd unit: its unit and cgroup, not the victim's", async () => {
  if (!v2) return console.warn("SKIPPED: cgroup v2 is not mounted");
  using cgroup = new Cgroup(v2, `/system.slice/exitsnoop-test-${process.pid}.service`);
  const { value, byPid } = await traced(() => killBy(["sh", "-c", `echo $$ > '${cgroup.processes}'; exec "$@"`, "sh"]));
  expect(byPid.get(value.pid)!.killed_by).toMatchObject({
    sender_cgroup: cgroup.path,
    unit: `exitsnoop-test-${process.pid}.service`,
    container_id: null,
  });
});

test("cgroup.kill: the process that wrote to it, in full", async () => {
  if (!v2) return console.warn("SKIPPED: cgroup v2 is not mounted");
  using cgroup = new Cgroup(v2, freshPath());
  if (!cgroup.has("cgroup.kill")) return console.warn("SKIPPED: the kernel has no cgroup.kill");
  const { value, byPid } = await traced(async () => {
    const victims = Array.from({ length: 300 }, () => Bun.spawn(["sleep", "60"]));
    for (const { pid } of victims) cgroup.take(pid);
    const kill = await runToEnd(shell(`echo 1 > '${cgroup.processes.replace("procs", "kill")}'`));
    await Promise.all(victims.map(({ exited }) => exited));
    return { victims: victims.map(({ pid }) => pid), writer: kill.pid };
  });
  for (const pid of value.victims) {
    const { killed_by, signal } = byPid.get(pid)!;
    expect(signal).toBe("SIGKILL");
    expect(killed_by).toMatchObject({ kind: "process", pid: value.writer, reason: "cgroup_kill" });
    expect(killed_by!.args!.slice(0, 2)).toEqual(["sh", "-c"]);
    expect(killed_by!.ancestors[0]).toMatchObject({ pid: process.pid, comm: testComm });
  }
});

test("kill(-1) in a PID namespace: each victim has the sender", async () => {
  const script = "for i in 1 2 3 4 5 6 7 8; do sleep 60 & done; sh -c 'kill -9 -1'; wait; exit 7";
  const { value, byPid } = await traced(() =>
    runToEnd(["unshare", "--pid", "--fork", "--mount-proc", ...shell(script)]),
  );
  expect(value.status).toBe(7);
  const killed = [...byPid.values()].filter(({ killed_by }) => killed_by?.args?.[2] === "kill -9 -1");
  expect(killed.length).toBeGreaterThanOrEqual(8);
  expect(new Set(killed.map(({ killed_by }) => killed_by!.id)).size).toBe(1);
});

test("a sender that changes its program between two signals: each death has its own", async () => {
  const { value, byPid } = await traced(async () => {
    const victims = [0, 1].map(() => Bun.spawn(["sleep", "60"]));
    const [first, second] = victims.map(({ pid }) => pid);
    await runToEnd(shell(`kill -9 ${first}; exec env kill -9 ${second}`));
    return [first!, second!];
  });
  const [first, second] = value.map((pid) => byPid.get(pid)!.killed_by!);
  expect(first!.pid).toBe(second!.pid);
  expect(first!.args![0]).toBe("sh");
  expect(second!.args).toEqual(["kill", "-9", `${value[1]}`]);
  expect(second!.exe).toEndWith("/kill");
});

/** Counts the records of senders while a workload runs. */
async function senderRecords(options: string[], command: string[]): Promise<number> {
  const recorder = new Recorder(recorderSettings(planTrace(parse(options), fakeHost())));
  const reader = new Reader(recorder.readerOptions);
  reader.addRing(recorder.ringFd);
  recorder.attach();
  await runToEnd(command);
  recorder.detach();
  reader.drain();
  const view = new RecordView(reader.bytes, reader.view);
  let count = 0;
  for (let at = reader.start; at < reader.end; at = reader.next(at)) {
    if (view.moveTo(at).kind === RecordKind.sender) count++;
  }
  reader.close();
  recorder.close();
  return count;
}

describe("records of senders:", () => {
  const kills = shell("for i in 1 2 3 4 5; do sleep 60 & kill -9 $!; done; wait");

  test("a caught or ignored signal has none", async () => {
    expect(await senderRecords(["-j", "-w"], [fixture("signal-load"), "2000", "caught"])).toBeLessThan(20);
    expect(await senderRecords(["-j", "-w"], [fixture("signal-load"), "2000", "ignored"])).toBeLessThan(20);
  });

  test("without --wide there are none", async () => {
    expect(await senderRecords(["-j"], kills)).toBe(0);
    expect(await senderRecords([], kills)).toBe(0);
    expect(await senderRecords(["-j", "-w"], kills)).toBeGreaterThan(0);
  });

  test("many signals of one sender share a few", async () => {
    const blocked = [fixture("signal-load"), "20000", "blocked"];
    expect(await senderRecords(["-j", "-w"], blocked)).toBeLessThan(2000);
  });
});

/** Copies the fixture, as a program of that name and user. */
function copied(name: string, user: number) {
  const folder = temporaryFolder();
  const program = `${folder.path}/${name}`;
  copyFileSync(fixture("origin"), program);
  chownSync(program, user, 0);
  return { program, [Symbol.dispose]: folder[Symbol.dispose] };
}

const NOBODY = 65_534;

test.each([
  ["earlyoom", 0, "oom_userspace"],
  ["systemd-oomd", 0, "oom_userspace"],
  ["oomd", 0, "oom_userspace"],
  ["earlyoom-not", 0, "signal"],
  ["systemd-oomd-also", 0, "signal"],
  ["earlyoom", NOBODY, "signal"],
])("a sender whose executable is %s of user %d: reason %s", async (name, user, reason) => {
  using folder = copied(name, user);
  const { value, byPid } = await traced(async () => {
    const child = Bun.spawn(["sleep", "60"]);
    await runToEnd([folder.program, "kill", `${child.pid}`, "9"]);
    await child.exited;
    return child.pid;
  }, ["-j"]);
  expect(byPid.get(value)!.killed_by).toMatchObject({ kind: "process", reason });
});
