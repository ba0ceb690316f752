/** The cgroup hierarchies for tests of cgroup paths, with a warning for each that is missing. */
import { type Hierarchy, v1, v2 } from "./cgroups.ts";

export const v1Memory = v1("memory");
export const v1Pids = v1("pids");

if (!v2) console.warn("SKIPPED: no cgroup v2 hierarchy is mounted, so that v2 is not tested");
if (!v1Memory) console.warn("SKIPPED: no v1 memory hierarchy is mounted, so that v1 is not tested");
if (!v1Pids) console.warn("SKIPPED: no v1 pids hierarchy is mounted, so that v1 controllers but memory are not tested");

/** The hierarchies v2 and v1 memory, as far as they are mounted. */
export const bothVersions: [name: string, hierarchy: Hierarchy][] = [];
if (v2) bothVersions.push(["v2", v2]);
if (v1Memory) bothVersions.push(["v1", v1Memory]);
