/** What it means that the kernel says no: which capability is missing, and how it is had. */
import { accessSync, constants } from "node:fs";
import { visible } from "../cli/visible.ts";
import {
  type CapabilityName,
  has,
  isInFirstUserNamespace,
  missingCapabilities,
  ownCapabilities,
} from "../libbpf/capabilities.ts";

/** The kernel's description of its own types. */
export const KERNEL_BTF = "/sys/kernel/btf/vmlinux";

const ALWAYS: readonly CapabilityName[] = ["CAP_BPF", "CAP_PERFMON"];

/**
 * The sentence, where a privilege of ours is missing that we know of.
 * @param more what is needed besides CAP_BPF and CAP_PERFMON.
 */
export function whyDenied(more: readonly CapabilityName[] = []): string | undefined {
  if (!isInFirstUserNamespace()) {
    return (
      "tracing needs capabilities over the whole machine, and in a user namespace, as of a rootless container, " +
      "nobody has any: run exitsnoop outside of it, with sudo"
    );
  }
  const own = ownCapabilities();
  const missing = [...missingCapabilities(), ...more.filter((name) => !has(own, name))];
  if (missing.length) return lacks([...ALWAYS, ...more], missing);
  if (!isReadable(KERNEL_BTF)) {
    return `${KERNEL_BTF} may not be read by us: use sudo, make it readable (chmod a+r), or grant CAP_DAC_READ_SEARCH`;
  }
  return undefined;
}

/** Whoever is root here has been deprived of it, and sudo would not help. */
function lacks(needed: readonly CapabilityName[], missing: readonly CapabilityName[]): string {
  const isRoot = process.geteuid?.() === 0;
  const names = needed.join(" ");
  const ways = [
    `setcap ${names.toLowerCase().replaceAll(" ", ",")}+ep ${visible(process.execPath)}`,
    `in a service AmbientCapabilities=${names}`,
    `in a container ${needed.map((name) => `--cap-add ${name.slice("CAP_".length)}`).join(" ")}`,
  ];
  const who = isRoot
    ? `tracing needs ${listed(needed)}, and although we are root`
    : `tracing needs root, or ${listed(needed)}, and`;
  const are = missing.length === 1 ? "is" : "are";
  return `${who} ${listed(missing)} ${are} missing: ${isRoot ? "" : "use sudo, or "}grant them: ${(isRoot ? ways.slice(1) : ways).join(", ")}`;
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch (error) {
    // where it is not there, that is said elsewhere
    return (error as NodeJS.ErrnoException).code !== "EACCES";
  }
}
