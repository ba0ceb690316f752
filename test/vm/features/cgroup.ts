import { expect } from "bun:test";
import { type Feature, linesOf, recorded, truthsOf, wide } from "./feature.ts";

const V2 = "/sys/fs/cgroup";
const V1 = "/v1-pids";
const ID = "0123456789abcdef".repeat(4);
const places = ["/plain/nested", `/docker/${ID}`, `/system.slice/docker-${ID}.scope`];

/** Each lives in one of them, which is gone before anybody can look. */
const script = (mount: string) => `
echo 'echo "{\\"pid\\":$$,\\"place\\":\\"$1\\"}"' >tell
for place in ${places.join(" ")}; do
	mkdir -p ${mount}$place
	in_cgroup ${mount}$place sh tell $place
	rmdir ${mount}$place
done`;

/** @throws where it is not right */
function check(stdout: string, of: ReturnType<typeof recorded>["of"]): void {
  const truths = linesOf<{ pid: number; place: string }>(stdout);
  expect(truths.map(({ place }) => place)).toEqual(places);
  for (const { pid, place } of truths) {
    const container_id = place.includes(ID) ? ID : null;
    expect(of(pid)).toMatchObject([{ cgroup: place, container_id, exit_code: 0 }]);
  }
}

export const place: Feature = {
  name: "cgroup and container (v2)",
  steps: { place: { tracers: { "": wide }, command: script(V2) } },
  check: (outcome) => check(truthsOf(outcome, "place"), recorded(outcome, "place").of),
};

export const placeV1: Feature = {
  name: "cgroup and container (v1, where v2's says nothing)",
  steps: {
    "place v1": {
      before: `mkdir ${V1} && mount -t cgroup -o pids pids ${V1}`,
      tracers: { "": wide },
      command: script(V1),
      after: `umount ${V1}`,
    },
  },
  check: (outcome) => check(truthsOf(outcome, "place v1"), recorded(outcome, "place v1").of),
};
