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
  /** An exit passes by one outcome or another. */
  isOutcome?: boolean;
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
  { name: "--signal", args: () => ["-s", "KILL"], matches: ({ how }) => how === "s9", isOutcome: true },
  { name: "--code", args: () => ["--code", "3"], matches: ({ how }) => how === "x3", isOutcome: true },
  { name: "--cgroup", args: ({ cgroup }) => ["-c", cgroup], matches: ({ place }) => place === "in" },
  { name: "--min-duration", args: ({ age }) => ["--min-duration", age], matches: ({ age }) => age === "old" },
  {
    name: "--tree",
    args: ({ parent }) => ["--tree", parent],
    matches: ({ ppid }, members) => ppid === members[0]!.ppid,
  },
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
  { name: "--max-duration", args: ({ age }) => ["--max-duration", age], matches: ({ age }) => age === "young" },
  { name: "a list of names", args: () => ["-n", "beta,alphabe?"], matches: ({ comm }) => comm !== "alpha" },
  { name: "a range of codes", args: () => ["--code", "1-2,3-200"], matches: ({ how }) => how === "x3" },
  {
    name: "a code and a signal",
    args: () => ["--code", "0", "-s", "15"],
    matches: ({ how }) => /^(x0|s15)$/.test(how),
  },
  { name: "core dumps, of which there are none", args: () => ["--core"], matches: () => false },
  { name: "OOM kills, of which there are none", args: () => ["--oom"], matches: () => false },
  { name: "core dumps or a code", args: () => ["--core", "--code", "3"], matches: ({ how }) => how === "x3" },
  { name: "a shell's command line", args: () => ["--args", "sh *"], matches: () => false },
  {
    name: "the fixture's command line",
    args: ({ folder }) => ["--args", `*filter-matrix '${folder}/*' [0-9]*`],
    matches: () => true,
  },
  { name: "both parents' trees", args: ({ parents }) => ["--tree", parents], matches: () => true },
  { name: "a duration longer than any process's", args: () => ["--min-duration", "1h"], matches: () => false },
];

/** Values after a `!`, which are removed from the others. */
export const removingFilters: readonly Filter[] = [
  { name: "all names but one", args: () => ["-n", "!beta"], matches: ({ comm }) => comm !== "beta" },
  { name: "all names but two", args: () => ["-n", "!beta,!alpha"], matches: ({ comm }) => comm === "alphabet" },
  {
    name: "a glob without a name",
    args: () => ["-n", "alph*", "-n", "!alphabet"],
    matches: ({ comm }) => comm === "alpha",
  },
  { name: "names without a glob", args: () => ["-n", "!*bet,alph*"], matches: ({ comm }) => comm === "alpha" },
  { name: "all users but root", args: () => ["-u", "!root"], matches: ({ uid }) => uid !== 0 },
  { name: "two users without one", args: () => ["-u", "0,4242,!0"], matches: ({ uid }) => uid === 4242 },
  {
    name: "all processes but some",
    args: ({ some }) => ["-p", some.replaceAll(/^|,/g, "$&!")],
    matches: ({ pid }, members) => !everyThirdPid(members).includes(pid),
  },
  {
    name: "all parents but one",
    args: ({ parent }) => ["-P", `!${parent}`],
    matches: ({ ppid }, members) => ppid !== members[0]!.ppid,
  },
  {
    name: "all trees but one",
    args: ({ parent }) => ["--tree", `!${parent}`],
    matches: ({ ppid }, members) => ppid !== members[0]!.ppid,
  },
  {
    name: "two trees without one",
    args: ({ parent, parents }) => ["--tree", `${parents},!${parent}`],
    matches: ({ ppid }, members) => ppid !== members[0]!.ppid,
  },
  { name: "all outcomes but a signal", args: () => ["-s", "!KILL"], matches: ({ how }) => how !== "s9" },
  { name: "all signals but one", args: () => ["-s", "any,!KILL"], matches: ({ how }) => how === "s15" },
  { name: "no signal", args: () => ["-s", "!any"], matches: ({ how }) => how.startsWith("x") },
  { name: "all outcomes but two codes", args: () => ["--code", "!0,!3"], matches: ({ how }) => how.startsWith("s") },
  { name: "a range without a code", args: () => ["--code", "0-5,!3"], matches: ({ how }) => how === "x0" },
  {
    name: "a code and a signal removed",
    args: () => ["--code", "!0", "-s", "!15"],
    matches: ({ how }) => /3|9/.test(how),
  },
  { name: "failures but one", args: () => ["-x", "--code", "!3"], matches: ({ how }) => how.startsWith("s") },
  { name: "all cgroups but one", args: ({ cgroup }) => ["-c", `!${cgroup}`], matches: ({ place }) => place === "out" },
  {
    name: "the root without a cgroup",
    args: ({ cgroup }) => ["-c", "/", "-c", `!${cgroup}`],
    matches: ({ place }) => place === "out",
  },
  { name: "all command lines but one", args: () => ["--args", "!*filter-matrix*"], matches: () => false },
];
