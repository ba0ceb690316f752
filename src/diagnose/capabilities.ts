import { shellLine } from "../output/shell-line.ts";
import {
  type CapabilityName,
  has,
  isInInitialUserNamespace,
  missingCapabilities,
  ownCapabilities,
} from "../system/capabilities.ts";
import type { Explanation } from "./explanation.ts";

/**
 * Returns an explanation if capabilities are missing, or have no effect because the process is in a
 * user namespace.
 * @param more the capabilities needed besides CAP_BPF and CAP_PERFMON.
 * @param isBrief false names the capabilities even to a user who has none of them.
 */
export function explainMissingCapabilities(
  more: readonly CapabilityName[] = [],
  isBrief = true,
): Explanation | undefined {
  if (!isInInitialUserNamespace()) {
    return {
      why: "tracing needs capabilities in the initial user namespace, and this process is in another one, as in a rootless container",
      advice: "run exitsnoop on the host with sudo",
    };
  }
  const own = ownCapabilities();
  const missing = [...missingCapabilities(), ...more.filter((name) => !has(own, name))];
  if (!missing.length) return undefined;
  const needed: CapabilityName[] = ["CAP_BPF", "CAP_PERFMON", ...more];
  // sudo does not help root, which has lost capabilities, as in a container
  const isRoot = process.geteuid?.() === 0;
  if (isBrief && !isRoot && missing.length === needed.length) return { why: "needs root", advice: "run it with sudo" };
  const setcap = `setcap ${needed.join(",").toLowerCase()}+ep ${shellLine([process.execPath])}`;
  const grants = [
    isRoot
      ? `in a service CapabilityBoundingSet=${needed.join(" ")}`
      : `in a service AmbientCapabilities=${needed.join(" ")}`,
    `in a container ${needed.map((name) => `--cap-add ${name.slice("CAP_".length)}`).join(" ")}`,
  ].join(", ");
  const areMissing = `${missing.length === 1 ? "is" : "are"} missing`;
  return isRoot
    ? {
        why: `tracing needs ${inWords(needed)}, and although this is root, ${inWords(missing)} ${areMissing}`,
        advice: `grant them: ${grants}`,
      }
    : {
        why: `tracing needs ${inWords(missing)}, which ${areMissing}`,
        advice: `run it with sudo, or grant capabilities: ${setcap}, ${grants}`,
      };
}

function inWords(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
