/** Paths, containers and pods of cgroups as they were when a process exited. */
import { describe, expect, test } from "bun:test";
import { bothVersions, v1Memory, v1Pids } from "../support/cgroup-versions.ts";
import {
  Cgroup,
  freshPath,
  hierarchies,
  nowhere,
  only,
  ownChildren,
  runIn,
  startIn,
  v2,
  watch,
} from "../support/cgroups.ts";
import { parseClosingLine, shell, Tracer } from "../support/tracer.ts";

/** Returns 64 hex digits, the form of a container id. */
const id = (seed: string) => new Bun.CryptoHasher("sha256").update(seed).digest("hex");

describe.each(bothVersions)("cgroup %s", (_version, hierarchy) => {
  test("nested cgroup: the record has its path, and no container or pod", async () => {
    using cgroup = new Cgroup(hierarchy, freshPath("/nested/deeper"));
    const { value, of } = await watch(() => runIn(only(cgroup), ["true"]), ownChildren);
    expect(of(value.pid)).toMatchObject([{ cgroup: cgroup.path, container_id: null, pod_uid: null }]);
  });

  test("20 processes in 10 cgroups, in turns: each record has the path of its own", async () => {
    const base = freshPath();
    using undo = new DisposableStack();
    const cgroups = Array.from({ length: 10 }, (_, i) => undo.use(new Cgroup(hierarchy, `${base}-${i}`)));
    const { value, of } = await watch(async () => {
      const pids: [pid: number, path: string][] = [];
      for (const cgroup of [...cgroups, ...cgroups.toReversed()]) {
        pids.push([(await runIn(only(cgroup), ["true"])).pid, cgroup.path as string]);
      }
      return pids;
    }, ownChildren);
    expect(value.map(([pid]) => of(pid).map(({ cgroup }) => cgroup))).toEqual(value.map(([, path]) => [path]));
  });

  test("cgroup removed before the record is read: the record has its path", async () => {
    const path = freshPath("/gone");
    const { value, of } = await watch(async (tracer) => {
      tracer.process.kill("SIGSTOP");
      using cgroup = new Cgroup(hierarchy, path);
      return await runIn(only(cgroup), ["true"]);
    }, ownChildren);
    expect(of(value.pid)).toMatchObject([{ cgroup: path }]);
  });

  test("cgroup removed and created again: each record has its path", async () => {
    const path = freshPath("/again");
    const { value, of } = await watch(async () => {
      const pids: number[] = [];
      for (let i = 0; i < 5; i++) {
        using cgroup = new Cgroup(hierarchy, path);
        pids.push((await runIn(only(cgroup), ["true"])).pid);
      }
      return pids;
    }, ownChildren);
    expect(value.map((pid) => of(pid).map(({ cgroup }) => cgroup))).toEqual(value.map(() => [path]));
  });

  test("300 cgroups, each used once and removed: every record has a path", async () => {
    const base = freshPath();
    const { value, of, stderr } = await watch(async () => {
      const pids: [pid: number, path: string][] = [];
      for (let i = 0; i < 300; i++) {
        using cgroup = new Cgroup(hierarchy, `${base}-${i}/of-one`);
        pids.push([(await runIn([cgroup], ["true"])).pid, cgroup.path as string]);
      }
      return pids;
    }, ownChildren);
    expect(parseClosingLine(stderr).lost).toBe(0);
    // the test itself may be in a cgroup of v2
    const expected = hierarchy === v2 || !v2 ? value : value.filter(([pid]) => isInRootOf(of(pid)[0]?.cgroup, base));
    expect(expected.map(([pid]) => of(pid).map(({ cgroup }) => cgroup))).toEqual(expected.map(([, path]) => [path]));
    expect(value.filter(([pid]) => of(pid).length !== 1 || of(pid)[0]!.cgroup === null)).toEqual([]);
  });

  test.if(Boolean(process.env.EXITSNOOP_LONG))(
    "20,000 cgroups: a record in a cgroup evicted from the map has its path again",
    async () => {
      // perl creates and removes cgroups without a process for each
      const script = `
        my ($mount, $base) = @ARGV;
        sub in { my ($path) = @_; my $pid = fork();
          if (!$pid) { open(my $f, ">", "$mount$path/cgroup.procs") or exit 99; print $f $$; close $f or exit 98; exec "/bin/true"; }
          waitpid($pid, 0); print "$pid $path\\n"; exit 1 if $?; }
        mkdir "$mount$base-kept" or exit 2; in("$base-kept");
        for my $i (1..20000) { mkdir "$mount$base-$i" or exit 3; in("$base-$i"); rmdir "$mount$base-$i" or exit 4; }
        in("$base-kept"); rmdir "$mount$base-kept" or exit 5;`;
      const command = ["perl", "-e", script, hierarchy.mountPoint, freshPath()];
      const tracer = await Tracer.start(["--json", "--columns", "pid,ppid,cgroup", "--ring-size", "64M"]);
      const perl = await runIn(nowhere(), command);
      const { events, stderr } = await tracer.end();
      expect(perl).toMatchObject({ status: 0, stderr: "" });
      expect(parseClosingLine(stderr).lost).toBe(0);
      const lines = (events as unknown as { pid: number; ppid: number; cgroup: string | null }[])
        .filter(({ ppid }) => ppid === perl.pid)
        .map(({ pid, cgroup }) => `${pid} ${cgroup}\n`);
      expect(lines.length).toBe(20_002);
      expect(lines.join("")).toBe(perl.stdout);
    },
  );

  test("cgroup 40 levels deep: the record has the whole path", async () => {
    const path = freshPath(Array.from({ length: 39 }, (_, i) => `/level-${i + 2}`).join(""));
    using cgroup = new Cgroup(hierarchy, path);
    const { value, of } = await watch(() => runIn(only(cgroup), ["true"]), ownChildren);
    expect(of(value.pid)).toMatchObject([{ cgroup: path }]);
  });

  test("cgroup with names of 255 bytes: the record has the whole path", async () => {
    // 3,600 bytes: longer than the paths of container runtimes; with the mount point below PATH_MAX
    const path = freshPath(`/${"x".repeat(255)}`.repeat(14));
    using cgroup = new Cgroup(hierarchy, path);
    const { value, of } = await watch(() => runIn(only(cgroup), ["true"]), ownChildren);
    expect(of(value.pid)).toMatchObject([{ cgroup: path }]);
  });

  test("process moved between cgroups: the record has the path of the last", async () => {
    const base = freshPath();
    using first = new Cgroup(hierarchy, `${base}/first`);
    using second = new Cgroup(hierarchy, `${base}/second`);
    const { value, of } = await watch(async () => {
      const child = startIn(only(first), ["sleep", "60"]);
      second.take(child.pid);
      const other = startIn(only(first), ["sleep", "60"]);
      second.take(other.pid);
      first.take(other.pid);
      for (const each of [child, other]) each.kill("SIGKILL");
      await Promise.all([child.exited, other.exited]);
      return { child: child.pid, other: other.pid };
    }, ownChildren);
    expect(of(value.child)).toMatchObject([{ cgroup: second.path }]);
    expect(of(value.other)).toMatchObject([{ cgroup: first.path }]);
  });

  test("process in a cgroup namespace: the record has the path on the host", async () => {
    using cgroup = new Cgroup(hierarchy, freshPath("/namespace"));
    const inside = shell("cat /proc/self/cgroup; exec true");
    const { value, of } = await watch(() => runIn(only(cgroup), ["unshare", "--cgroup", ...inside]), ownChildren);
    expect(value).toMatchObject({ status: 0, stderr: "" });
    expect(value.stdout).toMatch(/^\d+:.*:\/$/m);
    expect(value.stdout).not.toContain("namespace");
    expect(of(value.pid)).toMatchObject([{ comm: "true", cgroup: cgroup.path }]);
  });

  test("tracer in a cgroup namespace without mounted hierarchies: records have cgroup paths", async () => {
    using cgroup = new Cgroup(hierarchy, freshPath());
    const script = `for mount in ${hierarchies.map(({ mountPoint }) => `'${mountPoint}'`).join(" ")}; do
      umount "$mount" || exit 1; done; exec "$@"`;
    const tracer = await Tracer.start(["--json", "--wide", ...ownChildren], {
      via: ["unshare", "--cgroup", "--mount", ...shell(script)],
    });
    const { pid } = await runIn(only(cgroup), ["true"]);
    const { events } = await tracer.end();
    expect(events.filter((event) => event.pid === pid)).toMatchObject([{ cgroup: cgroup.path }]);
  });
});

