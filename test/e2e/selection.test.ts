/** Every filter alone and in pairs against a mixed load: exactly the right deaths, decided in the kernel. */
import { describe, expect, test } from "bun:test";
import { Flock, type Member } from "./flock.ts";
import { closingLine, Tracer } from "./tracer.ts";

interface Filter {
  name: string;
  args(flock: Flock): string[];
  wants(member: Member, flock: Flock): boolean;
}

const parent = (flock: Flock) => flock.members[0]!.ppid;
const some = (flock: Flock) => flock.members.filter((_, i) => i % 3 === 0).map(({ pid }) => pid);

const filters: Filter[] = [
  { name: "--failed", args: () => ["-x"], wants: ({ how }) => how !== "x0" },
  {
    name: "--pid",
    args: (flock) => ["-p", some(flock).join(",")],
    wants: ({ pid }, flock) => some(flock).includes(pid),
  },
  { name: "--ppid", args: (flock) => ["-P", `${parent(flock)}`], wants: ({ ppid }, flock) => ppid === parent(flock) },
  { name: "--name", args: () => ["-n", "alpha"], wants: ({ comm }) => comm === "alpha" },
  { name: "--name with a glob", args: () => ["-n", "alpha*"], wants: ({ comm }) => comm.startsWith("alpha") },
  { name: "--user", args: () => ["-u", "4242"], wants: ({ uid }) => uid === 4242 },
  { name: "--signal", args: () => ["-s", "KILL"], wants: ({ how }) => how === "s9" },
  { name: "--cgroup", args: ({ cgroup }) => ["-c", cgroup], wants: ({ place }) => place === "in" },
  { name: "--min-duration", args: () => ["--min-duration", "1s"], wants: ({ age }) => age === "old" },
];

/** Lists are *or*, and the forms that they are given in. */
const lists: Filter[] = [
  { name: "two names", args: () => ["-n", "bet?", "-n", "alph[a-b]"], wants: ({ comm }) => comm !== "alphabet" },
  { name: "two users, one by name", args: () => ["-u", "root,4242"], wants: () => true },
  { name: "a user by name", args: () => ["--user", "root"], wants: ({ uid }) => uid === 0 },
  { name: "two signals", args: () => ["-s", "9,SIGTERM"], wants: ({ how }) => how.startsWith("s") },
  { name: "any signal", args: () => ["-s", "any"], wants: ({ how }) => how.startsWith("s") },
  { name: "a signal of nobody", args: () => ["-s", "RTMIN+6"], wants: () => false },
  { name: "a name of nobody", args: () => ["-n", "alph"], wants: () => false },
  {
    name: "both parents",
    args: (flock) => ["-P", [...new Set(flock.members.map(({ ppid }) => ppid))].join(",")],
    wants: () => true,
  },
  { name: "the cgroup's folder", args: ({ folder }) => ["-c", folder], wants: ({ place }) => place === "in" },
  { name: "the root of all cgroups", args: () => ["-c", "/"], wants: () => true },
  { name: "a longer life than theirs", args: () => ["--min-duration", "1h"], wants: () => false },
];

/** Two names would be a list, not two filters. */
const singles = filters.filter(({ name }) => name !== "--name with a glob");

const pairs: Filter[] = singles.flatMap((first, i) =>
  singles.slice(i + 1).map((second) => ({
    name: `${first.name} and ${second.name}`,
    args: (flock: Flock) => [...first.args(flock), ...second.args(flock)],
    wants: (member: Member, flock: Flock) => first.wants(member, flock) && second.wants(member, flock),
  })),
);

/** One flock dies under a tracer for each of the filters. */
async function deaths(all: readonly Filter[]) {
  await using flock = await Flock.raise();
  const tracers = [];
  for (const filter of all) {
    tracers.push({ filter, tracer: await Tracer.start(["--json", ...filter.args(flock)]) });
  }
  await flock.die();
  return Promise.all(
    tracers.map(async ({ filter, tracer }) => {
      const { events, stderr, status } = await tracer.end();
      const own = events.filter(({ pid }) => flock.members.some((member) => member.pid === pid));
      return {
        name: filter.name,
        status,
        lost: closingLine(stderr).lost,
        found: own.map(({ pid }) => pid).toSorted(),
        wanted: flock.members
          .filter((member) => filter.wants(member, flock))
          .map(({ pid }) => pid)
          .toSorted(),
      };
    }),
  );
}

describe("exactly the right deaths", () => {
  for (const [name, all] of Object.entries({ "each filter alone": filters, "lists and forms": lists, pairs })) {
    // tracers take their time to start one after the other, and the young must not grow old meanwhile
    for (let i = 0; i < all.length; i += 6) {
      test(`${name}, from the ${i + 1}. on`, async () => {
        for (const { name: filter, status, lost, found, wanted } of await deaths(all.slice(i, i + 6))) {
          expect({ filter, status, lost, found }).toEqual({ filter, status: 0, lost: 0, found: wanted });
        }
      });
    }
  }

  test("all of them without a filter", async () => {
    const [all] = await deaths([{ name: "none", args: () => [], wants: () => true }]);
    expect(all!.found).toEqual(all!.wanted);
    expect(all!.found.length).toBe(192);
  });
});
