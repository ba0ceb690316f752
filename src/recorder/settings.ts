import type { TracePlan } from "../cli/plan.ts";
import type { RecorderSettings } from "./recorder.ts";

/** What the recorder must do for such a plan: what nothing needs is not collected. */
export function recorderSettings(plan: TracePlan): RecorderSettings {
  const { groups, command } = plan;
  return {
    ...plan,
    withKiller: groups.includes("killer"),
    withResources: groups.includes("resources"),
    withCommand: groups.includes("command"),
    withPlace: groups.includes("place"),
    withNamespace: groups.includes("namespace"),
    onlyFamily: command !== undefined,
  };
}
