/**
 * container_id is the id that the container runtime reports, for every cgroup layout, every way to
 * end, and containers that are removed at once.
 */
import { describe, expect, test } from "bun:test";
import { sweepCgroups } from "../support/cgroup-sweep.ts";
import { memory, oomBy, watch } from "../support/cgroups.ts";
import { useDocker, useRunc } from "../support/container-hooks.ts";
import { freshId, Runc } from "../support/runtimes.ts";

const LIMIT = 16 * 1024 * 1024;
/** Allocates more than the limit. Exits with 88 if the shell outlives the allocating process. */
const EXCEED_MEMORY = "/bin/busybox dd if=/dev/zero of=/dev/null bs=64M count=1; exit 88";
/** Avoids lost exits in tests that take minutes on a busy machine. */
const largeRing = ["--ring-size", "16M"];
const isLong = process.env.EXITSNOOP_LONG === "1";

const POD = "6d3c1f0e-2b4a-4c8d-9e7f-1a2b3c4d5e6f";
const STATIC_POD = POD.replaceAll("-", "");
const POD_ = POD.replaceAll("-", "_");

/** The cgroup paths that runtimes use, where `%` is the id. */
const paths: [path: string, pod: string | null][] = [
  ["/docker/%", null],
  ["/custom/parent/path/%", null],
  ["/system.slice/docker-%.scope", null],
  ["/user.slice/user-1000.slice/user@1000.service/user.slice/docker-%.scope", null],
  ["/libpod_parent/libpod-%", null],
  [`/libpod_parent/${"ab".repeat(32)}/libpod-%`, null],
  ["/machine.slice/libpod-%.scope", null],
  ["/machine.slice/libpod-%.scope/container", null],
  ["/system.slice/x.service/libpod-payload-%", null],
  ["/k8s.io/%", null],
  [`/kubepods/pod${POD}/%`, POD],
  [`/kubepods/burstable/pod${POD}/%`, POD],
  [`/kubepods/besteffort/pod${POD}/crio-%`, POD],
  [`/kubepods.slice/kubepods-pod${POD_}.slice/cri-containerd-%.scope`, POD],
  [`/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${POD_}.slice/cri-containerd-%.scope`, POD],
  [`/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod${POD_}.slice/crio-%.scope`, POD],
  [`/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod${POD_}.slice/crio-%.scope/container`, POD],
  [`/kubepods.slice/kubepods-pod${POD_}.slice/docker-%.scope`, POD],
  [`/system.slice/kubepods-burstable-pod${POD_}.slice:cri-containerd:%`, POD],
  [`/kubelet/kubepods/pod${POD}/%`, POD],
  [`/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod${POD_}.slice/cri-containerd-%.scope`, POD],
  [`/docker/${"cd".repeat(32)}/kubelet/kubepods/burstable/pod${POD}/%`, POD],
  ["/ecs/0123456789abcdef0123456789abcdef/%", null],
  ["/ecstasks.slice/ecstasks-0123456789abcdef0123456789abcdef.slice/docker-%.scope", null],
];

if (!Runc.isAvailable) console.warn("SKIPPED: tests of containers of runc: runc and busybox are not installed");

describe.skipIf(!Runc.isAvailable)("runc", () => {
  const runc = useRunc();

  test.each(paths)("container at %s: has its id and pod uid", async (form, pod) => {
    const id = freshId();
    const path = form.replace("%", id);
    using _ = sweepCgroups([path]);
    const { value, of } = await watch(() => runc().run(id, path, "exit 7"));
    expect(value.status).toBe(7);
    expect(of(value.pid)).toMatchObject([{ exit_code: 7, cgroup: path, container_id: id, pod_uid: pod }]);
  });

  test("static pod, whose uid has no dashes: has its id and pod uid", async () => {
    const id = freshId();
    const path = `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${STATIC_POD}.slice/cri-containerd-${id}.scope`;
    using _ = sweepCgroups([path]);
    const { value, of } = await watch(() => runc().run(id, path, "exit 0"));
    expect(of(value.pid)).toMatchObject([{ container_id: id, pod_uid: STATIC_POD }]);
  });

  test.each([["/lxc.payload.web"], ["/machine.slice/machine-web.scope/payload"], ["/default/plain"]])(
    "container at %s, a path without an id: container_id is null",
    async (path) => {
      using _ = sweepCgroups([path]);
      const { value, of } = await watch(() => runc().run(freshId(), path, "exit 3"));
      expect(of(value.pid)).toMatchObject([{ exit_code: 3, cgroup: path, container_id: null, pod_uid: null }]);
    },
  );

  test.skipIf(!memory)(
    "process killed by the memory limit of its container: has the container and the OOM cgroup",
    async () => {
      const id = freshId();
      const path = `/kubepods/burstable/pod${POD}/${id}`;
      using _ = sweepCgroups([path]);
      const { value, events } = await watch(() => runc().run(id, path, EXCEED_MEMORY, LIMIT));
      const inside = events.filter(({ container_id }) => container_id === id);
      expect(inside.filter(({ signal }) => signal)).toMatchObject([
        { comm: "busybox", signal: "SIGKILL", pod_uid: POD, killed_by: oomBy(path) },
      ]);
      expect(inside.at(-1)).toMatchObject({ pid: value.pid, exit_code: 88, killed_by: null });
    },
  );

  test.each(["TERM", "KILL"])("container killed with SIG%s and removed at once: has its id", async (signal) => {
    const id = freshId();
    using _ = sweepCgroups([`/docker/${id}`]);
    const { value, of } = await watch(async () => {
      const container = await runc().startDetached(
        id,
        `/docker/${id}`,
        "trap 'exit 5' TERM; while :; do sleep 0.01; done",
      );
      // until the shell has set its trap
      await Bun.sleep(100);
      await runc().kill(id, signal);
      await runc().remove(id);
      return container;
    });
    const [event, ...more] = of(value.pid);
    expect(more).toEqual([]);
    expect(event).toMatchObject({ container_id: id, cgroup: `/docker/${id}` });
    // the removal may kill the shell before its trap has run
    if (event!.signal) expect(event).toMatchObject({ signal: "SIGKILL", killed_by: { kind: "process", comm: "runc" } });
    else expect(event!.exit_code).toBe(5);
  });

  const MANY = isLong ? 1000 : 100;
  test(`${MANY} containers in a row: each has its id, and no exit is lost`, async () => {
    const ids = Array.from({ length: MANY }, freshId);
    const form = (i: number) => paths[i % paths.length]![0];
    // identifies the container, since pids may be reused in that time
    const script = (id: string, i: number) => `: ${id}; exit ${i % 200}`;
    using _ = sweepCgroups(ids.map((id, i) => form(i).replace("%", id)));
    const { value, of, stderr } = await watch(async () => {
      const containers = [];
      for (const [i, id] of ids.entries()) {
        containers.push(await runc().run(id, form(i).replace("%", id), script(id, i)));
      }
      return containers;
    }, largeRing);
    expect(stderr).toMatch(/, 0 lost$/m);
    const shown = value.map(({ pid, id }, i) =>
      of(pid)
        .filter(({ args }) => args?.at(-1) === script(id, i))
        .map(({ container_id, exit_code }) => [id, container_id, exit_code]),
    );
    expect(shown).toEqual(value.map(({ id, status }) => [[id, id, status]]));
  }, 300_000);
});

