/** Filter options, and the processes of test/fixtures/filter-matrix.c that each must select. */
import type { Member } from "./filter-matrix.ts";

/** The values that the options of a filter refer to. */
export interface Targets {
  /** Every third pid, as a list. */
  some: string;
  /** The parent of the first process. */
  parent: string;
  /** All parents, as a list. */
  parents: string;
  /** The cgroup of the processes whose `place` is `in`, as in /proc/PID/cgroup. */
  cgroup: string;
  /** The directory of that cgroup. */
  folder: string;
  /** A duration between the ages of the `young` and the `old` processes. */
  age: string;
}

export interface Filter {
  name: string;
  args(targets: Targets): string[];
  matches(member: Member, members: readonly Member[]): boolean;
}

const everyThirdPid = (members: readonly Member[]) => members.filter((_, i) => i % 3 === 0).map(({ pid }) => pid);

export function pidTargets(members: readonly Member[]): Pick<Targets, "some" | "parent" | "parents"> {
  const parents = [...new Set(members.map(({ ppid }) => ppid))];
  return { some: everyThirdPid(members).join(","), parent: `${parents[0]}`, parents: parents.join(",") };
}

/** One filter for each filter option. */
export const filters: readonly Filter[] = [
  { name: "--failed", args: () => ["-x"], matches: ({ how }) => how !== "x0" },
  {
    name: "--pid",
    args: ({ some }) => ["-p", some],
    matches: ({ pid }, members) => everyThirdPid(members).includes(pid),
  },
  {
    name: "--ppid",
    args: ({ parent }) => ["-P", parent],
    matches: ({ ppid }, members) => ppid === members[0]!.ppid,
  },
  { name: "--name", args: () => ["-n", "alpha"], matches: ({ comm }) => comm === "alpha" },
  { name: "--name with a glob", args: () => ["-n", "alpha*"], matches: ({ comm }) => comm.startsWith("alpha") },
  { name: "--user", args: () => ["-u", "4242"], matches: ({ uid }) => uid === 4242 },
  { name: "--signal", args: () => ["-s", "KILL"], matches: ({ how }) => how === "s9" },
  { name: "--cgroup", args: ({ cgroup }) => ["-c", cgroup], matches: ({ place }) => place === "in" },
  { name: "--min-duration", args: ({ age }) => ["--min-duration", age], matches: ({ age }) => age === "old" },
];

/** Options with several values, which match any of them, and other forms of a value. */
export const listFilters: readonly Filter[] = [
  { name: "two names", args: () => ["-n", "bet?", "-n", "alph[a-b]"], matches: ({ comm }) => comm !== "alphabet" },
  { name: "two users, one by name", args: () => ["-u", "root,4242"], matches: () => true },
  { name: "a user by name", args: () => ["--user", "root"], matches: ({ uid }) => uid === 0 },
  { name: "two signals", args: () => ["-s", "9,SIGTERM"], matches: ({ how }) => how.startsWith("s") },
  { name: "any signal", args: () => ["-s", "any"], matches: ({ how }) => how.startsWith("s") },
  { name: "a signal that killed no process", args: () => ["-s", "RTMIN+6"], matches: () => false },
  { name: "a prefix that is no process's name", args: () => ["-n", "alph"], matches: () => false },
  { name: "both parents", args: ({ parents }) => ["-P", parents], matches: () => true },
  { name: "the directory of the cgroup", args: ({ folder }) => ["-c", folder], matches: ({ place }) => place === "in" },
  { name: "the root of all cgroups", args: () => ["-c", "/"], matches: () => true },
  { name: "a duration longer than any process's", args: () => ["--min-duration", "1h"], matches: () => false },
];
