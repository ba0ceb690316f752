/**
 * A process whose threads are in several cgroups belongs to the cgroup of its thread group leader,
 * as in /proc/PID/cgroup.
 */
import { describe, expect, test } from "bun:test";
import {
  Cgroup,
  freshPath,
  type Hierarchy,
  namedHierarchies,
  only,
  ownChildren,
  runIn,
  watch,
} from "../support/cgroups.ts";
import { fixture } from "../support/tracer.ts";

const id = (digit: string) => digit.repeat(64);

/** Creates one cgroup for each of two threads, below a cgroup that the process can enter first. */
function threaded(hierarchy: Hierarchy) {
  using undo = new DisposableStack();
  const base = freshPath();
  const both = undo.use(new Cgroup(hierarchy, base));
  const paths = { leader: `${base}/docker-${id("a")}.scope`, worker: `${base}/docker-${id("b")}.scope` };
  const file = hierarchy.version === 2 ? "cgroup.threads" : "tasks";
  for (const path of Object.values(paths)) {
    const cgroup = undo.use(new Cgroup(hierarchy, path));
    if (hierarchy.version === 2) cgroup.set("cgroup.type", "threaded");
  }
  const fileOf = (path: string) => `${hierarchy.mountPoint}${path}/${file}`;
  const all = undo.move();
  const run = (end: string) =>
    runIn(only(both), [fixture("thread-cgroups"), fileOf(paths.leader), fileOf(paths.worker), end]);
  return { ...paths, run, [Symbol.dispose]: () => all.dispose() };
}

const ends = ["leader", "worker", "exit", "kill"];

describe.each(namedHierarchies("memory"))("threads in several cgroups of %s", (_, hierarchy) => {
  test.each(ends)("a process with threads in two cgroups, ended by %s, has the cgroup of its leader", async (end) => {
    using cgroups = threaded(hierarchy);
    const { value, of } = await watch(() => cgroups.run(end), ownChildren);
    expect(of(value.pid)).toMatchObject([{ cgroup: cgroups.leader, container_id: id("a") }]);
  });

  test.each(ends)("--cgroup selects a process that ends by %s by the cgroup of its leader", async (end) => {
    using cgroups = threaded(hierarchy);
    const inLeaders = await watch(() => cgroups.run(end), [...ownChildren, "-c", cgroups.leader]);
    expect(inLeaders.of(inLeaders.value.pid)).toHaveLength(1);
    const inWorkers = await watch(() => cgroups.run(end), [...ownChildren, "-c", cgroups.worker]);
    expect(inWorkers.of(inWorkers.value.pid)).toEqual([]);
  });

  test.each(ends)("--threads shows each thread with its own cgroup when they end by %s", async (end) => {
    using cgroups = threaded(hierarchy);
    const { value, of } = await watch(() => cgroups.run(end), [...ownChildren, "-T"]);
    const worker = Number(value.stdout);
    const expected = [
      [value.pid, cgroups.leader, id("a")],
      [worker, cgroups.worker, id("b")],
    ];
    const shown = (of(value.pid) as unknown as { tid: number; cgroup: string; container_id: string }[])
      .map(({ tid, cgroup, container_id }) => [tid, cgroup, container_id])
      .toSorted((a, b) => Number(a[0]) - Number(b[0]));
    expect(shown).toEqual(expected);
  });

  test("--threads --cgroup shows only the threads in that cgroup", async () => {
    using cgroups = threaded(hierarchy);
    const { value, of } = await watch(() => cgroups.run("exit"), [...ownChildren, "-T", "-c", cgroups.worker]);
    const shown = of(value.pid) as unknown as { tid: number }[];
    expect(shown.map(({ tid }) => tid)).toEqual([Number(value.stdout)]);
  });
});
