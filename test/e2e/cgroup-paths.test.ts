/**
 * `--cgroup PATH` selects by path, not by cgroup: it matches a process whose cgroup has that path
 * at its exit.
 */
import { describe, expect, test } from "bun:test";
import { mkdirSync, renameSync, rmdirSync } from "node:fs";
import {
  Cgroup,
  freshPath,
  hierarchies,
  type Hierarchy,
  only,
  ownChildren,
  runIn,
  v1,
  v2,
  watch,
} from "../support/cgroups.ts";
import { shell } from "../support/tracer.ts";

const v1Memory = v1("memory");
const v1Cpu = v1("cpu");
const each: [name: string, hierarchy: Hierarchy][] = [];
if (v2) each.push(["v2", v2]);
if (v1Memory) each.push(["v1", v1Memory]);
if (v1Cpu) each.push(["v1's cpu", v1Cpu]);

/** Runs a process to its end in a cgroup that exists only for that time. Returns its pid. */
async function dieIn(hierarchy: Hierarchy, path: string): Promise<number> {
  using cgroup = new Cgroup(hierarchy, path);
  return (await runIn(only(cgroup), ["true"])).pid;
}

/** Runs one process in each of `paths` and returns the paths whose exits are printed, in order. */
async function printed(hierarchy: Hierarchy, wanted: string[], paths: string[]) {
  const { value, of, stderr } = await watch(async () => {
    const pids: number[] = [];
    for (const path of paths) pids.push(await dieIn(hierarchy, path));
    return pids;
  }, [...ownChildren, ...wanted.flatMap((path) => ["-c", path])]);
  return { paths: paths.filter((_, i) => of(value[i]!).length), stderr };
}

describe.each(each)("%s", (_, hierarchy) => {
  test("a cgroup that is removed and made again matches again", async () => {
    const path = freshPath();
    using kept = new Cgroup(hierarchy, path);
    const { value, of, stderr } = await watch(async () => {
      const pids = [(await runIn(only(kept), ["true"])).pid];
      kept[Symbol.dispose]();
      for (let i = 0; i < 4; i++) pids.push(await dieIn(hierarchy, path));
      return pids;
    }, [...ownChildren, "-c", path]);
    expect(value.map((pid) => of(pid).map(({ cgroup }) => cgroup))).toEqual(value.map(() => [path]));
    expect(stderr).not.toContain("yet");
  });

  test("a cgroup that did not exist when tracing began matches, after a warning that names it", async () => {
    const path = freshPath("/slice/later.service");
    const paths = [path, `${path}/below/it`, `${path}x`, path.replace("later", "late"), `${path}-1/later.service`];
    const result = await printed(hierarchy, [path], paths);
    expect(result.paths).toEqual([path, `${path}/below/it`]);
    expect(result.stderr).toStartWith(`exitsnoop: no cgroup ${path} yet; waiting for it\n`);
  });

  test("several paths, one existing: any of them matches, and each missing one gets a warning", async () => {
    const base = freshPath();
    using _there = new Cgroup(hierarchy, `${base}/a`);
    const wanted = [`${base}/a`, `${base}/b/c`, `${base}/d/c`, `${base}/e`];
    const others = [`${base}/b`, `${base}/c`, `${base}/f/c`, `${base}/e2`];
    const result = await printed(hierarchy, wanted, [...wanted, ...others]);
    expect(result.paths).toEqual(wanted);
    expect(result.stderr.match(/yet; waiting/g)).toHaveLength(3);
    expect(result.stderr).not.toContain(`no cgroup ${base}/a yet`);
  });

  test("a path that only ends in the same name does not match", async () => {
    const base = freshPath();
    const paths = [`${base}/a/a`, `${base}/b/a`, `/x${base.slice(1)}/a`, `/outer${base}/a`];
    expect((await printed(hierarchy, [`${base}/a`], paths)).paths).toEqual([`${base}/a/a`]);
  });

  test("names of 255 bytes that differ in the last byte are distinct", async () => {
    const base = freshPath();
    const name = (last: string) => `${base}/${"n".repeat(254)}${last}`;
    expect((await printed(hierarchy, [name("a")], [name("a"), name("b")])).paths).toEqual([name("a")]);
  });

  test("a cgroup 200 levels below matches", async () => {
    const base = freshPath();
    const deep = base + "/d".repeat(200);
    expect((await printed(hierarchy, [base], [deep])).paths).toEqual([deep]);
  });

  test("a path of 64 names matches", async () => {
    const path = freshPath("/d".repeat(63));
    const paths = [path, `${path}/e`, path.slice(0, -2)];
    expect((await printed(hierarchy, [path], paths)).paths).toEqual(paths.slice(0, 2));
  });
});

