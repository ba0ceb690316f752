import type { Counters } from "./counters.ts";
import type { ExportPlan } from "./plan.ts";
import type { Sink } from "./sink.ts";

/** Creates the sinks of a plan. The code of others is not loaded. */
export async function createSinks(plan: ExportPlan, counters: Counters): Promise<Sink[]> {
  const sinks: Sink[] = [];
  if (plan.prometheus) {
    const { PrometheusSink } = await import("./prometheus/sink.ts");
    sinks.push(new PrometheusSink(plan.prometheus, counters, plan.build));
  }
  return sinks;
}
