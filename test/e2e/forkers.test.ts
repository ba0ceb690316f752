/** started_by of processes that others have adopted, in the cases where it is easily lost. */
import { expect, test } from "bun:test";
import { readlinkSync } from "node:fs";
import { HOST_PID_NS } from "../../src/record/layout.ts";
import { readFdInfos } from "../support/fd-info.ts";
import { reportsOf, type Shown } from "../support/origins.ts";
import { fixture, runToEnd, shell, Tracer } from "../support/tracer.ts";

/** Runs `body` under a tracer. Returns its value and the exits by pid. */
async function traced<T>(body: () => Promise<T>) {
  const tracer = await Tracer.start(["-j", "-C", "pid,started_by,ancestors"]);
  const value = await body();
  const { events, stderr } = await tracer.end();
  expect(stderr).toMatch(/, 0 lost$/m);
  return { value, exits: new Map((events as unknown as Shown[]).map((event) => [event.pid, event])) };
}

/** Runs a command that prints the pid of a child and that of its forker. */
async function forkerOf(command: string[]) {
  const { value, exits } = await traced(() => runToEnd(command));
  const [child, forker] = value.stdout.trim().split(" ").map(Number);
  const event = exits.get(child!)!;
  expect(event.ancestors[0]!.pid).not.toBe(forker!);
  return { forker, startedBy: event.started_by?.pid };
}

test("a process whose main thread has ended before its parent exits: started_by is that parent", async () => {
  const { forker, startedBy } = await forkerOf([
    ...[
      "sh",
      "-c",
      `both=$(sh -c '"$0" >/dev/null 2>&1 & sleep 0.3; echo $! $$' "$0"); echo $both; kill -9 \${both% *}`,
    ],
    fixture("leaderless"),
  ]);
  expect(startedBy).toBe(forker!);
});

test("an orphan whose adopter is no subreaper any more: started_by is the process that forked it", async () => {
  const script = `import ctypes, os
PR_SET_CHILD_SUBREAPER = 36
prctl = ctypes.CDLL(None).prctl
prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
alive, held = os.pipe()
middle = os.fork()
if middle == 0:
    child = os.fork()
    if child == 0:
        os.close(held)
        os.read(alive, 1)
        os._exit(0)
    print(child, os.getpid(), flush=True)
    os._exit(0)
os.waitpid(middle, 0)
prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
os.close(held)
os.wait()`;
  const { forker, startedBy } = await forkerOf(["python3", "-c", script]);
  expect(startedBy).toBe(forker!);
});

test("children of a thread that is joined, and its process exits at once: started_by is that process", async () => {
  const { value, exits } = await traced(() => runToEnd([fixture("origin"), "joined", "100"]));
  const reports = reportsOf(value.stdout);
  expect(reports.length).toBe(100);
  // another process has adopted them
  expect(reports.every(({ ancestors, started_by }) => ancestors[0]![0] !== started_by![0])).toBe(true);
  const forkers = reports.map(({ pid }) => exits.get(pid)!.started_by?.pid);
  expect(forkers).toEqual(reports.map(({ started_by }) => started_by![0]));
});

test("orphans that a subreaper adopted, more than are stored: it does not become started_by when it exits", async () => {
  const script = `import ctypes, os, time
PR_SET_CHILD_SUBREAPER = 36
ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
subreaper = os.getpid()
alive, held = os.pipe()
if os.fork() == 0:
    parent_alive, parent_held = os.pipe()
    children = []
    for number in range(1500):
        child = os.fork()
        if child == 0:
            os.close(held)
            os.close(parent_held)
            # the first 1000 die with their parent, so that the subreaper has few children
            os.read(parent_alive if number < 1000 else alive, 1)
            while number >= 1000 and os.getppid() == subreaper: time.sleep(0.01)
            os._exit(0)
        children.append(child)
    print(os.getpid(), *children, flush=True)
    os._exit(0)
for _ in range(1001): os.wait()
os._exit(0)`;
  const { value, exits } = await traced(() => runToEnd(["python3", "-c", script]));
  const [forker, ...children] = value.stdout.trim().split(" ").map(Number);
  expect(children.length).toBe(1500);
  const startedBy = new Set(children.map((pid) => exits.get(pid)!.started_by?.pid));
  expect([...startedBy].toSorted()).toEqual([forker, undefined]);
});

/** Returns the number of forkers that a tracer has stored. */
function storedForkers(tracer: Tracer): number {
  const infos = readFdInfos(tracer.process.pid);
  // of the LRU maps, this one's keys and values have these sizes
  const info = infos.find((text) => /^map_type:\s9\nkey_size:\s4\nvalue_size:\s48$/m.test(text))!;
  const id = /^map_id:\s(\d+)/m.exec(info)![1]!;
  return JSON.parse(Bun.spawnSync(["bpftool", "-j", "map", "dump", "id", id]).stdout.toString()).length;
}

test.skipIf(!Bun.which("bpftool"))(
  "children that exit slowly just before their parent: no forker stays stored",
  async () => {
    const script = `import os, time
for _ in range(10):
    parent = os.fork()
    if parent == 0:
        alive, held = os.pipe()
        opened, ready = os.pipe()
        for _ in range(20):
            if os.fork() == 0:
                os.close(held)
                for _ in range(3000): os.open("/dev/null", os.O_RDONLY)
                os.write(ready, b"r")
                os.read(alive, 1)
                os._exit(0)
        for _ in range(20): os.read(opened, 1)
        os.close(held)
        time.sleep(0.003)
        os._exit(0)
    os.waitpid(parent, 0)`;
    const tracer = await Tracer.start(["-j", "-C", "pid,started_by"]);
    await runToEnd([
      "python3",
      "-c",
      `import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))\n${script}`,
    ]);
    // they close their output before their other files
    await Bun.sleep(200);
    // a few pass the tracepoint at that very moment
    expect(storedForkers(tracer)).toBeLessThan(5);
    await tracer.end();
  },
);

/** Whether init adopts orphans of this process: no subreaper, and not the init of a namespace. */
async function isAdoptedByInit(): Promise<boolean> {
  const { stdout } = await runToEnd(shell(`sh -c 'sleep 0.3; cut -d " " -f 4 /proc/$$/stat' &`));
  return stdout === "1\n" && readlinkSync("/proc/self/ns/pid") === `pid:[${HOST_PID_NS}]`;
}

test("1500 orphans at once, more than are stored: started_by of other processes stays known", async () => {
  if (!(await isAdoptedByInit())) return console.warn("SKIPPED: another process than init adopts orphans");
  const { value, exits } = await traced(async () => {
    const child = Bun.spawn(["sleep", "60"]);
    const { stdout } = await runToEnd([fixture("origin"), "orphans", "1500"]);
    child.kill("SIGKILL");
    await child.exited;
    return { pid: child.pid, orphans: stdout.split("\n").filter((line) => line.startsWith("{")).length };
  });
  expect(value.orphans).toBe(1500);
  expect(exits.get(value.pid)!.started_by!.pid).toBe(process.pid);
});