const v1s = each.filter(([, { version }]) => version === 1);
test.if(v1s.length > 0)("v1: a renamed cgroup matches by its new path and is shown with it", async () => {
  const hierarchy = v1s[0]![1];
  const [from, to] = [freshPath(), freshPath()];
  const folder = (path: string) => hierarchy.mountPoint + path;
  const { value, of } = await watch(async () => {
    mkdirSync(folder(from));
    mkdirSync(folder(`${from}/below`));
    const pids: number[] = [];
    const both = async (path: string) => {
      for (const each of [path, `${path}/below`]) {
        pids.push((await runIn(only(new Cgroup(hierarchy, each)), ["true"])).pid);
      }
    };
    await both(from);
    renameSync(folder(from), folder(to));
    await both(to);
    renameSync(folder(to), folder(from));
    await both(from);
    rmdirSync(folder(`${from}/below`));
    rmdirSync(folder(from));
    return pids;
  }, [...ownChildren, "-c", to]);
  expect(value.map((pid) => of(pid).map(({ cgroup }) => cgroup))).toEqual([[], [], [to], [`${to}/below`], [], []]);
});

test.if(v1s.length > 0)("v1: a renamed cgroup is shown with the path that it has when a process dies", async () => {
  const hierarchy = v1s[0]![1];
  const [from, to] = [freshPath(), freshPath()];
  const { value, of } = await watch(async () => {
    mkdirSync(hierarchy.mountPoint + from);
    mkdirSync(`${hierarchy.mountPoint + from}/below`);
    const pids: number[] = [];
    const both = async (path: string) => {
      for (const each of [path, `${path}/below`]) {
        pids.push((await runIn(only(new Cgroup(hierarchy, each)), ["true"])).pid);
      }
    };
    await both(from);
    renameSync(hierarchy.mountPoint + from, hierarchy.mountPoint + to);
    await both(to);
    rmdirSync(`${hierarchy.mountPoint + to}/below`);
    rmdirSync(hierarchy.mountPoint + to);
    return pids;
  }, ownChildren);
  const shown = [from, `${from}/below`, to, `${to}/below`].map((path) => [path]);
  expect(value.map((pid) => of(pid).map(({ cgroup }) => cgroup))).toEqual(shown);
});

describe.each(each)("%s: --cgroup of a tracer in a cgroup namespace", (_, hierarchy) => {
  const namesBelow = async (base: string, wanted: string[], paths: string[]) => {
    using undo = new DisposableStack();
    const roots = hierarchies.map((each) => undo.use(new Cgroup(each, `${base}/root`)));
    for (const root of roots.filter((each) => each.has("cpuset.cpus"))) {
      root.set("../cpuset.cpus", "0");
      root.set("../cpuset.mems", "0");
      root.set("cpuset.cpus", "0");
      root.set("cpuset.mems", "0");
    }
    const moves = roots.map(({ processes }) => `echo $$ >'${processes}'`);
    const { value, of } = await watch(
      async () => {
        const pids: number[] = [];
        for (const path of paths) pids.push(await dieIn(hierarchy, base + path));
        return pids;
      },
      [...ownChildren, ...wanted.flatMap((path) => ["-c", path])],
      { via: shell(`${moves.join(" && ")} && exec unshare --cgroup "$@"`) },
    );
    return paths.filter((_path, i) => of(value[i]!).length);
  };
  const paths = ["/root", "/root/a", "/root/a/b", "/root/b", "/a", "/other/a", "/root2"];

  test("--cgroup /a in a cgroup namespace selects the path that /proc/PID/cgroup shows there", async () => {
    expect(await namesBelow(freshPath(), ["/a"], paths)).toEqual(["/root/a", "/root/a/b"]);
  });

  test("--cgroup / in a cgroup namespace selects all below the namespace's root", async () => {
    expect(await namesBelow(freshPath(), ["/"], paths)).toEqual(["/root", "/root/a", "/root/a/b", "/root/b"]);
  });

  test("--cgroup /../NAME in a cgroup namespace selects a sibling of the namespace's root", async () => {
    expect(await namesBelow(freshPath(), ["/../other", "/../a"], paths)).toEqual(["/a", "/other/a"]);
  });

  test("--cgroup /.. in a cgroup namespace selects the parent of the namespace's root", async () => {
    expect(await namesBelow(freshPath(), ["/.."], paths)).toEqual(paths);
    expect(await namesBelow(freshPath(), ["/../.."], paths)).toEqual(paths);
  });
});
