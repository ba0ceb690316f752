import { expect } from "bun:test";
import { MEMBERS, readMembers } from "../../support/filter-matrix.ts";
import { filters as all, type Filter, listFilters, removingFilters } from "../../support/filter-cases.ts";
import { type Feature, plain, tracerOutput, commandOutput } from "./feature.ts";

const CGROUP = "/filter-matrix.service";
const FOLDER = `/sys/fs/cgroup${CGROUP}`;
/** The age of the older processes before the younger ones start, slowly in emulation. */
const OLDER_MS = 12_000;
const names = { some: "$some", parent: "$parent", parents: "", cgroup: CGROUP, folder: FOLDER, age: "10s" };

/** Filters by pid start after the processes; the others start before, because of the age filter. */
const byPid = ["--pid", "--ppid", "--tree"];
const groups = {
  early: all.filter(({ name }) => !byPid.includes(name)),
  late: all.filter(({ name }) => byPid.includes(name)),
  other: [
    { name: "--unit", args: () => ["--unit", "filter-matrix"], matches: ({ place }) => place === "in" },
    { name: "no container", args: () => ["--container", "!0123456789ab"], matches: () => true },
    ...listFilters.filter(({ name }) => name === "core dumps or a code"),
    ...removingFilters.filter(({ name }) =>
      ["all names but one", "all users but root", "all outcomes but two codes", "all cgroups but one"].includes(name),
    ),
    { name: "OOM kills or a code", args: () => ["--oom", "--code", "3"], matches: ({ how }) => how === "x3" },
  ] satisfies Filter[],
};

const startProcesses = (older: number) => `
mkfifo go; : >members
/filter-matrix ${FOLDER}/cgroup.procs ${older} <go >members & matrix=$!
exec 3>go
while [ "$(wc -l <members)" -lt ${MEMBERS} ]; do sleep 0.1; done`;
const endProcesses = "exec 3>&-; wait $matrix; status=$?; cat members; return $status";

const tracers = (wanted: readonly Filter[]) =>
  Object.fromEntries(
    wanted.map(({ name, args }) => [
      name.replaceAll(/\W+/g, "_"),
      `${plain} ${args(names)
        .map((arg) => `"${arg}"`)
        .join(" ")}`,
    ]),
  );

export const filters: Feature = {
  name: "filters",
  steps: {
    filters: {
      before: `mkdir ${FOLDER}`,
      tracers: tracers(groups.early),
      command: `${startProcesses(OLDER_MS)}\n${endProcesses}`,
    },
    "filters late": {
      before: `${startProcesses(0)}
some=$(awk 'NF == 7 && n++ % 3 == 0 { printf "%s%s", comma, $1; comma = "," }' members)
parent=$(awk 'NF == 7 { print $2; exit }' members)`,
      tracers: tracers(groups.late),
      command: endProcesses,
    },
    "filters other": {
      tracers: tracers(groups.other),
      command: `${startProcesses(0)}\n${endProcesses}`,
      after: `rmdir ${FOLDER}`,
    },
  },
  check(outcome) {
    for (const [step, wanted] of [
      ["filters", groups.early],
      ["filters late", groups.late],
      ["filters other", groups.other],
    ] as const) {
      const members = readMembers(commandOutput(outcome, step));
      expect(members.length).toBe(MEMBERS);
      const pids = new Set(members.map(({ pid }) => pid));
      for (const { name, matches } of wanted) {
        const { events, lost } = tracerOutput(outcome, step, name.replaceAll(/\W+/g, "_"), true);
        const found = events.filter(({ pid }) => pids.has(pid)).map(({ pid }) => pid);
        const expected = members.filter((member) => matches(member, members)).map(({ pid }) => pid);
        // no other exits, and all that match except the lost ones
        expect({ name, others: found.filter((pid) => !expected.includes(pid)) }).toEqual({ name, others: [] });
        expect(new Set(found).size).toBe(found.length);
        expect(expected.length - found.length, name).toBeLessThanOrEqual(lost);
      }
    }
  },
};
