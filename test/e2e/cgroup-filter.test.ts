/** `--cgroup PATH` in both cgroup versions, with one path and several. */
import { describe, expect, test } from "bun:test";
import { bothVersions, v1Memory, v1Pids } from "../support/cgroup-versions.ts";
import { Cgroup, freshPath, type Hierarchy, nowhere, only, ownChildren, runIn, v2, watch } from "../support/cgroups.ts";
import { unsafe } from "../support/hostile-text.ts";
import { binary, runToEnd } from "../support/tracer.ts";

describe("--cgroup PATH", () => {
  /** Runs a process in each place. Returns the names of the places whose exits --cgroup selects. */
  async function selected(paths: string[], places: Record<string, Cgroup[]>): Promise<string[]> {
    const { value, of } = await watch(async () => {
      const pids: [name: string, pid: number][] = [];
      for (const [name, cgroups] of Object.entries(places)) {
        pids.push([name, (await runIn([...nowhere(), ...cgroups], ["true"])).pid]);
      }
      return pids;
    }, [...ownChildren, ...paths.flatMap((path) => ["-c", path])]);
    return value.flatMap(([name, pid]) => of(pid).map(() => name));
  }

  /** Creates cgroups by their paths below a fresh base. */
  function cgroupTree(hierarchy: Hierarchy, base = freshPath()) {
    const undo = new DisposableStack();
    const make = (path: string) => undo.use(new Cgroup(hierarchy, base + path));
    return { base, make, [Symbol.dispose]: () => undo.dispose() };
  }

  test.each(bothVersions)(
    "--cgroup, %s: selects the cgroup and those below it, but no sibling",
    async (_version, hierarchy) => {
      using cgroups = cgroupTree(hierarchy);
      const names = ["", "/a", "/a/b", "/a/b/c/d", "/ab", "/a b", "/a-", "/A", "/b", "/b/a"];
      const places = Object.fromEntries(names.map((name) => [name, [cgroups.make(name)]]));
      expect(await selected([`${cgroups.base}/a`], places)).toEqual(["/a", "/a/b", "/a/b/c/d"]);
      expect(await selected([`${cgroups.base}/a/b/c`], places)).toEqual(["/a/b/c/d"]);
      expect(await selected([`${cgroups.base}/a/`], places)).toEqual(["/a", "/a/b", "/a/b/c/d"]);
      expect(await selected([cgroups.base], places)).toEqual(names);
      expect(await selected(["/"], { ...places, nowhere: [] })).toEqual([...names, "nowhere"]);
    },
  );

  test.each(bothVersions)(
    "--cgroup, %s, several paths: selects processes in any of them",
    async (_version, hierarchy) => {
      using cgroups = cgroupTree(hierarchy);
      const names = ["", "/a", "/a/b", "/b", "/c", "/d"];
      const places = Object.fromEntries(names.map((name) => [name, [cgroups.make(name)]]));
      const paths = ["/a/b", "/c", "/d"].map((path) => cgroups.base + path);
      expect(await selected(paths, places)).toEqual(["/a/b", "/c", "/d"]);
      expect(await selected([paths[0]!, paths[0]!], places)).toEqual(["/a/b"]);
    },
  );

  test.each(bothVersions)(
    "--cgroup, %s, a cgroup created below the path later: selects it",
    async (_version, hierarchy) => {
      using cgroups = cgroupTree(hierarchy);
      cgroups.make("/a");
      const { value, of } = await watch(async () => {
        const below = await runIn(only(cgroups.make("/a/later")), ["true"]);
        const beside = await runIn(only(cgroups.make("/a-later")), ["true"]);
        return { below: below.pid, beside: beside.pid };
      }, [...ownChildren, "--cgroup", `${cgroups.base}/a`]);
      expect(of(value.below)).toMatchObject([{ cgroup: `${cgroups.base}/a/later` }]);
      expect(of(value.beside)).toEqual([]);
    },
  );

  test.each(bothVersions)(
    "--cgroup, %s, a name with spaces and UTF-8: selects the cgroup",
    async (_version, hierarchy) => {
      using cgroups = cgroupTree(hierarchy);
      const places = { wanted: [cgroups.make("/zwei Wörter")], not: [cgroups.make("/zwei")] };
      expect(await selected([`${cgroups.base}/zwei Wörter`], places)).toEqual(["wanted"]);
    },
  );

  test.if(!!v2 && !!v1Memory)("--cgroup, a v2 path and a v1 path: selects processes in either", async () => {
    using there = cgroupTree(v2!);
    using here = cgroupTree(v1Memory!);
    const places = {
      "v2's": [there.make("/a")],
      "v1's": [here.make("/a")],
      both: [there.make("/a/x"), here.make("/a/x")],
      "v2's other": [there.make("/b")],
      "v1's other": [here.make("/b")],
    };
    const paths = [`${there.base}/a`, `${here.base}/a`];
    expect(await selected(paths, places)).toEqual(["v2's", "v1's", "both"]);
    expect(await selected(paths.toReversed(), places)).toEqual(["v2's", "v1's", "both"]);
    expect(await selected([paths[0]!], places)).toEqual(["v2's", "both"]);
    expect(await selected([paths[1]!], places)).toEqual(["v1's", "both"]);
  });

  test.if(!!v2 && !!v1Memory)("--cgroup, a path in both hierarchies: selects processes in either", async () => {
    using there = cgroupTree(v2!);
    using here = cgroupTree(v1Memory!, there.base);
    const places = {
      "v2's": [there.make("/a")],
      "v1's": [here.make("/a")],
      neither: [there.make("/ab"), here.make("/ab")],
    };
    expect(await selected([`${there.base}/a`], places)).toEqual(["v2's", "v1's"]);
  });

  test.if(!!v1Pids)("--cgroup, a path of the v1 pids controller alone: selects the cgroup", async () => {
    using cgroups = cgroupTree(v1Pids!);
    const places = { wanted: [cgroups.make("/a")], not: [cgroups.make("/b")] };
    expect(await selected([`${cgroups.base}/a`], places)).toEqual(["wanted"]);
  });

  test.if(!!v1Pids && !!v1Memory)("--cgroup, paths of two v1 controllers: selects processes in either", async () => {
    using pids = cgroupTree(v1Pids!);
    using memory = cgroupTree(v1Memory!);
    const places = { pids: [pids.make("/a")], memory: [memory.make("/a")], neither: [pids.make("/b")] };
    expect(await selected([`${pids.base}/a`, `${memory.base}/a`], places)).toEqual(["pids", "memory"]);
  });

  test.if(!!v2)("--cgroup with --failed: selects exits that match both", async () => {
    using cgroups = cgroupTree(v2!);
    const [inside, outside] = [cgroups.make("/a"), cgroups.make("/b")];
    const { value, of } = await watch(async () => {
      const good = await runIn(only(inside), ["true"]);
      const bad = await runIn(only(inside), ["false"]);
      const elsewhere = await runIn(only(outside), ["false"]);
      return [good.pid, bad.pid, elsewhere.pid];
    }, [...ownChildren, "-x", "-c", `${cgroups.base}/a`]);
    expect(value.map((pid) => of(pid).length)).toEqual([0, 1, 0]);
  });

  test.each(["exitsnoop-no-such-cgroup", "/no\x1b[31m\n\u202esuch", "//..//x", `/${"x".repeat(256)}`])(
    "--cgroup %j, which no cgroup can have: fails with one message and status 2",
    async (path) => {
      const { status, stdout, stderr } = await runToEnd([binary, "-c", path, "--for", "1s"]);
      expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
      expect(stderr).toMatch(/^exitsnoop: [^\n]+\n([^\n]*--help[^\n]*\n)?$/);
      expect(stderr).toMatch(/such|x/);
      expect(stderr.replaceAll("\n", "")).not.toMatch(unsafe);
    },
  );
});
