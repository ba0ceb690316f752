import { bytes, type Column } from "./column.ts";

/** The cgroup of the process, and the container and pod that its path names. */
export const cgroup = [
  {
    key: "cgroup",
    group: "cgroup",
    help: "its cgroup's path: in v2's hierarchy, else in v1's",
    heading: "CGROUP",
    width: 24,
    canTruncate: true,
    ...bytes((exit) => exit.cgroup?.path),
  },
  {
    key: "container_id",
    group: "cgroup",
    help: "the container's id, as docker, containerd, CRI-O and podman put it into that path",
    heading: "CONTAINER",
    width: 12,
    canTruncate: true,
    ...bytes((exit) => exit.cgroup?.containerId),
  },
  {
    key: "pod_uid",
    group: "cgroup",
    help: "the Kubernetes pod's uid",
    heading: "POD",
    width: 36,
    ...bytes((exit) => exit.cgroup?.podUid),
  },
] as const satisfies readonly Column[];
