import { bytes, type Column } from "./column.ts";

/** Where it lived. */
export const place = [
  {
    key: "cgroup",
    group: "place",
    help: "its cgroup's path: in v2's hierarchy, else in v1's",
    heading: "CGROUP",
    width: 24,
    elastic: true,
    ...bytes((exit) => exit.place?.path),
  },
  {
    key: "container_id",
    group: "place",
    help: "the container's id, as docker, containerd, CRI-O and podman put it into that path",
    heading: "CONTAINER",
    width: 12,
    elastic: true,
    ...bytes((exit) => exit.place?.containerId),
  },
  {
    key: "pod_uid",
    group: "place",
    help: "the Kubernetes pod's uid",
    heading: "POD",
    width: 36,
    ...bytes((exit) => exit.place?.podUid),
  },
] as const satisfies readonly Column[];
