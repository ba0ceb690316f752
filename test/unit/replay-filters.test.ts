/** The filters of test/support/filter-cases.ts: test/e2e/filter-matrix.test.ts has the kernel's. */
import { describe, expect, test } from "bun:test";
import { parseCommandLine } from "../../src/cli/parse.ts";
import { planReplay } from "../../src/cli/plan-replay.ts";
import { subcommands } from "../../src/cli/subcommands.ts";
import { selectionOf } from "../../src/replay/replay-selection.ts";
import { RecordedExits } from "../../src/replay/recorded-exits.ts";
import { containerPaths, id, unitPaths } from "../support/cgroup-paths.ts";
import { type Filter, filters, listFilters, pidTargets, removingFilters } from "../support/filter-cases.ts";
import type { Member } from "../support/filter-matrix.ts";
import { exited, fakeExit, killedBy } from "../support/fake-exit.ts";
import { formatOf } from "../support/fake-host.ts";
import { contextOf } from "../support/fake-records.ts";
import { exitsIn, textOfExits } from "../support/recordings.ts";

const CGROUP = "/exitsnoop test 1234";
const FOLDER = `/sys/fs/cgroup/memory${CGROUP}`;
const AGE = 8;

/** The processes of test/fixtures/filter-matrix.c, which have every combination of properties. */
const members: Member[] = [];
for (const ppid of [500, 501])
  for (const age of ["old", "young"] as const)
    for (const comm of ["alpha", "beta", "alphabet"])
      for (const uid of [0, 4242])
        for (const how of ["x0", "x3", "s9", "s15"])
          for (const place of ["in", "out"] as const)
            members.push({ pid: 1000 + members.length, ppid, comm, uid, how, age, place });

const exitOf = ({ pid, ppid, comm, uid, how, age, place }: Member) =>
  fakeExit(
    {
      ...{ pid, ppid, comm, uid, cgroupV2: place === "in" ? 7n : 8n },
      duration: BigInt(age === "old" ? AGE + 1 : AGE - 1) * 1_000_000_000n,
      status: how.startsWith("x") ? exited(Number(how.slice(1))) : killedBy(Number(how.slice(1))),
      args: [`/tmp/filter-matrix`, `${FOLDER}/cgroup.procs`, "1000"],
    },
    contextOf({ 7: CGROUP, 8: "/other" }, { 0: "root" }),
  );
const recording = textOfExits(formatOf("-j -w"), members.map(exitOf));

/** Returns the pids that a command line selects, and the sentence about what was left out. */
function select(args: readonly string[], lines = recording) {
  const { parsed } = parseCommandLine(subcommands.replay, [...args, "rec"]);
  const plan = planReplay(parsed, ["rec"], { isTerminal: () => false, environment: {} });
  const exits = new RecordedExits(selectionOf(plan), undefined);
  const pids = Array.from(exitsIn(lines, exits), ({ record: { pid } }) => pid);
  return { pids, leftOut: exits.leftOut.text() };
}

const isTree = ({ args }: Filter) => args({ ...pidTargets(members), cgroup: "", folder: "", age: "" })[0] === "--tree";

describe("replay selects as the kernel does:", () => {
  const all = [...filters, ...listFilters, ...removingFilters].filter((filter) => !isTree(filter));
  const targets = { ...pidTargets(members), cgroup: CGROUP, folder: FOLDER, age: `${AGE}s` };

  test("the filters are those of the kernel, except --tree", () => expect(all.length).toBeGreaterThan(40));

  test.each(all.map((filter) => [filter.name, filter] as const))("%s", (_, filter) => {
    const { pids, leftOut } = select(filter.args(targets));
    const expected = members.filter((member) => filter.matches(member, members)).map(({ pid }) => pid);
    expect({ pids, leftOut }).toEqual({ pids: expected, leftOut: undefined });
  });

  const singles = filters.filter((filter) => !isTree(filter) && filter.name !== "--name with a glob");
  const pairs = singles.flatMap((first, i) => singles.slice(i + 1).map((second) => [first, second] as const));

  test.each(pairs.map(([one, other]) => [one.name, other.name, one, other] as const))(
    "%s and %s",
    (_a, _b, one, other) => {
      const expected = members.filter((member) => {
        const [first, second] = [one.matches(member, members), other.matches(member, members)];
        return one.isOutcome && other.isOutcome ? first || second : first && second;
      });
      expect(select([...one.args(targets), ...other.args(targets)]).pids).toEqual(expected.map(({ pid }) => pid));
    },
  );
});

