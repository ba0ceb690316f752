/**
 * The origin of processes and its price. The truth is what a process reads in /proc about itself
 * right before it exits.
 */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { Cgroup, v2 } from "../support/cgroups.ts";
import { expectedOf, type Report, reportsOf, type Shown, valuesOf } from "../support/origins.ts";
import { fixture, parseEvents, runToEnd, shell, temporaryFolder, Tracer } from "../support/tracer.ts";

const PROCESSES = 10_000;

/** Returns the differences between the reports and the exits with their pids. */
function differences(reports: readonly Report[], events: ReadonlyMap<number, Shown>): object[] {
  return reports.flatMap((report): object[] => {
    const event = events.get(report.pid);
    if (!event) return [{ missing: report.pid }];
    const expected = expectedOf(report);
    const actual = valuesOf(event);
    return Bun.deepEquals(expected, actual) ? [] : [{ expected, actual }];
  });
}

test("10,000 processes on two CPUs at once: each origin is the one that its process read in /proc", async () => {
  using folder = temporaryFolder();
  const file = join(folder.path, "exits");
  const tracer = await Tracer.start(["-j", "-w", "--ring-size", "64M"], { stdout: file });
  const runs = await Promise.all(
    [0, 1].map(() => runToEnd([fixture("origin"), "children", `${PROCESSES / 2}`], { cwd: folder.path })),
  );
  const { stderr } = await tracer.end();
  expect(stderr).toMatch(/, 0 lost$/m);
  const events = new Map(
    parseEvents(readFileSync(file, "utf8")).events.map((event) => [event.pid, event as unknown as Shown]),
  );
  const reports = runs.flatMap(({ stdout }) => reportsOf(stdout));
  // a pid may come again
  const last = new Map(reports.map((report) => [report.pid, report]));
  expect(reports.length).toBe(PROCESSES);
  expect(differences([...last.values()], events).slice(0, 3)).toEqual([]);
  const all = [...last.values()];
  // each situation is there
  expect(all.filter(({ started_by, ancestors }) => started_by![0] !== ancestors[0]![0]).length).toBeGreaterThan(1000);
  expect(all.filter(({ hostname }) => hostname !== null).length).toBeGreaterThan(1000);
  expect(all.filter(({ cwd }) => cwd.endsWith(" (deleted)")).length).toBeGreaterThan(1000);
  expect(all.filter(({ login_uid }) => login_uid !== null).length).toBeGreaterThan(1000);
  expect(all.filter(({ ancestors }) => ancestors.length === 16).length).toBeGreaterThan(100);
  expect(all.filter(({ tty }) => tty !== null).length).toBeGreaterThan(1000);
});

/** Runs a command under a tracer. Returns the exit of its first process. */
async function originOf(command: string[], options: string[] = ["-C", "pid,origin"]) {
  const tracer = await Tracer.start(["-j", ...options]);
  const { pid, status } = await runToEnd(command);
  const { events, stderr } = await tracer.end();
  expect(stderr).toMatch(/, 0 lost$/m);
  expect(status).toBe(0);
  return events.find((event) => event.pid === pid) as unknown as Shown & Record<string, unknown>;
}

test("-C origin without other groups: has them, and units", async () => {
  if (!v2) return console.warn("SKIPPED: cgroup v2 is not mounted");
  using cgroup = new Cgroup(v2, `/exitsnoop-test.slice/exitsnoop-test-${process.pid}\\x2dx.service`);
  const event = await originOf(shell(`echo $$ > '${cgroup.processes}'; cd /; true`));
  expect(event).toMatchObject({
    unit: `exitsnoop-test-${process.pid}-x.service`,
    user_unit: null,
    slice: "exitsnoop-test.slice",
    cwd: "/",
    hostname: null,
    started_by: { pid: process.pid },
  });
  expect(event.ancestors[0]!.pid).toBe(process.pid);
  expect(Object.keys(event)).toEqual([
    ...["event", "pid", "ancestors", "started_by", "unit", "user_unit", "slice", "hostname"],
    ...["container_name", "pod_name", "pod_namespace", "tty", "login_uid", "session_id", "sid", "pgid", "cwd"],
  ]);
});

test("host name of a UTS namespace: shown even if it is the host's name", async () => {
  const event = await originOf(["unshare", "--uts", "sh", "-c", "exit 0"]);
  expect(event.hostname).toBe(hostname());
});

test("a process that was forked before the trace: started_by is null, the rest is known", async () => {
  const child = Bun.spawn(["sleep", "60"], { cwd: "/usr" });
  const tracer = await Tracer.start(["-j", "-C", "pid,origin"]);
  child.kill("SIGKILL");
  await child.exited;
  const { events } = await tracer.end();
  expect(events.find(({ pid }) => pid === child.pid)).toMatchObject({ started_by: null, cwd: "/usr" });
});

test("a process whose working directory is on a mount, and a mount's root: as in /proc", async () => {
  for (const cwd of ["/proc", "/proc/sys/kernel", "/dev/shm", "/"]) {
    expect((await originOf(["env", "-C", cwd, "true"])).cwd).toBe(cwd);
  }
});

test.each([
  [300, 300],
  [1500, 0],
])(
  "%d children of a killed process with threads: started_by is that process or null, known for at least %d",
  async (count, known) => {
    const tracer = await Tracer.start(["-j", "-C", "pid,id,origin"]);
    const { stdout } = await runToEnd([fixture("origin"), "orphans", `${count}`]);
    const { events, stderr } = await tracer.end();
    expect(stderr).toMatch(/, 0 lost$/m);
    const reports = new Map(reportsOf(stdout).map((report) => [report.pid, expectedOf(report)]));
    const orphans = (events as unknown as Shown[]).filter(({ pid }) => reports.has(pid));
    expect(orphans.length).toBe(count);
    for (const { pid, started_by } of orphans) {
      if (started_by) expect(started_by.pid).toBe(reports.get(pid)!.started_by!.pid);
      if (started_by) expect(started_by.comm).toBe("origin");
    }
    expect(orphans.filter(({ started_by }) => started_by).length).toBeGreaterThanOrEqual(known);
  },
);

test("clone(2) with CLONE_PARENT: started_by is the process that called it", async () => {
  const tracer = await Tracer.start(["-j", "-C", "pid,origin"]);
  const script = `import ctypes, os
pid = ctypes.CDLL(None).syscall(${process.arch === "x64" ? 56 : 220}, 0x8000 | 17, 0, 0, 0, 0)
if pid == 0: os._exit(0)
print(pid, os.getpid(), flush=True)`;
  const { stdout } = await runToEnd(["sh", "-c", 'python3 -c "$1"; true', "sh", script]);
  const [pid, python] = stdout.trim().split(" ").map(Number);
  const { events } = await tracer.end();
  const child = (events as unknown as Shown[]).find((event) => event.pid === pid)!;
  expect(child.started_by!.pid).toBe(python!);
  expect(child.ancestors[0]!.comm).toBe("sh");
});
