/** The ids that a container runtime or Kubernetes writes into the path of a cgroup. */
interface ContainerIds {
  /** 64 hex digits, or the id of an ECS task on Fargate. */
  containerId: string | null;
  /** The UUID with dashes; the uid of a static pod has none. */
  podUid: string | null;
}

/**
 * Matches the path component of a container, by runtime and cgroup driver: docker and containerd
 * `<id>`; `crio-<id>`, `libpod-[payload-]<id>`; runc's cgroupfs driver with a systemd triple,
 * `<slice>:cri-containerd:<id>`.
 */
const container =
  /^(?:(?:docker|cri-containerd|crio|libpod|libpod-payload)-([0-9a-f]{64})|(?:[^:]*:[^:]*:)?([0-9a-f]{64}))$/;

/**
 * Matches a systemd scope, `NAME-<id>.scope`: docker, nerdctl, cri-containerd and other runtimes
 * choose the name.
 */
const scope = /^(?:(.*)-)?([0-9a-f]{64})\.scope$/;

/**
 * Matches the name of a scope of conmon, which monitors a container of podman or CRI-O from
 * outside: `libpod-conmon-<id>.scope`.
 */
const monitor = /(?:^|-)conmon$/;

/** ECS on Fargate: `/ecs/<task>/<task>-<number>`. */
const fargate = /^[0-9a-f]{32}-[0-9]+$/;

/** `pod<uid>`, or at the end of a slice's name, where systemd replaces `-` by `_`. */
const pod =
  /(?:^|-)pod([0-9a-f]{8}([-_])[0-9a-f]{4}\2[0-9a-f]{4}\2[0-9a-f]{4}\2[0-9a-f]{12}|[0-9a-f]{32})(?:\.slice)?(?::[^:]*:[^:]*)?$/;

/** Longer components are skipped: no runtime writes such a name, and the patterns backtrack. */
const MAX_COMPONENT = 255;

/** Finds the ids of the innermost container and pod in a cgroup's path, since containers nest. */
export function containerOf(path: string): ContainerIds {
  const found: ContainerIds = { containerId: null, podUid: null };
  const components = path.split("/");
  components.forEach((component, i) => {
    if (component.length > MAX_COMPONENT) return;
    const [, named, bare] = container.exec(component) ?? [];
    const [, name = "", id] = scope.exec(component) ?? [];
    const scoped = monitor.test(name) ? undefined : id;
    const isTask = components[1] === "ecs" && i === components.length - 1 && fargate.test(component);
    found.containerId = named ?? bare ?? scoped ?? (isTask ? component : found.containerId);
    found.podUid = pod.exec(component)?.[1]?.replaceAll("_", "-") ?? found.podUid;
  });
  return found;
}
