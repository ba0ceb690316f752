/** Every filter alone and in pairs against a mixed load: exactly the right deaths, decided in the kernel. */
import { describe, expect, test } from "bun:test";
import { Flock } from "../support/flock.ts";
import { type Filter, filters, lists, namesOf } from "../support/selections.ts";
import { closingLine, Tracer } from "../support/tracer.ts";

/** Two names would be a list, not two filters. */
const singles = filters.filter(({ name }) => name !== "--name with a glob");

const pairs: Filter[] = singles.flatMap((first, i) =>
  singles.slice(i + 1).map((second): Filter => ({
    name: `${first.name} and ${second.name}`,
    args: (names) => [...first.args(names), ...second.args(names)],
    wants: (member, members) => first.wants(member, members) && second.wants(member, members),
  })),
);

/** One flock dies under a tracer for each of the filters. */
async function deaths(all: readonly Filter[]) {
  await using flock = await Flock.raise();
  const { members, cgroup, folder } = flock;
  const names = { ...namesOf(members), cgroup, folder, age: "1s" };
  const tracers = [];
  for (const filter of all) {
    tracers.push({ filter, tracer: await Tracer.start(["--json", ...filter.args(names)]) });
  }
  await flock.die();
  return Promise.all(
    tracers.map(async ({ filter, tracer }) => {
      const { events, stderr, status } = await tracer.end();
      const own = events.filter(({ pid }) => members.some((member) => member.pid === pid));
      return {
        name: filter.name,
        status,
        lost: closingLine(stderr).lost,
        found: own.map(({ pid }) => pid).toSorted(),
        wanted: members
          .filter((member) => filter.wants(member, members))
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
