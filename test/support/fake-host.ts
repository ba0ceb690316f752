import { parse } from "../../src/cli/parse.ts";
import type { Host } from "../../src/cli/host.ts";
import { planTrace } from "../../src/cli/plan.ts";
import { createFormat } from "../../src/output/formats.ts";
import type { Format, FormatOptions } from "../../src/output/index.ts";
import { V1Controller } from "../../src/record/layout.ts";
import { parseCgroupPath } from "../../src/filter/cgroup-paths.ts";
import { Summary } from "../../src/views/summary.ts";
import { formatOptions } from "./fake-exit.ts";

const USERS: Record<string, number> = { root: 0, daemon: 1, "www-data": 33, nobody: 65_534 };

/**
 * Returns a host with the USERS and with every cgroup except those below /missing, /unseen and
 * /wrong.
 */
export function fakeHost(given: Partial<Host> = {}): Host {
  return {
    isTerminal: () => false,
    environment: { LANG: "C.UTF-8" },
    userId: (name) => (Object.hasOwn(USERS, name) ? USERS[name] : undefined),
    v1Controller: () => V1Controller.none,
    findCgroups(paths) {
      const wrong = paths.find((path) => path.startsWith("/wrong"));
      if (wrong) return { wrong, why: "no cgroup hierarchy is mounted there" };
      return {
        paths: paths.map(parseCgroupPath),
        missing: paths.filter((path) => path.startsWith("/missing")),
        unseen: paths.filter((path) => path.startsWith("/unseen")),
        controller: V1Controller.pids,
      };
    },
    ...given,
  };
}

/** Returns the plan of a command line, whose words are separated by spaces. */
export function plan(line: string, host: Partial<Host> = {}) {
  return planTrace(parse(line.split(" ").filter(Boolean)), fakeHost(host));
}

const noTerminal: Partial<Host> = {};
const terminal: Partial<Host> = { isTerminal: () => true, environment: { LANG: "C.UTF-8", NO_COLOR: "1" } };
/** The plans of command lines on these hosts: some tests make thousands of formats. */
const plans = new Map([noTerminal, terminal].map((host) => [host, new Map<string, ReturnType<typeof plan>>()]));

function planOnce(line: string, host: Partial<Host>): ReturnType<typeof plan> {
  const known = plans.get(host);
  const planned = known?.get(line) ?? plan(line, host);
  known?.set(line, planned);
  return planned;
}

/** Returns the format that a command line selects, with its options except the given ones. */
export function formatOf(line: string, given: Partial<FormatOptions> = {}, host = noTerminal): Format {
  const { format, summary, ...options } = planOnce(line, host);
  if (summary) return new Summary(summary.layout, { ...formatOptions({ ...options, ...given }), ...summary });
  return createFormat(format, formatOptions({ ...options, ...given }));
}

/** Returns the format that a command line selects on a terminal with UTF-8. */
export function formatOnTerminal(line: string, given: Partial<FormatOptions> = {}): Format {
  return formatOf(line, given, terminal);
}
