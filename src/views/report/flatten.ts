import type { ReportedProcess } from "./reported-process.ts";

/** A process in the trees of failures. */
export interface FlatFailure {
  process: ReportedProcess;
  /** The number of processes above it. */
  depth: number;
  /** False: it ended with 0, and one below it failed. */
  isFailure: boolean;
  /** True if a process above it, or COMMAND, ended with 0. */
  isSwallowed: boolean;
  /** The nearest process above it that ended with 0; undefined if there is none in the tree. */
  swallowedBy: ReportedProcess | undefined;
}

/**
 * Returns the processes of trees, each before its children.
 * @param hasSucceeded true if COMMAND ended with 0.
 */
export function flatten(roots: readonly ReportedProcess[], hasSucceeded: boolean): FlatFailure[] {
  const flat: FlatFailure[] = [];
  // not recursive: a tree may be as deep as it is large
  const stack: FlatFailure[] = [];
  const push = (processes: readonly ReportedProcess[], above: FlatFailure | undefined) => {
    for (const process of processes.toReversed()) {
      const isFailure = process.status !== 0;
      const swallowedBy = above && !above.isFailure ? above.process : above?.swallowedBy;
      const isSwallowed = isFailure && (swallowedBy !== undefined || hasSucceeded);
      stack.push({ process, depth: above ? above.depth + 1 : 0, isFailure, isSwallowed, swallowedBy });
    }
  };
  push(roots, undefined);
  for (let next = stack.pop(); next; next = stack.pop()) {
    flat.push(next);
    push(next.process.children, next);
  }
  return flat;
}

/** Returns how many processes failed and were swallowed, of those that are shown. */
export function countSwallowed(failures: readonly FlatFailure[]): number {
  return failures.reduce((sum, { isSwallowed, process }) => sum + (isSwallowed ? process.count : 0), 0);
}