/** Returns false for the v2 path of the test itself, true for a v1 path below `base` or no path. */
function isInRootOf(cgroup: string | null | undefined, base: string): boolean {
  return cgroup === null || cgroup === undefined || cgroup.startsWith(base);
}

describe("process in cgroups of several hierarchies", () => {
  test.if(!!v2 && !!v1Memory)("v2 and v1: the record has the v2 path unless it is the root", async () => {
    using there = new Cgroup(v2!, freshPath());
    using here = new Cgroup(v1Memory!, freshPath());
    const { value, of } = await watch(() => runIn([...nowhere(), there, here], ["true"]), ownChildren);
    expect(of(value.pid)).toMatchObject([{ cgroup: there.path }]);
  });

  test.if(!!v2 && !!v1Pids && !!v1Memory)(
    "v1 memory and pids: the record has the path of the memory controller",
    async () => {
      using pids = new Cgroup(v1Pids!, freshPath());
      using memory = new Cgroup(v1Memory!, freshPath());
      const { value, of } = await watch(() => runIn([...nowhere(), pids, memory], ["true"]), ownChildren);
      expect(of(value.pid)).toMatchObject([{ cgroup: memory.path }]);
    },
  );

  test("root of every hierarchy: the record has the path /", async () => {
    const { value, of } = await watch(() => runIn(nowhere(), ["true"]), ownChildren);
    expect(of(value.pid)).toMatchObject([{ cgroup: "/", container_id: null, pod_uid: null }]);
  });
});