describe("docker", async () => {
  const parents = [`/kubepods/burstable/pod${POD}`, "/docker"];
  const { isAvailable, docker } = await useDocker(parents);

  test.skipIf(!isAvailable)(
    "docker run --rm: each process of the container has its id, and docker's client has none",
    async () => {
      const { value, events } = await watch(() => docker().run("/bin/sh -c 'exit 9'; exit 7", ["--rm"]));
      expect(value.status).toBe(7);
      const inside = events.filter(({ container_id }) => container_id === value.id);
      expect(inside.map(({ exit_code }) => exit_code)).toEqual(expect.arrayContaining([9, 7]));
      expect(inside.at(-1)).toMatchObject({ exit_code: 7, args: ["/bin/sh", "-c", "/bin/sh -c 'exit 9'; exit 7"] });
      // docker's client runs on the host
      expect(events.find(({ comm, args }) => comm === "docker" && args?.includes("run"))?.container_id).toBeNull();
    },
  );

  test.skipIf(!isAvailable)(
    "process in a container that kills itself with SIGSEGV: has the container and itself as the sender",
    async () => {
      const { value, events } = await watch(() => docker().run("/bin/sh -c 'kill -SEGV $$'; exit 4"));
      expect(value.status).toBe(4);
      const inside = events.filter(({ container_id, signal }) => container_id === value.id && signal);
      expect(inside).toMatchObject([{ signal: "SIGSEGV", killed_by: { kind: "process", pid: inside[0]!.pid } }]);
    },
  );

  test.skipIf(!isAvailable || !memory)(
    "process 1 or its child killed by the memory limit: has the container and the OOM cgroup",
    async () => {
      const { value, events } = await watch(async () => [
        await docker().run(`exec ${EXCEED_MEMORY}`, ["--memory=16m"]),
        await docker().run(EXCEED_MEMORY, ["--memory=16m"]),
      ]);
      expect(value.map(({ status }) => status)).toEqual([137, 88]);
      for (const { id } of value) {
        const killed = events.filter(({ container_id, signal }) => container_id === id && signal);
        expect(killed).toMatchObject([{ signal: "SIGKILL", killed_by: oomBy(`/docker/${id}`) }]);
      }
    },
  );

  test.skipIf(!isAvailable)(
    "docker stop, of a container that handles SIGTERM and one in a pod that ignores it: each has its ids",
    async () => {
      const { value, of } = await watch(async () => {
        const ignoring = await docker().startDetached("sleep 300", [`--cgroup-parent=${parents[0]}`]);
        const handling = await docker().startDetached("trap 'exit 6' TERM; while :; do sleep 0.05; done");
        await Bun.sleep(200);
        await docker().do("stop", "--time=1", ignoring.id);
        await docker().do("stop", "--time=5", handling.id);
        return { ignoring, handling };
      });
      const { ignoring, handling } = value;
      expect(of(ignoring.pid)).toMatchObject([
        {
          signal: "SIGKILL",
          container_id: ignoring.id,
          pod_uid: POD,
          cgroup: `${parents[0]}/${ignoring.id}`,
          killed_by: { kind: "process", si_code: 0 },
        },
      ]);
      expect(of(handling.pid)).toMatchObject([{ exit_code: 6, container_id: handling.id, pod_uid: null }]);
    },
  );

  test.skipIf(!isAvailable)("docker exec: its process has the id of the container", async () => {
    const { value, events } = await watch(async () => {
      const { id } = await docker().startDetached("sleep 300");
      const executed = docker().do("exec", id, "/bin/sh", "-c", "exit 9");
      await expect(executed).rejects.toThrow("ended with 9");
      await docker().do("rm", "--force", id);
      return id;
    });
    expect(events.filter(({ exit_code, container_id }) => exit_code === 9 && container_id === value).length).toBe(1);
  });
});