describe("replay, cgroups:", () => {
  /** Returns the paths that are selected: test/e2e/filter-cgroup-names.test.ts has the kernel's. */
  function among(all: readonly string[], ...args: string[]): string[] {
    const names = { [id("a")]: "2web", [id("b")]: "2db" };
    const context = contextOf(Object.fromEntries(all.map((path, i) => [i + 1, path])), {}, names);
    const exits = all.map((_, i) => fakeExit({ pid: i + 1, cgroupV2: BigInt(i + 1) }, context));
    return select(args, textOfExits(formatOf("-j -w"), exits)).pids.map((pid) => all[pid - 1]!);
  }

  test("--unit: selects the unit's cgroup and those below it, wherever it is", () => {
    expect(among(unitPaths, "--unit", "a")).toEqual(["/a.service", "/a.service/sub", "/x.slice/a.service"]);
    expect(among(unitPaths, "--unit", "a.service,b")).toEqual([
      "/a.service",
      "/a.service/sub",
      "/x.slice/a.service",
      "/x.slice/b.service",
    ]);
    expect(among(unitPaths, "--unit", "!a")).toEqual(["/x.slice", "/x.slice/b.service", "/xa.service"]);
    expect(among(unitPaths, "--unit", "x.slice,!a")).toEqual(["/x.slice", "/x.slice/b.service"]);
    expect(among(unitPaths, "--unit", "a", "-c", "/x.slice")).toEqual(["/x.slice/a.service"]);
  });

  test("--container by id: selects the cgroups that have the id, but not those of its monitor", () => {
    const ofA = [containerPaths[0]!, containerPaths[1]!, containerPaths[2]!, containerPaths[4]!];
    expect(among(containerPaths, "--container", "a".repeat(12))).toEqual(ofA);
    expect(among(containerPaths, "--container", id("a").toUpperCase())).toEqual(ofA);
    expect(among(containerPaths, "--container", `${"b".repeat(13)},${id("c")}`)).toEqual([containerPaths[3]!]);
    expect(among(containerPaths, "--container", `!${"a".repeat(12)}`)).toEqual(
      containerPaths.filter((path) => !ofA.includes(path)),
    );
  });

  test("--container by name: selects by the recorded name", () => {
    expect(among(containerPaths, "--container", "db")).toEqual([containerPaths[3]!]);
    expect(among(containerPaths, "--container", "web,db")).toHaveLength(5);
    expect(among(containerPaths, "--container", "!web")).not.toContain(containerPaths[0]);
  });

  test("-c /..: is refused, since a recording has the paths of the host", () => {
    expect(() => select(["-c", "/../x"])).toThrow("--cgroup /../x: a recording has the paths of the host");
  });
});

describe("replay, outcomes that test/fixtures/filter-matrix.c has not:", () => {
  const oom = fakeExit({ pid: 1, status: killedBy(9), killer: { kind: "oom", reason: "oomMachine", code: 0x80 } });
  const core = fakeExit({ pid: 2, status: killedBy(6, true) });
  const killed = fakeExit({ pid: 3, status: killedBy(9) });
  const failed = fakeExit({ pid: 4, status: exited(3) });
  const lines = textOfExits(formatOf("-j -w"), [oom, core, killed, failed]);

  test.each([
    [["--oom"], [1]],
    [["--core"], [2]],
    [
      ["--oom", "--code", "3", "-s", "ABRT"],
      [1, 2, 4],
    ],
    [["--oom", "-s", "!KILL"], []],
    [["--core", "-s", "!ABRT"], []],
    [
      ["--core", "--code", "3"],
      [2, 4],
    ],
  ])("%p", (args, pids) => expect(select(args, lines).pids).toEqual(pids));
});

describe("replay of columns that were not all recorded:", () => {
  const lines = textOfExits(formatOf("-j -C time,pid,comm"), members.map(exitOf));

  test("a filter by a recorded column selects", () => {
    expect(select(["-n", "beta"], lines)).toEqual({ pids: select(["-n", "beta"]).pids, leftOut: undefined });
  });

  test.each([
    [["-x"], "exit_code"],
    [["-u", "root"], "user"],
    [["-u", "!0"], "uid"],
    [["-c", "/"], "cgroup"],
    [["--oom"], "killed_by"],
    [["--min-duration", "1s"], "duration_ns"],
  ])("%p: selects nothing, and the last message names the column", (args, key) => {
    const leftOut = `${members.length} exits left out: they have no ${key} to select by`;
    expect(select(args, lines)).toEqual({ pids: [], leftOut });
  });
});