describe("container and pod of a cgroup path", () => {
  const uid = "6d3c1f0e-2b4a-4c8d-9e7f-1a2b3c4d5e6f";

  test.if(!!v2 && !!v1Memory)(
    "v2 path of a service, v1 path of a container: the record has the container of v1",
    async () => {
      using there = new Cgroup(v2!, freshPath("/containerd.service"));
      using here = new Cgroup(v1Memory!, freshPath(`/burstable/pod${uid}/${id("v1")}`));
      const { value, of } = await watch(() => runIn([...nowhere(), there, here], ["true"]), ownChildren);
      expect(of(value.pid)).toMatchObject([{ cgroup: there.path, container_id: id("v1"), pod_uid: uid }]);
    },
  );

  test.if(!!v2 && !!v1Memory)(
    "v2 path of a container, v1 path of a service: the record has the container of v2",
    async () => {
      using there = new Cgroup(v2!, freshPath(`/pod${uid}/${id("v2")}`));
      using here = new Cgroup(v1Memory!, freshPath("/containerd.service"));
      const { value, of } = await watch(() => runIn([...nowhere(), there, here], ["true"]), ownChildren);
      expect(of(value.pid)).toMatchObject([{ cgroup: there.path, container_id: id("v2"), pod_uid: uid }]);
    },
  );

  test.if(!!v2 && !!v1Memory)("two containers of v1 in one v2 cgroup: each record has its own container", async () => {
    using there = new Cgroup(v2!, freshPath("/containerd.service"));
    using first = new Cgroup(v1Memory!, freshPath(`/docker/${id("first")}`));
    using second = new Cgroup(v1Memory!, freshPath(`/docker/${id("second")}`));
    const { value, of } = await watch(async () => {
      const pids: number[] = [];
      for (const cgroup of [first, second, first]) pids.push((await runIn([there, cgroup], ["true"])).pid);
      return pids;
    }, ownChildren);
    expect(value.map((pid) => of(pid)[0]?.container_id)).toEqual([id("first"), id("second"), id("first")]);
  });
});
