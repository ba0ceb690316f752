/** A process's cgroup as it was at its exit; it may be removed before the record is printed. */
import { describe, expect, test } from "bun:test";
import {
  Cgroup,
  freshPath,
  type Hierarchy,
  hierarchies,
  nowhere,
  only,
  ownChildren,
  runIn,
  startIn,
  v1,
  v2,
  watch,
} from "../support/cgroups.ts";
import { nameOracle, plainOracle } from "../support/hostile-text.ts";
import { parseCsv } from "../support/csv-parser.ts";
import { binary, closingLine, runToEnd, shell, Tracer } from "../support/tracer.ts";

const v1Memory = v1("memory");
const v1Pids = v1("pids");
if (!v2) console.warn("SKIPPED: no cgroup v2 hierarchy is mounted here, what concerns v2 is not tested");
if (!v1Memory) console.warn("SKIPPED: no v1 memory hierarchy is mounted here, what concerns v1 is not tested");
if (!v1Pids)
  console.warn("SKIPPED: no v1 pids hierarchy is mounted here, controllers other than memory are not tested");

/** The hierarchies that there are, to be tested in the same way. */
const both: [name: string, hierarchy: Hierarchy][] = [];
if (v2) both.push(["v2", v2]);
if (v1Memory) both.push(["v1", v1Memory]);

/** 64 hex digits. */
const id = (seed: string) => new Bun.CryptoHasher("sha256").update(seed).digest("hex");

