import { bytes, type Column } from "./column.ts";

/** The names of the container and its pod, from files that the node has. */
export const containerNames = [
  {
    key: "container_name",
    group: "names",
    help: "the container's name, as docker, podman or Kubernetes has it in a file of this node",
    heading: "CONTAINER_NAME",
    width: 16,
    canTruncate: true,
    ...bytes((exit) => exit.containerNames?.container),
  },
  {
    key: "pod_name",
    group: "names",
    help: "the name of the Kubernetes pod",
    heading: "POD_NAME",
    width: 24,
    canTruncate: true,
    ...bytes((exit) => exit.containerNames?.pod),
  },
  {
    key: "pod_namespace",
    group: "names",
    help: "the namespace of the Kubernetes pod",
    heading: "NAMESPACE",
    width: 16,
    canTruncate: true,
    ...bytes((exit) => exit.containerNames?.namespace),
  },
] as const satisfies readonly Column[];
