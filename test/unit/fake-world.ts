import { parse } from "../../src/cli/parse.ts";
import { planTrace, type World } from "../../src/cli/plan.ts";
import { createFormat, type Format, type Look } from "../../src/output/index.ts";
import { V1Controller } from "../../src/record/layout.ts";
import { lookOf } from "./fake-exit.ts";

const USERS: Record<string, number> = { root: 0, daemon: 1, "www-data": 33, nobody: 65_534 };

/** A machine with a few users, and with every cgroup but those below /missing. */
export function fakeWorld(given: Partial<World> = {}): World {
  return {
    isTerminal: () => false,
    environment: {},
    userId: (name) => (Object.hasOwn(USERS, name) ? USERS[name] : undefined),
    v1Controller: () => V1Controller.none,
    findCgroups(paths) {
      const missing = paths.find((path) => path.startsWith("/missing"));
      if (missing) return { missing };
      return { cgroups: paths.map((path) => fakeCgroup(path)), controller: V1Controller.pids };
    },
    ...given,
  };
}

/** What that machine makes of a cgroup's path. */
export const fakeCgroup = (path: string) => ({ id: BigInt(path.length) });

/** What such a command line makes the program do; words are separated by spaces. */
export function plan(line: string, world: Partial<World> = {}) {
  return planTrace(parse(line.split(" ").filter(Boolean)), fakeWorld(world));
}

/** The format that such a command line chooses, as it makes it look. */
export function formatOf(line: string, look: Partial<Look> = {}): Format {
  const { format, columns, time, hasColor, hasSentence } = plan(line);
  return createFormat(format, lookOf({ columns, time, color: hasColor, sentence: hasSentence, ...look }));
}
