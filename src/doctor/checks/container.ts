import { existsSync } from "node:fs";
import { readText } from "../../diagnose/read-file.ts";
import { containerOf } from "../../exit/container.ts";
import { HOST_PID_NS } from "../../record/layout.ts";
import { namespaceInode } from "../../system/procfs.ts";
import { type Finding, limited, yes } from "../check.ts";

/**
 * Guesses the container runtime from its files, environment variables and cgroup paths. "by its
 * cgroup": an unknown runtime, since only the cgroup shows that this is a container.
 */
function containerRuntime(): string | undefined {
  if (existsSync("/.dockerenv")) return "docker";
  if (existsSync("/run/.containerenv")) return "podman";
  if (process.env.KUBERNETES_SERVICE_HOST) return "Kubernetes";
  const variable = /(?:^|\0)container=([\w-]+)/.exec(readText("/proc/1/environ") ?? "")?.[1];
  if (variable) return variable;
  const paths = (readText("/proc/self/cgroup") ?? "").split("\n").map((line) => line.split(":").slice(2).join(":"));
  return paths.some((path) => containerOf(path).containerId) ? "by its cgroup" : undefined;
}

/** Checks whether this is a container, and whose pids it sees. */
export function container(): Finding {
  const name = containerRuntime();
  const isOwn = ![0, HOST_PID_NS].includes(namespaceInode("pid"));
  const facts = { runtime: name ?? null, own_pid_namespace: isOwn };
  if (!isOwn) return yes(name ? `in a container (${name}) with the host's pids` : "not in a container", facts);
  return limited(
    `in a ${name ? `container (${name})` : "PID namespace"} with its own pids; the table shows the host's, the column local_pid its own`,
    "to see the host's pids in ps too, share them (docker run --pid=host, hostPID: true in Kubernetes)",
    facts,
  );
}
