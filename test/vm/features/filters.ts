import { expect } from "bun:test";
import { MEMBERS, readMembers } from "../../support/flock.ts";
import { filters as all } from "../../support/selections.ts";
import { type Feature, plain, recorded, truthsOf } from "./feature.ts";

const CGROUP = "/flock";
const FOLDER = `/sys/fs/cgroup${CGROUP}`;
/** In emulation it takes a while to bring up those who are to be young. */
const OLDER_MS = 12_000;
const names = { some: "$some", parent: "$parent", parents: "", cgroup: CGROUP, folder: FOLDER, age: "10s" };

/** These name processes, which must be there before; the others must not be late for those who are young. */
const byPid = ["--pid", "--ppid"];
const groups = {
  early: all.filter(({ name }) => !byPid.includes(name)),
  late: all.filter(({ name }) => byPid.includes(name)),
};

const raise = (older: number) => `
mkfifo go; : >members
/flock ${FOLDER}/cgroup.procs ${older} <go >members & flock=$!
exec 3>go
while [ "$(wc -l <members)" -lt ${MEMBERS} ]; do sleep 0.1; done`;
const die = "exec 3>&-; wait $flock; flocked=$?; cat members; return $flocked";

const tracers = (wanted: typeof groups.early) =>
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
    filters: { before: `mkdir ${FOLDER}`, tracers: tracers(groups.early), command: `${raise(OLDER_MS)}\n${die}` },
    "filters late": {
      before: `${raise(0)}
some=$(awk 'NF == 7 && n++ % 3 == 0 { printf "%s%s", comma, $1; comma = "," }' members)
parent=$(awk 'NF == 7 { print $2; exit }' members)`,
      tracers: tracers(groups.late),
      command: die,
      after: `rmdir ${FOLDER}`,
    },
  },
  check(outcome) {
    for (const [step, wanted] of [
      ["filters", groups.early],
      ["filters late", groups.late],
    ] as const) {
      const members = readMembers(truthsOf(outcome, step));
      expect(members.length).toBe(MEMBERS);
      const pids = new Set(members.map(({ pid }) => pid));
      for (const { name, wants } of wanted) {
        const { events, lost } = recorded(outcome, step, name.replaceAll(/\W+/g, "_"), true);
        const found = events.filter(({ pid }) => pids.has(pid)).map(({ pid }) => pid);
        const right = members.filter((member) => wants(member, members)).map(({ pid }) => pid);
        // nobody else, and everybody but for those who are said to be lost
        expect({ name, others: found.filter((pid) => !right.includes(pid)) }).toEqual({ name, others: [] });
        expect(new Set(found).size).toBe(found.length);
        expect(right.length - found.length, name).toBeLessThanOrEqual(lost);
      }
    }
  },
};
