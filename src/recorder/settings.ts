import type { TracePlan } from "../trace/plan.ts";
import type { RecorderSettings } from "./recorder.ts";

/** What the recorder must do for such a plan: what nothing needs is not collected. */
export function recorderSettings(plan: TracePlan): RecorderSettings {
  const { groups, command } = plan;
  return {
    ...plan,
    withKiller: groups.includes("killer"),
    withResources: groups.includes("resources"),
    withCommand: groups.includes("exec"),
    withPlace: groups.includes("cgroup"),
    withNamespace: groups.includes("namespace"),
    onlyFamily: command !== undefined,
  };
}