describe.each(both)("a cgroup of %s", (_version, hierarchy) => {
  test("a nested cgroup is shown by its path", async () => {
    using cgroup = new Cgroup(hierarchy, freshPath("/nested/deeper"));
    const { value, of } = await watch(() => runIn(only(cgroup), ["true"]), ownChildren);
    expect(of(value.pid)).toMatchObject([{ cgroup: cgroup.path, container_id: null, pod_uid: null }]);
  });

  test("20 processes in 10 cgroups, in turns: each has its own path", async () => {
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

  test("a cgroup that is removed before the record is read is shown by its path", async () => {
    const path = freshPath("/gone");
    const { value, of } = await watch(async (tracer) => {
      tracer.process.kill("SIGSTOP");
      using cgroup = new Cgroup(hierarchy, path);
      return await runIn(only(cgroup), ["true"]);
    }, ownChildren);
    expect(of(value.pid)).toMatchObject([{ cgroup: path }]);
  });

  test("a cgroup that is removed and created again is shown by its path", async () => {
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
    expect(closingLine(stderr).lost).toBe(0);
    // the test itself may live in a cgroup of v2
    const expected = hierarchy === v2 || !v2 ? value : value.filter(([pid]) => isInRootOf(of(pid)[0]?.cgroup, base));
    expect(expected.map(([pid]) => of(pid).map(({ cgroup }) => cgroup))).toEqual(expected.map(([, path]) => [path]));
    expect(value.filter(([pid]) => of(pid).length !== 1 || of(pid)[0]!.cgroup === null)).toEqual([]);
  });

  test.if(Boolean(process.env.EXITSNOOP_LONG))(
    "20,000 cgroups: one that was evicted meanwhile is shown by its path again",
    async () => {
      // perl makes and removes them without a process for each
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
      expect(closingLine(stderr).lost).toBe(0);
      const said = (events as unknown as { pid: number; ppid: number; cgroup: string | null }[])
        .filter(({ ppid }) => ppid === perl.pid)
        .map(({ pid, cgroup }) => `${pid} ${cgroup}\n`);
      expect(said.length).toBe(20_002);
      expect(said.join("")).toBe(perl.stdout);
    },
  );

  test("a cgroup 40 levels deep is shown by its whole path", async () => {
    const path = freshPath(Array.from({ length: 39 }, (_, i) => `/level-${i + 2}`).join(""));
    using cgroup = new Cgroup(hierarchy, path);
    const { value, of } = await watch(() => runIn(only(cgroup), ["true"]), ownChildren);
    expect(of(value.pid)).toMatchObject([{ cgroup: path }]);
  });

  test("a cgroup with the longest names is shown by its whole path", async () => {
    // 3,600 bytes: more than any runtime makes, less than PATH_MAX with the mount point before it
    const path = freshPath(`/${"x".repeat(255)}`.repeat(14));
    using cgroup = new Cgroup(hierarchy, path);
    const { value, of } = await watch(() => runIn(only(cgroup), ["true"]), ownChildren);
    expect(of(value.pid)).toMatchObject([{ cgroup: path }]);
  });

  test("a process that was moved is shown in its last cgroup", async () => {
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

  test("a process in a cgroup namespace is shown with the host's path", async () => {
    using cgroup = new Cgroup(hierarchy, freshPath("/namespace"));
    const inside = shell("cat /proc/self/cgroup; exec true");
    const { value, of } = await watch(() => runIn(only(cgroup), ["unshare", "--cgroup", ...inside]), ownChildren);
    expect(value).toMatchObject({ status: 0, stderr: "" });
    expect(value.stdout).toMatch(/^\d+:.*:\/$/m);
    expect(value.stdout).not.toContain("namespace");
    expect(of(value.pid)).toMatchObject([{ comm: "true", cgroup: cgroup.path }]);
  });

  test("a tracer in a cgroup namespace without mounted hierarchies shows cgroup paths", async () => {
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

/**
 * Whether the record has a v1 path below `base`, or none, and not the v2 path of the test itself.
 */
function isInRootOf(cgroup: string | null | undefined, base: string): boolean {
  return cgroup === null || cgroup === undefined || cgroup.startsWith(base);
}

describe("the hierarchy of a cgroup path", () => {
  test.if(!!v2 && !!v1Memory)("a cgroup path is v2's if the process is not in the root of v2", async () => {
    using there = new Cgroup(v2!, freshPath());
    using here = new Cgroup(v1Memory!, freshPath());
    const { value, of } = await watch(() => runIn([...nowhere(), there, here], ["true"]), ownChildren);
    expect(of(value.pid)).toMatchObject([{ cgroup: there.path }]);
  });

  test.if(!!v2 && !!v1Pids && !!v1Memory)("a cgroup path of v1 is the memory controller's before others", async () => {
    using pids = new Cgroup(v1Pids!, freshPath());
    using memory = new Cgroup(v1Memory!, freshPath());
    const { value, of } = await watch(() => runIn([...nowhere(), pids, memory], ["true"]), ownChildren);
    expect(of(value.pid)).toMatchObject([{ cgroup: memory.path }]);
  });

  test("a process in the root of every hierarchy has the cgroup path /", async () => {
    const { value, of } = await watch(() => runIn(nowhere(), ["true"]), ownChildren);
    expect(of(value.pid)).toMatchObject([{ cgroup: "/", container_id: null, pod_uid: null }]);
  });
});

describe("container and pod", () => {
  const uid = "6d3c1f0e-2b4a-4c8d-9e7f-1a2b3c4d5e6f";

  test.if(!!v2 && !!v1Memory)("a service in v2 and its container in v1: the container is v1's", async () => {
    using there = new Cgroup(v2!, freshPath("/containerd.service"));
    using here = new Cgroup(v1Memory!, freshPath(`/burstable/pod${uid}/${id("v1")}`));
    const { value, of } = await watch(() => runIn([...nowhere(), there, here], ["true"]), ownChildren);
    expect(of(value.pid)).toMatchObject([{ cgroup: there.path, container_id: id("v1"), pod_uid: uid }]);
  });

  test.if(!!v2 && !!v1Memory)("a container in v2 and its service in v1: the container is v2's", async () => {
    using there = new Cgroup(v2!, freshPath(`/pod${uid}/${id("v2")}`));
    using here = new Cgroup(v1Memory!, freshPath("/containerd.service"));
    const { value, of } = await watch(() => runIn([...nowhere(), there, here], ["true"]), ownChildren);
    expect(of(value.pid)).toMatchObject([{ cgroup: there.path, container_id: id("v2"), pod_uid: uid }]);
  });

  test.if(!!v2 && !!v1Memory)("two containers of v1 in one v2 cgroup: each process has its own container", async () => {
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

/** The kind of a cgroup's name, the name, and the name in JSON. */
const hostile: [what: string, name: string | Buffer, json: string][] = [
  ["spaces", "two  words ", "two  words "],
  ["a tab", "tab\there", "tab\there"],
  ["a carriage return", "back\rover", "back\rover"],
  ["escape sequences", "\x1b[31mred\x1b[0m", "\x1b[31mred\x1b[0m"],
  ["a title and a bell", "\x1b]0;pwned\x07", "\x1b]0;pwned\x07"],
  ["quotes", `"double" 'single' , ;`, `"double" 'single' , ;`],
  ["UTF-8", "käse-ナノ-🐚", "käse-ナノ-🐚"],
  ["control characters of C1", "c1\u009b31m\u0085", "c1\u009b31m\u0085"],
  ["turned direction", "abc\u202egpj.exe", "abc\u202egpj.exe"],
  ["no UTF-8", Buffer.from("a\xff\xfeb\xc3", "latin1"), "a\ufffd\ufffdb\ufffd"],
  ["DEL", "rub\x7fout", "rub\x7fout"],
];

/** Characters that a terminal could obey, except line feeds. */
const raw = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffd]/;

describe.each(hostile)("a name with %s", (_what, name, json) => {
  const hierarchy = v2 ?? v1Memory;

  test.if(!!hierarchy)("a hostile cgroup name is escaped in JSON, tables and CSV", async () => {
    const parent = freshPath();
    using cgroup = new Cgroup(hierarchy!, Buffer.concat([Buffer.from(`${parent}/`), Buffer.from(name as string)]));
    const columns = ["--columns", "pid,cgroup", ...ownChildren];
    const table = await Tracer.start(columns);
    const csv = await Tracer.start(["--format", "csv", ...columns]);
    const { value, of, stdout } = await watch(() => runIn(only(cgroup), ["true"]), ownChildren);
    const [tableEnded, csvEnded] = [await table.end(), await csv.end()];

    expect(of(value.pid)).toMatchObject([{ cgroup: `${parent}/${json}` }]);
    expect(stdout).not.toMatch(/[\x00-\x09\x0b-\x1f]/);

    const line = tableEnded.stdout.split("\n").find((each) => each.split(/\s+/).includes(String(value.pid)));
    const path = Buffer.concat([Buffer.from(`${parent}/`), Buffer.from(name as string)]);
    expect(line).toEndWith(` ${nameOracle(path)}`);
    expect(tableEnded.stdout).not.toMatch(raw);

    const row = parseCsv(csvEnded.stdout).find(([pid]) => pid === String(value.pid));
    expect(row?.[1]).toBe(plainOracle(path));
    expect(csvEnded.stdout).not.toMatch(raw);
  });
});

test.if(!!v2)("a name with a line feed is refused by the kernel itself", () => {
  expect(() => new Cgroup(v2!, `${freshPath()}/a\nb`)).toThrow("EINVAL");
});

describe("--cgroup", () => {
  /** Runs one process in each place. Returns the names of the places whose exits are printed. */
  async function seen(paths: string[], places: Record<string, Cgroup[]>): Promise<string[]> {
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
  function family(hierarchy: Hierarchy, base = freshPath()) {
    const undo = new DisposableStack();
    const make = (path: string) => undo.use(new Cgroup(hierarchy, base + path));
    return { base, make, [Symbol.dispose]: () => undo.dispose() };
  }

  test.each(both)("--cgroup, %s: selects the cgroup and those below it, no sibling", async (_version, hierarchy) => {
    using cgroups = family(hierarchy);
    const names = ["", "/a", "/a/b", "/a/b/c/d", "/ab", "/a b", "/a-", "/A", "/b", "/b/a"];
    const places = Object.fromEntries(names.map((name) => [name, [cgroups.make(name)]]));
    expect(await seen([`${cgroups.base}/a`], places)).toEqual(["/a", "/a/b", "/a/b/c/d"]);
    expect(await seen([`${cgroups.base}/a/b/c`], places)).toEqual(["/a/b/c/d"]);
    expect(await seen([`${cgroups.base}/a/`], places)).toEqual(["/a", "/a/b", "/a/b/c/d"]);
    expect(await seen([cgroups.base], places)).toEqual(names);
    expect(await seen(["/"], { ...places, nowhere: [] })).toEqual([...names, "nowhere"]);
  });

  test.each(both)("--cgroup, %s: selects any of several paths", async (_version, hierarchy) => {
    using cgroups = family(hierarchy);
    const names = ["", "/a", "/a/b", "/b", "/c", "/d"];
    const places = Object.fromEntries(names.map((name) => [name, [cgroups.make(name)]]));
    const paths = ["/a/b", "/c", "/d"].map((path) => cgroups.base + path);
    expect(await seen(paths, places)).toEqual(["/a/b", "/c", "/d"]);
    expect(await seen([paths[0]!, paths[0]!], places)).toEqual(["/a/b"]);
  });

  test.each(both)("--cgroup, %s: selects a cgroup that is created below it later", async (_version, hierarchy) => {
    using cgroups = family(hierarchy);
    cgroups.make("/a");
    const { value, of } = await watch(async () => {
      const below = await runIn(only(cgroups.make("/a/later")), ["true"]);
      const beside = await runIn(only(cgroups.make("/a-later")), ["true"]);
      return { below: below.pid, beside: beside.pid };
    }, [...ownChildren, "--cgroup", `${cgroups.base}/a`]);
    expect(of(value.below)).toMatchObject([{ cgroup: `${cgroups.base}/a/later` }]);
    expect(of(value.beside)).toEqual([]);
  });

  test.each(both)("--cgroup, %s: selects a name with spaces and UTF-8", async (_version, hierarchy) => {
    using cgroups = family(hierarchy);
    const places = { wanted: [cgroups.make("/zwei Wörter")], not: [cgroups.make("/zwei")] };
    expect(await seen([`${cgroups.base}/zwei Wörter`], places)).toEqual(["wanted"]);
  });

  test.if(!!v2 && !!v1Memory)("--cgroup of a v2 path and a v1 path selects processes in either", async () => {
    using there = family(v2!);
    using here = family(v1Memory!);
    const places = {
      "v2's": [there.make("/a")],
      "v1's": [here.make("/a")],
      both: [there.make("/a/x"), here.make("/a/x")],
      "v2's other": [there.make("/b")],
      "v1's other": [here.make("/b")],
    };
    const paths = [`${there.base}/a`, `${here.base}/a`];
    expect(await seen(paths, places)).toEqual(["v2's", "v1's", "both"]);
    expect(await seen(paths.toReversed(), places)).toEqual(["v2's", "v1's", "both"]);
    expect(await seen([paths[0]!], places)).toEqual(["v2's", "both"]);
    expect(await seen([paths[1]!], places)).toEqual(["v1's", "both"]);
  });

  test.if(!!v2 && !!v1Memory)("--cgroup of a path in both hierarchies selects processes in either", async () => {
    using there = family(v2!);
    using here = family(v1Memory!, there.base);
    const places = {
      "v2's": [there.make("/a")],
      "v1's": [here.make("/a")],
      neither: [there.make("/ab"), here.make("/ab")],
    };
    expect(await seen([`${there.base}/a`], places)).toEqual(["v2's", "v1's"]);
  });

  test.if(!!v1Pids)("--cgroup of a path that only one other v1 controller has selects it", async () => {
    using cgroups = family(v1Pids!);
    const places = { wanted: [cgroups.make("/a")], not: [cgroups.make("/b")] };
    expect(await seen([`${cgroups.base}/a`], places)).toEqual(["wanted"]);
  });

  test.if(!!v1Pids && !!v1Memory)("--cgroup of paths of two v1 controllers selects processes in either", async () => {
    using pids = family(v1Pids!);
    using memory = family(v1Memory!);
    const places = { pids: [pids.make("/a")], memory: [memory.make("/a")], neither: [pids.make("/b")] };
    expect(await seen([`${pids.base}/a`, `${memory.base}/a`], places)).toEqual(["pids", "memory"]);
  });

  test.if(!!v2)("--cgroup with --failed: both must match", async () => {
    using cgroups = family(v2!);
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
    "--cgroup %j, which no cgroup can have: status 2 and one sentence",
    async (path) => {
      const { status, stdout, stderr } = await runToEnd([binary, "-c", path, "--for", "1s"]);
      expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
      expect(stderr).toMatch(/^exitsnoop: [^\n]+\n([^\n]*--help[^\n]*\n)?$/);
      expect(stderr).toMatch(/such|x/);
      expect(stderr).not.toMatch(raw);
    },
  );
});
