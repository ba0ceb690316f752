/** What a container runtime has written into a cgroup's path. */
export interface Container {
  /** 64 hex digits; ECS has forms of its own. */
  containerId: string | null;
  /** With dashes, but for static pods, whose uid has none. */
  podUid: string | null;
}

/**
 * Matches one component of a path that belongs to a single container, by runtime and cgroup driver:
 * docker and containerd `<id>`; `crio-<id>`, `libpod-[payload-]<id>`; runc's cgroupfs driver with a
 * systemd triple, `<slice>:cri-containerd:<id>`.
 */
const container =
  /^(?:(?:docker|cri-containerd|crio|libpod|libpod-payload)-([0-9a-f]{64})|(?:[^:]*:[^:]*:)?([0-9a-f]{64}))$/;

/**
 * Matches a systemd scope, `NAME-<id>.scope`: docker, nerdctl, cri-containerd and other runtimes
 * choose the name.
 */
const scope = /^(?:(.*)-)?([0-9a-f]{64})\.scope$/;

/**
 * Matches a scope of conmon, which watches a container of podman or CRI-O from outside:
 * `libpod-conmon-<id>.scope`.
 */
const monitor = /(?:^|-)conmon$/;

/** ECS on Fargate: `/ecs/<task>/<task>-<number>`. */
const fargate = /^[0-9a-f]{32}-[0-9]+$/;

/** `pod<uid>`, or at the end of a slice's name, where systemd wants `_` for `-`. */
const pod =
  /(?:^|-)pod([0-9a-f]{8}([-_])[0-9a-f]{4}\2[0-9a-f]{4}\2[0-9a-f]{4}\2[0-9a-f]{12}|[0-9a-f]{32})(?:\.slice)?(?::[^:]*:[^:]*)?$/;

/** No component that says something is longer than a pod's slice and a container's id. */
const LONGEST_COMPONENT = 255;

/** Finds both in a cgroup's path: the last of each, since containers nest, and what is below a container belongs to it. */
export function containerOf(path: string): Container {
  const found: Container = { containerId: null, podUid: null };
  const components = path.split("/");
  components.forEach((component, i) => {
    if (component.length > LONGEST_COMPONENT) return;
    const [, named, bare] = container.exec(component) ?? [];
    const [, name = "", id] = scope.exec(component) ?? [];
    const scoped = monitor.test(name) ? undefined : id;
    const isTask = components[1] === "ecs" && i === components.length - 1 && fargate.test(component);
    found.containerId = named ?? bare ?? scoped ?? (isTask ? component : found.containerId);
    found.podUid = pod.exec(component)?.[1]?.replaceAll("_", "-") ?? found.podUid;
  });
  return found;
}
