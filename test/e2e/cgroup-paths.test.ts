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
  namedHierarchies,
  type Hierarchy,
  only,
  ownChildren,
  runIn,
  watch,
} from "../support/cgroups.ts";
import { shell } from "../support/tracer.ts";

const tested = namedHierarchies("memory", "cpu");

/** Runs a process to its end in a cgroup that exists only for that time. Returns its pid. */
async function exitIn(hierarchy: Hierarchy, path: string): Promise<number> {
  using cgroup = new Cgroup(hierarchy, path);
  return (await runIn(only(cgroup), ["true"])).pid;
}

/** Runs one process in each of `paths` and returns the paths whose exits are printed, in order. */
async function printed(hierarchy: Hierarchy, wanted: string[], paths: string[]) {
  const { value, of, stderr } = await watch(async () => {
    const pids: number[] = [];
    for (const path of paths) pids.push(await exitIn(hierarchy, path));
    return pids;
  }, [...ownChildren, ...wanted.flatMap((path) => ["-c", path])]);
  return { paths: paths.filter((_, i) => of(value[i]!).length), stderr };
}

describe.each(tested)("--cgroup PATH on %s", (_, hierarchy) => {
  test("a cgroup that is removed and created again matches again", async () => {
    const path = freshPath();
    using kept = new Cgroup(hierarchy, path);
    const { value, of, stderr } = await watch(async () => {
      const pids = [(await runIn(only(kept), ["true"])).pid];
      kept[Symbol.dispose]();
      for (let i = 0; i < 4; i++) pids.push(await exitIn(hierarchy, path));
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

const [, renamable] = tested.find(([, { version }]) => version === 1) ?? [];

/** Creates the cgroups `from` and `from`/below. Returns their paths in the file system. */
function createPair(hierarchy: Hierarchy, from: string): [folder: string, below: string] {
  const folder = hierarchy.mountPoint + from;
  mkdirSync(folder);
  mkdirSync(`${folder}/below`);
  return [folder, `${folder}/below`];
}

/** Runs a process in each of the existing cgroups `path` and `path`/below. Returns their pids. */
async function runInPair(hierarchy: Hierarchy, path: string): Promise<number[]> {
  const pids: number[] = [];
  for (const cgroup of [path, `${path}/below`]) {
    pids.push((await runIn(only(new Cgroup(hierarchy, cgroup)), ["true"])).pid);
  }
  return pids;
}

describe.if(!!renamable)("renamed cgroup on v1", () => {
  test("a renamed cgroup matches --cgroup by its new path and is shown with it", async () => {
    const [from, to] = [freshPath(), freshPath()];
    const { value, of } = await watch(async () => {
      const [folder, below] = createPair(renamable!, from);
      const pids = await runInPair(renamable!, from);
      renameSync(folder, renamable!.mountPoint + to);
      pids.push(...(await runInPair(renamable!, to)));
      renameSync(renamable!.mountPoint + to, folder);
      pids.push(...(await runInPair(renamable!, from)));
      rmdirSync(below);
      rmdirSync(folder);
      return pids;
    }, [...ownChildren, "-c", to]);
    expect(value.map((pid) => of(pid).map(({ cgroup }) => cgroup))).toEqual([[], [], [to], [`${to}/below`], [], []]);
  });

  test("a renamed cgroup is shown with the path that it has at the exit of a process", async () => {
    const [from, to] = [freshPath(), freshPath()];
    const { value, of } = await watch(async () => {
      const [folder] = createPair(renamable!, from);
      const pids = await runInPair(renamable!, from);
      renameSync(folder, renamable!.mountPoint + to);
      pids.push(...(await runInPair(renamable!, to)));
      rmdirSync(`${renamable!.mountPoint + to}/below`);
      rmdirSync(renamable!.mountPoint + to);
      return pids;
    }, ownChildren);
    const shown = [from, `${from}/below`, to, `${to}/below`].map((path) => [path]);
    expect(value.map((pid) => of(pid).map(({ cgroup }) => cgroup))).toEqual(shown);
  });
});

describe.each(tested)("%s: --cgroup of a tracer in a cgroup namespace", (_, hierarchy) => {
  const printedBelow = async (base: string, wanted: string[], paths: string[]) => {
    using undo = new DisposableStack();
    const roots = hierarchies.map((each) => undo.use(new Cgroup(each, `${base}/top`)));
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
        for (const path of paths) pids.push(await exitIn(hierarchy, base + path));
        return pids;
      },
      [...ownChildren, ...wanted.flatMap((path) => ["-c", path])],
      { via: shell(`${moves.join(" && ")} && exec unshare --cgroup "$@"`) },
    );
    return paths.filter((_path, i) => of(value[i]!).length);
  };
  const paths = ["/top", "/top/a", "/top/a/b", "/top/b", "/a", "/other/a", "/top2"];

  test("--cgroup /a in a cgroup namespace selects the path that /proc/PID/cgroup shows there", async () => {
    expect(await printedBelow(freshPath(), ["/a"], paths)).toEqual(["/top/a", "/top/a/b"]);
  });

  test("--cgroup / in a cgroup namespace selects all below the namespace's root", async () => {
    expect(await printedBelow(freshPath(), ["/"], paths)).toEqual(["/top", "/top/a", "/top/a/b", "/top/b"]);
  });

  test("--cgroup /../NAME in a cgroup namespace selects a sibling of the namespace's root", async () => {
    expect(await printedBelow(freshPath(), ["/../other", "/../a"], paths)).toEqual(["/a", "/other/a"]);
  });

  test("--cgroup /.. in a cgroup namespace selects the parent of the namespace's root", async () => {
    expect(await printedBelow(freshPath(), ["/.."], paths)).toEqual(paths);
    expect(await printedBelow(freshPath(), ["/../.."], paths)).toEqual(paths);
  });
});
