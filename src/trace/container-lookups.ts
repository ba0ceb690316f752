import { Budget } from "../system/budget.ts";

/** The time that the tracer waits for names of containers, ms: at once, and then per second. */
const BURST_MS = 200;
const MS_EACH_SECOND = 100;

type LookUp = (id: string) => string | null | undefined;

/**
 * Limits the time of lookups: the broker reads files for each, exits gather in the ring meanwhile,
 * and any user with a cgroup can make others whose names are ids of containers. Beyond the limit,
 * an answer is not known yet.
 */
export function limitLookups(lookUp: LookUp, now = () => performance.now()): LookUp {
  const budget = new Budget(BURST_MS, MS_EACH_SECOND, now());
  return (id) => {
    const start = now();
    if (!budget.isOpen(start)) return undefined;
    const name = lookUp(id);
    budget.spend(now() - start);
    return name;
  };
}
