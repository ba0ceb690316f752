import { readFileSync } from "node:fs";

/**
 * Returns the environment that exitsnoop was started with: process.env has only the variables that
 * scripts/runtime/preflight.c lets the runtime see. Needs no native core.
 */
export function startEnvironment(): NodeJS.ProcessEnv {
  try {
    const entries = readFileSync("/proc/self/environ", "utf8").split("\0").filter(Boolean);
    return Object.fromEntries(entries.map((entry) => [entry.replace(/=.*/s, ""), entry.replace(/^[^=]*=/, "")]));
  } catch {
    return process.env;
  }
}
