import { existsSync } from "node:fs";
import { v1Controller } from "../filter/cgroups.ts";
import { containerOf } from "../exit/container.ts";
import { namespaceOf } from "../system/process.ts";
import { V1Controller } from "../record/layout.ts";
import { type Finding, limited, unknown, yes } from "./check.ts";
import { readText } from "../diagnose/read-file.ts";

/** include/linux/proc_ns.h: the host's own. */
const First = { cgroup: 0xeffffffb, pid: 0xeffffffc };

const isFirst = (kind: keyof typeof First) => (namespaceOf(kind) || First[kind]) === First[kind];

/** Which versions of cgroups somebody has mounted, in the text of /proc/PID/mountinfo. */
export function cgroupVersions(mountinfo: string): ("v1" | "v2")[] {
  const types = mountinfo.split("\n").map((line) => line.split(" - ")[1]?.split(" ")[0]);
  return [
    ...(types.includes("cgroup") ? (["v1"] as const) : []),
    ...(types.includes("cgroup2") ? (["v2"] as const) : []),
  ];
}

/** Where processes live: the kernel tells it, but --cgroup is looked up in what is mounted. */
export function cgroups(): Finding {
  const versions = cgroupVersions(readText("/proc/self/mountinfo") ?? "");
  const controller = v1Controller();
  const name = Object.entries(V1Controller).find(([, number]) => number === controller)?.[0] ?? "none";
  const isOwn = !isFirst("cgroup");
  const facts = {
    v1: versions.includes("v1"),
    v2: versions.includes("v2"),
    v1_controller: name === "none" ? null : name,
    own_namespace: isOwn,
  };
  const looked = name === "none" ? "v2" : `v2, and v1's ${name}`;
  if (!versions.length) {
    return limited(
      `none is mounted here; paths and containers come from the kernel (${looked})`,
      "for --cgroup mount it, or run it where it is mounted",
      facts,
    );
  }
  const found = `${versions.join(" and ")} mounted; containers are looked for in ${looked}`;
  if (!isOwn) return yes(found, facts);
  return limited(
    `${found}; we are in a cgroup namespace`,
    "--cgroup knows only what is below our own cgroup, which is / here: docker run --cgroupns=host",
    facts,
  );
}

/** Files that runtimes leave, and what they put into the environment of the first process. */
function runtime(): string | undefined {
  const paths = (readText("/proc/self/cgroup") ?? "").split("\n").map((line) => line.split(":").slice(2).join(":"));
  const hasId = paths.some((path) => containerOf(path).containerId);
  const variable = /(?:^|\0)container=([\w-]+)/.exec(readText("/proc/1/environ") ?? "")?.[1];
  if (existsSync("/.dockerenv")) return "docker";
  if (existsSync("/run/.containerenv")) return "podman";
  if (process.env.KUBERNETES_SERVICE_HOST) return "Kubernetes";
  return variable ?? (hasId ? "by its cgroup" : undefined);
}

/** Whether we are in one, and what that changes. */
export function container(): Finding {
  const name = runtime();
  const isOwn = !isFirst("pid");
  const facts = { runtime: name ?? null, own_pid_namespace: isOwn };
  const where = name ? `this looks like one (${name})` : isOwn ? "this is a PID namespace" : "none: this is the host";
  if (!isOwn) return yes(name ? `${where}, which sees the host's processes` : where, facts);
  return limited(
    `${where}, with pids of its own: the pids shown are the host's, local_pid has ours`,
    "to see the same pids as ps: --pid=host, in Kubernetes hostPID: true",
    facts,
  );
}

/** The wall clock against the boot clock, by which the kernel dates exits; a time namespace shows us another boot clock. */
export function clock(): Finding {
  const uptime = Number.parseFloat(readText("/proc/uptime") ?? "");
  if (!Number.isFinite(uptime)) return unknown("the boot clock is not told here (/proc/uptime)");
  const offsets = readText("/proc/self/timens_offsets") ?? "";
  const [, seconds = "0", ns = "0"] = /^boottime\s+(-?\d+)\s+(\d+)/m.exec(offsets) ?? [];
  const ahead = Number(seconds) + Number(ns) / 1e9;
  const started = new Date(Date.now() - (uptime - ahead) * 1000);
  const facts = { booted: started.toISOString(), time_namespace_seconds: ahead };
  const found = `booted ${started.toISOString().slice(0, 19)}Z by the wall clock`;
  if (started.getUTCFullYear() < 2001) {
    return limited(
      `${found}, which is not set`,
      "set it (ntp, date): times are true only from then on, lengths always are",
      facts,
    );
  }
  return yes(ahead ? `${found}; our time namespace's boot clock is ${ahead} s ahead` : found, facts);
}
