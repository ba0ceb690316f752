/**
 * Helpers of the env-*.test.ts files, which run exitsnoop under small limits, with missing file
 * systems and in namespaces. docs/dev/environments.md lists these environments and the messages.
 */
import { expect } from "bun:test";
import { Cgroup, freshPath, limiterOf, rootOf } from "./cgroups.ts";
import { SimultaneousExits } from "./simultaneous-exits.ts";
import { fixture, parseClosingLine, runToEnd, shell, Tracer } from "./tracer.ts";

/** Runs a command without CAP_SYS_RESOURCE, with which exitsnoop raises its own hard limits. */
export const withoutSysResource = ["setpriv", "--bounding-set", "-sys_resource"];

/** Returns a command prefix that moves to the cgroup and executes the command that follows. */
export function inCgroup(cgroup: Cgroup): string[] {
  return shell(`echo $$ >"${cgroup.processes}" && exec "$@"`);
}

/**
 * Returns a command prefix that runs the script in a new mount namespace and executes the command
 * that follows there.
 */
export function afterMounting(script: string): string[] {
  return ["unshare", "--mount", ...shell(`${script} && exec "$@"`)];
}

/** Whether a cgroup hierarchy of this machine can limit the controller. */
export const canLimit = (controller: string) => limiterOf(controller) !== undefined;

/**
 * Creates a cgroup and writes a limit of the controller to the file that its cgroup version has.
 * @throws Error if no hierarchy of this machine can limit the controller.
 */
export function cgroupWithLimit(controller: string, file: Record<1 | 2, [name: string, value: string]>): Cgroup {
  const hierarchy = limiterOf(controller);
  if (!hierarchy) throw new Error(`no cgroup hierarchy can limit ${controller}`);
  if (hierarchy.version === 2) rootOf(hierarchy).set("cgroup.subtree_control", `+${controller}`);
  const cgroup = new Cgroup(hierarchy, freshPath());
  cgroup.set(...file[hierarchy.version]);
  return cgroup;
}

/**
 * Expects that a tracer started by `via` reports each of three exits once, with the right time and
 * duration, and writes nothing to stderr but the first and the closing line. Returns its stdout.
 */
export async function expectTracing(via: string[], { args = ["--json"], env = {} } = {}): Promise<string> {
  // Date.now() has a resolution of a millisecond, performance.now() a finer one
  const raised = performance.now();
  await using batch = await SimultaneousExits.start(3);
  const tracer = await Tracer.start([...args, "--pid", batch.pids.join(","), "--count", "3"], { via, env });
  const before = Date.now();
  await batch.exitAll();
  const [after, longest] = [Date.now(), performance.now() - raised];
  const { status, events, stdout, stderr } = await tracer.end(null);
  expect({ status, stderr }).toEqual({
    status: 0,
    stderr: expect.stringMatching(/^Tracing process exits, Ctrl-C to end\n3 exits in [^\n]*, 0 lost\n$/),
  });
  if (!args.includes("--json")) return stdout;
  expect(events.toSorted((a, b) => a.exit_code! - b.exit_code!)).toMatchObject(
    batch.pids.map((pid, code) => ({ pid, exit_code: code })),
  );
  for (const { time, duration_ns } of events) {
    const exited = Date.parse(time);
    expect(exited).toBeWithin(before - 1, after + 2);
    expect(duration_ns).toBeWithin(1, longest * 1e6);
  }
  return stdout;
}

/** Expects that the command fails with status 1 and this message alone. */
export async function expectError(command: string[], message: string): Promise<void> {
  const { status, stdout, stderr } = await runToEnd(command);
  expect({ status, stdout, stderr }).toEqual({ status: 1, stdout: "", stderr: `exitsnoop: ${message}\n` });
}

/** Prepares `count` processes, children of `pid`, that exit at full speed once `go` is called. */
export function prepareBurst(count: number) {
  const child = Bun.spawn([...shell('read -r go && exec "$@"'), fixture("exit-statuses"), "burst", String(count)], {
    stdin: "pipe",
    stdout: "ignore",
  });
  return {
    pid: child.pid,
    ended: child.exited,
    async go() {
      child.stdin.write("go\n");
      await child.stdin.end();
    },
  };
}

/** Returns the counts of the closing line. Expects that they add up to the number of exits. */
export function expectAllCounted(stderr: string, exits: number): { seen: number; lost: number } {
  const { seen, lost } = parseClosingLine(stderr);
  expect(seen + lost).toBe(exits);
  return { seen, lost };
}
