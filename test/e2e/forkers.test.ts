/** started_by of processes that others have adopted, in the cases where it is easily lost. */
import { expect, test } from "bun:test";
import { readlinkSync } from "node:fs";
import { HOST_PID_NS } from "../../src/record/layout.ts";
import type { Shown } from "../support/origins.ts";
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
