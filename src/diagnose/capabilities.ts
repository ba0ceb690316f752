import {
  type CapabilityName,
  has,
  isInInitialUserNamespace,
  missingCapabilities,
  ownCapabilities,
} from "../system/capabilities.ts";
import { quoteWord } from "../text/sanitize.ts";
import type { Explanation } from "./explanation.ts";

/**
 * Returns an explanation if capabilities are missing, or are worth nothing because the process is
 * in a user namespace.
 * @param more the capabilities needed besides CAP_BPF and CAP_PERFMON.
 */
export function explainMissingCapabilities(more: readonly CapabilityName[] = []): Explanation | undefined {
  if (!isInInitialUserNamespace()) {
    return {
      why: "tracing needs capabilities in the initial user namespace, and this process is in another one, as in a rootless container",
      advice: "run exitsnoop on the host, with sudo",
    };
  }
  const own = ownCapabilities();
  const missing = [...missingCapabilities(), ...more.filter((name) => !has(own, name))];
  if (!missing.length) return undefined;
  const needed: CapabilityName[] = ["CAP_BPF", "CAP_PERFMON", ...more];
  // sudo does not help root: it has lost capabilities, as in a container
  const isRoot = process.geteuid?.() === 0;
  const setcap = `setcap ${needed.join(",").toLowerCase()}+ep ${quoteWord(process.execPath)}`;
  const grants = [
    `in a service AmbientCapabilities=${needed.join(" ")}`,
    `in a container ${needed.map((name) => `--cap-add ${name.slice("CAP_".length)}`).join(" ")} (docs/containers.md)`,
  ].join(", ");
  const subject = isRoot
    ? `tracing needs ${inWords(needed)}, and although this is root,`
    : `tracing needs root, or ${inWords(needed)}, and`;
  return {
    why: `${subject} ${inWords(missing)} ${missing.length === 1 ? "is" : "are"} missing`,
    advice: isRoot ? `grant them: ${grants}` : `use sudo, or grant them: ${setcap}, ${grants}`,
  };
}

function inWords(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
