/** `--unit NAME` and `--container ID`: names that are anywhere in the path of a cgroup. */
import { describe, expect, test } from "bun:test";
import { containerPaths, id, unitPaths } from "../support/cgroup-paths.ts";
import { bothVersions } from "../support/cgroup-versions.ts";
import { Cgroup, freshPath, type Hierarchy, nowhere, ownChildren, runIn, watch } from "../support/cgroups.ts";
import { Tracer } from "../support/tracer.ts";

/** Runs a process in a cgroup for each path below `base`. Returns the paths that are selected. */
async function selected(hierarchy: Hierarchy, base: string, paths: string[], options: string[]): Promise<string[]> {
  using undo = new DisposableStack();
  const cgroups = paths.map((path) => undo.use(new Cgroup(hierarchy, base + path)));
  const { value, of } = await watch(async () => {
    const pids: number[] = [];
    for (const cgroup of cgroups) pids.push((await runIn([...nowhere(), cgroup], ["true"])).pid);
    return pids;
  }, [...ownChildren, ...options]);
  return paths.filter((_, i) => of(value[i]!).length > 0);
}

describe.each(bothVersions)("%s:", (_version, hierarchy) => {
  const select = (...options: string[]) => selected(hierarchy, freshPath(), unitPaths, options);

  test("--unit: selects the unit's cgroup and those below it, wherever it is", async () => {
    expect(await select("--unit", "a")).toEqual(["/a.service", "/a.service/sub", "/x.slice/a.service"]);
    expect(await select("--unit", "a.service,b")).toEqual([
      "/a.service",
      "/a.service/sub",
      "/x.slice/a.service",
      "/x.slice/b.service",
    ]);
    expect(await select("--unit", "x.slice")).toEqual(["/x.slice", "/x.slice/a.service", "/x.slice/b.service"]);
  });

  test("--unit, values after a !: are removed from the others", async () => {
    expect(await select("--unit", "!a")).toEqual(["/x.slice", "/x.slice/b.service", "/xa.service"]);
    expect(await select("--unit", "x.slice,!a")).toEqual(["/x.slice", "/x.slice/b.service"]);
  });

  test("--unit and --cgroup: an exit must match both", async () => {
    const base = freshPath();
    const options = ["--unit", "a", "-c", `${base}/x.slice`];
    expect(await selected(hierarchy, base, unitPaths, options)).toEqual(["/x.slice/a.service"]);
  });

  test("--unit, 70 levels below the unit: is selected", async () => {
    const deep = `/a.service${"/d".repeat(70)}`;
    expect(await selected(hierarchy, freshPath(), [deep, "/other"], ["--unit", "a"])).toEqual([deep]);
  });

  test("--container: selects the cgroups that have the id, but not those of its monitor", async () => {
    const found = (ids: string) => selected(hierarchy, freshPath(), containerPaths, ["--container", ids]);
    const ofA = [containerPaths[0]!, containerPaths[1]!, containerPaths[2]!, containerPaths[4]!];
    expect(await found("a".repeat(12))).toEqual(ofA);
    expect(await found(id("a").toUpperCase())).toEqual(ofA);
    expect(await found(`${"b".repeat(13)},${id("c")}`)).toEqual([containerPaths[3]!]);
    expect(await found(`${"a".repeat(11)}b`)).toEqual([]);
    expect(await found(`!${"a".repeat(12)}`)).toEqual(containerPaths.filter((path) => !ofA.includes(path)));
  });

  test("--unit of a cgroup that is created later: a warning, and its exits are printed", async () => {
    const base = freshPath();
    const name = `${base.slice(1)}.service`;
    const tracer = await Tracer.start(["--json", "--unit", name]);
    const expected = await selected(hierarchy, base, [`/${name}`], ["--unit", name]);
    const { events, stderr } = await tracer.end();
    expect(stderr).toStartWith(`exitsnoop: no cgroup of unit ${name} yet; waiting for it\nTracing`);
    expect(expected).toEqual([`/${name}`]);
    expect(events.filter(({ comm }) => comm === "true")).toHaveLength(1);
  });

  test("--container of an existing cgroup: no warning", async () => {
    using _cgroup = new Cgroup(hierarchy, `${freshPath()}/${id("d")}`);
    const tracer = await Tracer.start(["--container", "d".repeat(12)]);
    expect((await tracer.end()).stderr).toStartWith("Tracing");
  });
});
