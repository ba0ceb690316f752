import { readText } from "../../diagnose/read-file.ts";
import { V1Controller } from "../../record/layout.ts";
import { isInCgroupNamespace, v1Controller } from "../../system/cgroups.ts";
import { parseMountinfo } from "../../system/mountinfo.ts";
import { type Finding, limited, yes } from "../check.ts";

/** Returns the cgroup versions that are mounted, from the text of /proc/PID/mountinfo. */
export function cgroupVersions(mountinfo: string): ("v1" | "v2")[] {
  const types = parseMountinfo(mountinfo).map(({ type }) => type);
  return [...(types.includes("cgroup") ? ["v1" as const] : []), ...(types.includes("cgroup2") ? ["v2" as const] : [])];
}

/** Checks which cgroup hierarchies --cgroup can look up. */
export function cgroups(): Finding {
  const versions = cgroupVersions(readText("/proc/self/mountinfo") ?? "");
  const number = v1Controller();
  const controller = Object.entries(V1Controller).find(([, value]) => value === number)?.[0];
  const isV1 = controller !== undefined && number !== V1Controller.none;
  const facts = {
    v1: versions.includes("v1"),
    v2: versions.includes("v2"),
    v1_controller: isV1 ? controller : null,
    own_namespace: isInCgroupNamespace(),
  };
  const hierarchies = isV1 ? `v2 and v1 (${controller})` : "v2";
  if (!versions.length) {
    return limited(
      `none are mounted here; the kernel still reports the paths (${hierarchies})`,
      "to filter by --cgroup, mount one, or run exitsnoop where it is mounted",
      facts,
    );
  }
  const found = `${versions.join(" and ")}; container ids from ${hierarchies}`;
  if (!facts.own_namespace) return yes(found, facts);
  return limited(
    `${found}; this process is in a cgroup namespace`,
    "--cgroup finds only the cgroups below its root; to find all, share the host's (docker run --cgroupns=host)",
    facts,
  );
}
