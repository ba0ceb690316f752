/** Paths of cgroups for the filters by unit and by container, in the kernel and in a replay. */

/** Returns an id of a container that has only one digit. */
export const id = (digit: string) => digit.repeat(64);

export const unitPaths = [
  "/a.service",
  "/a.service/sub",
  "/x.slice",
  "/x.slice/a.service",
  "/x.slice/b.service",
  "/xa.service",
];

export const containerPaths = [
  `/docker/${id("a")}`,
  `/docker/${id("a")}/nested`,
  `/docker-${id("a")}.scope`,
  `/kubepods/crio-${id("b")}`,
  `/x.slice:cri-containerd:${id("a")}`,
  `/libpod-conmon-${id("a")}.scope`,
  `/${id("a").slice(1)}`,
  `/${id("a")}a`,
  `/x${id("a")}`,
  "/none",
];
