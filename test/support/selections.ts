/** Filters, and which of a flock they want. */
import type { Member } from "./flock.ts";

/** What their arguments are made of: how a flock's members are named on a command line. */
export interface Names {
  /** Every third pid, and the first's parent, and all parents, in lists. */
  some: string;
  parent: string;
  parents: string;
  /** As in /proc/PID/cgroup, and as a folder. */
  cgroup: string;
  folder: string;
  /** An age between the young's and the old's. */
  age: string;
}

export interface Filter {
  name: string;
  args(names: Names): string[];
  wants(member: Member, members: readonly Member[]): boolean;
}

const someOf = (members: readonly Member[]) => members.filter((_, i) => i % 3 === 0).map(({ pid }) => pid);

export function namesOf(members: readonly Member[]): Pick<Names, "some" | "parent" | "parents"> {
  const parents = [...new Set(members.map(({ ppid }) => ppid))];
  return { some: someOf(members).join(","), parent: `${parents[0]}`, parents: parents.join(",") };
}

export const filters: readonly Filter[] = [
  { name: "--failed", args: () => ["-x"], wants: ({ how }) => how !== "x0" },
  {
    name: "--pid",
    args: ({ some }) => ["-p", some],
    wants: ({ pid }, members) => someOf(members).includes(pid),
  },
  {
    name: "--ppid",
    args: ({ parent }) => ["-P", parent],
    wants: ({ ppid }, members) => ppid === members[0]!.ppid,
  },
  { name: "--name", args: () => ["-n", "alpha"], wants: ({ comm }) => comm === "alpha" },
  { name: "--name with a glob", args: () => ["-n", "alpha*"], wants: ({ comm }) => comm.startsWith("alpha") },
  { name: "--user", args: () => ["-u", "4242"], wants: ({ uid }) => uid === 4242 },
  { name: "--signal", args: () => ["-s", "KILL"], wants: ({ how }) => how === "s9" },
  { name: "--cgroup", args: ({ cgroup }) => ["-c", cgroup], wants: ({ place }) => place === "in" },
  { name: "--min-duration", args: ({ age }) => ["--min-duration", age], wants: ({ age }) => age === "old" },
];

/** Lists are *or*, and the forms that they are given in. */
export const lists: readonly Filter[] = [
  { name: "two names", args: () => ["-n", "bet?", "-n", "alph[a-b]"], wants: ({ comm }) => comm !== "alphabet" },
  { name: "two users, one by name", args: () => ["-u", "root,4242"], wants: () => true },
  { name: "a user by name", args: () => ["--user", "root"], wants: ({ uid }) => uid === 0 },
  { name: "two signals", args: () => ["-s", "9,SIGTERM"], wants: ({ how }) => how.startsWith("s") },
  { name: "any signal", args: () => ["-s", "any"], wants: ({ how }) => how.startsWith("s") },
  { name: "a signal of nobody", args: () => ["-s", "RTMIN+6"], wants: () => false },
  { name: "a name of nobody", args: () => ["-n", "alph"], wants: () => false },
  { name: "both parents", args: ({ parents }) => ["-P", parents], wants: () => true },
  { name: "the cgroup's folder", args: ({ folder }) => ["-c", folder], wants: ({ place }) => place === "in" },
  { name: "the root of all cgroups", args: () => ["-c", "/"], wants: () => true },
  { name: "a longer life than theirs", args: () => ["--min-duration", "1h"], wants: () => false },
];
