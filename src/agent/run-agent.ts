import { closeSync, openSync } from "node:fs";
import { forbidInspection } from "../system/privileges.ts";
import { stopAgentOnSignals } from "../system/signals.ts";
import { Agent } from "./agent.ts";
import { ManagerNotices } from "./manager-notices.ts";
import type { AgentPlan } from "./plan.ts";
import { openState } from "./state-file.ts";

/**
 * Runs a tracer and an exporter until a signal ends them.
 * @returns the exit status.
 * @throws TraceError if one of them cannot be started, or the state file cannot be used.
 */
export function runAgent(plan: AgentPlan): number {
  const manager = new ManagerNotices();
  // other processes of the user could copy the descriptors of the stream
  forbidInspection();
  stopAgentOnSignals();
  const state = openState(plan);
  const devNull = openSync("/dev/null", "r");
  new Agent(plan, state, manager, devNull).run();
  closeSync(devNull);
  return 0;
}
