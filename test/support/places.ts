/** What the tests of bad places share. docs/bad-places.md lists them, each with its words. */
import { expect } from "bun:test";
import { Cgroup, freshPath, type Hierarchy, limiterOf, rootOf } from "./cgroups.ts";
import { Herd } from "./herd.ts";
import { closingLine, fixture, runToEnd, shell, Tracer } from "./tracer.ts";

/** Whoever has CAP_SYS_RESOURCE can lift limits of his own, and so do we. */
export const withoutSysResource = ["setpriv", "--bounding-set", "-sys_resource"];

/** A command that becomes the one behind it, in a cgroup. */
export function inCgroup(cgroup: Cgroup): string[] {
  return shell(`echo $$ >"${cgroup.processes}" && exec "$@"`);
}

/** A command that does that first, in a mount namespace of its own, and becomes the one behind it. */
export function afterMounting(script: string): string[] {
  return ["unshare", "--mount", ...shell(`${script} && exec "$@"`)];
}

/** A cgroup of our own where that can be limited, with v1's or v2's file and value; none where it cannot be limited here. */
export function limited(controller: string, file: Record<1 | 2, [name: string, value: string]>): Cgroup | undefined {
  const hierarchy: Hierarchy | undefined = limiterOf(controller);
  if (!hierarchy) return undefined;
  if (hierarchy.version === 2) rootOf(hierarchy).set("cgroup.subtree_control", `+${controller}`);
  const cgroup = new Cgroup(hierarchy, freshPath());
  cgroup.set(...file[hierarchy.version]);
  return cgroup;
}

/** It traces there as anywhere: of a herd every death is told, once, at its time, and nothing is said but what always is. */
export async function expectTracing(via: string[], { args = ["--json"], env = {} } = {}): Promise<string> {
  // finer than Date.now(), which cuts off up to a millisecond at either end
  const raised = performance.now();
  await using herd = await Herd.raise(3);
  const tracer = await Tracer.start([...args, "--pid", herd.pids.join(","), "--count", "3"], { via, env });
  const before = Date.now();
  await herd.die();
  const [after, longest] = [Date.now(), performance.now() - raised];
  const { status, events, stdout, stderr } = await tracer.end(null);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "Tracing process exits, Ctrl-C to end\n3 exits, 0 lost\n" });
  if (!args.includes("--json")) return stdout;
  expect(events.toSorted((a, b) => a.exit_code! - b.exit_code!)).toMatchObject(
    herd.pids.map((pid, code) => ({ pid, exit_code: code })),
  );
  for (const { time, duration_ns } of events) {
    const died = Date.parse(time);
    expect(died).toBeWithin(before - 1, after + 2);
    expect(duration_ns).toBeWithin(1, longest * 1e6);
  }
  return stdout;
}

/** It cannot trace there, and says so in these words alone. */
export async function expectSentence(command: string[], sentence: string): Promise<void> {
  const { status, stdout, stderr } = await runToEnd(command);
  expect({ status, stdout, stderr }).toEqual({ status: 1, stdout: "", stderr: `exitsnoop: ${sentence}\n` });
}

/** Lets so many die at full speed once `go` is called; they are children of `pid`. */
export function crowd(count: number) {
  const child = Bun.spawn([...shell('read -r go && exec "$@"'), fixture("deaths"), "burst", String(count)], {
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

/** What the closing line says, where all that died are printed or lost, to the last. */
export function expectAll(stderr: string, died: number): { seen: number; lost: number } {
  const { seen, lost } = closingLine(stderr);
  expect(seen + lost).toBe(died);
  return { seen, lost };
}
