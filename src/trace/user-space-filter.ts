import type { Exit } from "../exit/exit.ts";
import type { Selection } from "../filter/selection.ts";
import { argsFilter } from "./args-filter.ts";
import { containerFilter } from "./container-filter.ts";

/** Returns the filters that the BPF program cannot apply; undefined if they are off. */
export function userSpaceFilter({ args, containerNames }: Selection): ((exit: Exit) => boolean) | undefined {
  const byContainer = containerFilter(containerNames);
  const byArgs = argsFilter(args);
  return byContainer && byArgs ? (exit) => byContainer(exit) && byArgs(exit) : (byContainer ?? byArgs);
}
