/** Each filter option alone, with several values and in pairs, against processes of every kind. */
import { describe, expect, test } from "bun:test";
import { type Filter, filters, listFilters, pidTargets, removingFilters } from "../support/filter-cases.ts";
import { FilterMatrix } from "../support/filter-matrix.ts";
import { parseClosingLine, Tracer } from "../support/tracer.ts";

/** The filters to combine. Two name filters would be a list of names. */
const singles = filters.filter(({ name }) => name !== "--name with a glob");

const pairs: Filter[] = singles.flatMap((first, i) =>
  singles.slice(i + 1).map((second): Filter => ({
    name: `${first.name} and ${second.name}`,
    args: (targets) => [...first.args(targets), ...second.args(targets)],
    matches: (member, members) => {
      const [one, other] = [first.matches(member, members), second.matches(member, members)];
      return first.isOutcome && second.isOutcome ? one || other : one && other;
    },
  })),
);

/** The young processes must exit before this age, although the tracers start after them. */
const AGE_SECONDS = 8;

/** Whether a filter tells young from old processes, so that its test waits for the old ones. */
const comparesAge = ({ name }: Filter) => /--(min|max)-duration/.test(name);

/** Starts a tracer for each filter, lets all processes exit and returns the results of each. */
async function traceAll(all: readonly Filter[]) {
  await using matrix = await FilterMatrix.start(all.some(comparesAge) ? 1000 * (AGE_SECONDS + 1) : 0);
  const { members, cgroup, folder } = matrix;
  const targets = { ...pidTargets(members), cgroup, folder, age: `${AGE_SECONDS}s` };
  const tracers = [];
  for (const filter of all) {
    tracers.push({ filter, tracer: await Tracer.start(["--json", ...filter.args(targets)]) });
  }
  await matrix.exitAll();
  return Promise.all(
    tracers.map(async ({ filter, tracer }) => {
      const { events, stderr, status } = await tracer.end();
      const own = events.filter(({ pid }) => members.some((member) => member.pid === pid));
      return {
        name: filter.name,
        status,
        lost: parseClosingLine(stderr).lost,
        found: own.map(({ pid }) => pid).toSorted(),
        expected: members
          .filter((member) => filter.matches(member, members))
          .map(({ pid }) => pid)
          .toSorted(),
      };
    }),
  );
}

/** Tracers at once: with more, the young processes may exceed AGE_SECONDS on a busy machine. */
const TRACERS = 6;

describe("filters", () => {
  for (const [name, unsorted] of Object.entries({
    "each filter alone": filters,
    "several values": listFilters,
    "removed values": removingFilters,
    pairs,
  })) {
    // filters that compare ages come together, so that few tests wait
    const all = unsorted.toSorted((a, b) => Number(comparesAge(b)) - Number(comparesAge(a)));
    for (let i = 0; i < all.length; i += TRACERS) {
      const some = all.slice(i, i + TRACERS);
      test(`${name}, ${i + 1} to ${i + some.length}: select exactly the matching exits`, async () => {
        for (const { name: filter, status, lost, found, expected } of await traceAll(some)) {
          expect({ filter, status, lost, found }).toEqual({ filter, status: 0, lost: 0, found: expected });
        }
      });
    }
  }

  test("no filter: selects all exits", async () => {
    const [all] = await traceAll([{ name: "none", args: () => [], matches: () => true }]);
    expect(all!.found).toEqual(all!.expected);
    expect(all!.found.length).toBe(192);
  });
});
