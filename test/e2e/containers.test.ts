/** The id that the runtime knows is the id that we print: wherever the container lived, however it ended, however soon it was gone. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { memory, oomBy, sweep, watch } from "../support/cgroups.ts";
import { Docker, freshId, Runc } from "../support/runtimes.ts";

const LIMIT = 16 * 1024 * 1024;
/** Takes a little more than the limit, whatever the limit does; and would say so. */
const HOG = "/bin/busybox dd if=/dev/zero of=/dev/null bs=64M count=1; exit 88";
/** For minutes on a machine that has other things to do. */
const roomy = ["--ring-size", "16M"];
const isLong = process.env.EXITSNOOP_LONG === "1";

const POD = "6d3c1f0e-2b4a-4c8d-9e7f-1a2b3c4d5e6f";
const STATIC_POD = POD.replaceAll("-", "");
const POD_ = POD.replaceAll("-", "_");

/** Where the runtimes put them; `%` is the id. */
const paths: [path: string, pod: string | null][] = [
  ["/docker/%", null],
  ["/parent/of/ours/%", null],
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

if (!Runc.isHere) console.warn("SKIPPED: no runc here, its containers are not tested");

describe.skipIf(!Runc.isHere)("runc", () => {
  let runc: Runc;
  beforeAll(async () => {
    runc = await Runc.start();
  });
  afterAll(() => runc?.[Symbol.asyncDispose]());

  test.each(paths)("%s", async (form, pod) => {
    const id = freshId();
    const path = form.replace("%", id);
    using _ = sweep([path]);
    const { value, of } = await watch(() => runc.run(id, path, "exit 7"));
    expect(value.status).toBe(7);
    expect(of(value.pid)).toMatchObject([{ exit_code: 7, cgroup: path, container_id: id, pod_uid: pod }]);
  });

  test("a static pod, whose uid has no dashes", async () => {
    const id = freshId();
    const path = `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${STATIC_POD}.slice/cri-containerd-${id}.scope`;
    using _ = sweep([path]);
    const { value, of } = await watch(() => runc.run(id, path, "exit 0"));
    expect(of(value.pid)).toMatchObject([{ container_id: id, pod_uid: STATIC_POD }]);
  });

  test.each([["/lxc.payload.web"], ["/machine.slice/machine-web.scope/payload"], ["/default/plain"]])(
    "%s has no id to be found",
    async (path) => {
      using _ = sweep([path]);
      const { value, of } = await watch(() => runc.run(freshId(), path, "exit 3"));
      expect(of(value.pid)).toMatchObject([{ exit_code: 3, cgroup: path, container_id: null, pod_uid: null }]);
    },
  );

  test.skipIf(!memory)("out of its memory", async () => {
    const id = freshId();
    const path = `/kubepods/burstable/pod${POD}/${id}`;
    using _ = sweep([path]);
    const { value, events } = await watch(() => runc.run(id, path, HOG, LIMIT));
    const inside = events.filter(({ container_id }) => container_id === id);
    expect(inside.filter(({ signal }) => signal)).toMatchObject([
      { comm: "busybox", signal: "SIGKILL", pod_uid: POD, killed_by: oomBy(path) },
    ]);
    expect(inside.at(-1)).toMatchObject({ pid: value.pid, exit_code: 88, killed_by: null });
  });

  test.each(["TERM", "KILL"])("stopped with %s, and removed at once", async (signal) => {
    const id = freshId();
    using _ = sweep([`/docker/${id}`]);
    const { value, of } = await watch(async () => {
      const container = await runc.startDetached(
        id,
        `/docker/${id}`,
        "trap 'exit 5' TERM; while :; do sleep 0.01; done",
      );
      // until its trap stands
      await Bun.sleep(100);
      await runc.kill(id, signal);
      await runc.remove(id);
      return container;
    });
    const [event, ...more] = of(value.pid);
    expect(more).toEqual([]);
    expect(event).toMatchObject({ container_id: id, cgroup: `/docker/${id}` });
    // the removal may come before the trap is done
    if (event!.signal) expect(event).toMatchObject({ signal: "SIGKILL", killed_by: { kind: "process", comm: "runc" } });
    else expect(event!.exit_code).toBe(5);
  });

  const MANY = isLong ? 1000 : 100;
  test(`${MANY} in a row, none unnamed`, async () => {
    const ids = Array.from({ length: MANY }, freshId);
    const form = (i: number) => paths[i % paths.length]![0];
    // says whose it is: over so long a time pids come again
    const script = (id: string, i: number) => `: ${id}; exit ${i % 200}`;
    using _ = sweep(ids.map((id, i) => form(i).replace("%", id)));
    const { value, of, stderr } = await watch(async () => {
      const containers = [];
      for (const [i, id] of ids.entries()) {
        containers.push(await runc.run(id, form(i).replace("%", id), script(id, i)));
      }
      return containers;
    }, roomy);
    expect(stderr).toMatch(/, 0 lost$/m);
    const told = value.map(({ pid, id }, i) =>
      of(pid)
        .filter(({ args }) => args?.at(-1) === script(id, i))
        .map(({ container_id, exit_code }) => [id, container_id, exit_code]),
    );
    expect(told).toEqual(value.map(({ id, status }) => [[id, id, status]]));
  }, 300_000);
});

describe("docker", async () => {
  const parents = [`/kubepods/burstable/pod${POD}`, "/docker"];
  const made = sweep(parents);
  const isHere = await Docker.canRun();
  let docker: Docker | undefined;
  beforeAll(async () => {
    if (isHere) docker = await Docker.start();
  });
  afterAll(async () => {
    await docker?.[Symbol.asyncDispose]();
    made[Symbol.dispose]();
  });

  test.skipIf(!isHere)("a normal end, removed at once", async () => {
    const { value, events } = await watch(() => docker!.run("/bin/sh -c 'exit 9'; exit 7", ["--rm"]));
    expect(value.status).toBe(7);
    const inside = events.filter(({ container_id }) => container_id === value.id);
    expect(inside.map(({ exit_code }) => exit_code)).toEqual(expect.arrayContaining([9, 7]));
    expect(inside.at(-1)).toMatchObject({ exit_code: 7, args: ["/bin/sh", "-c", "/bin/sh -c 'exit 9'; exit 7"] });
    // what runs for it on the host is not in it
    expect(events.find(({ comm, args }) => comm === "docker" && args?.includes("run"))?.container_id).toBeNull();
  });

  test.skipIf(!isHere)("killed by a fault inside", async () => {
    const { value, events } = await watch(() => docker!.run("/bin/sh -c 'kill -SEGV $$'; exit 4"));
    expect(value.status).toBe(4);
    const inside = events.filter(({ container_id, signal }) => container_id === value.id && signal);
    expect(inside).toMatchObject([{ signal: "SIGSEGV", killed_by: { kind: "process", pid: inside[0]!.pid } }]);
  });

  test.skipIf(!isHere || !memory)("out of memory: the main process, or its child", async () => {
    const { value, events } = await watch(async () => [
      await docker!.run(`exec ${HOG}`, ["--memory=16m"]),
      await docker!.run(HOG, ["--memory=16m"]),
    ]);
    expect(value.map(({ status }) => status)).toEqual([137, 88]);
    for (const { id } of value) {
      const killed = events.filter(({ container_id, signal }) => container_id === id && signal);
      expect(killed).toMatchObject([{ signal: "SIGKILL", killed_by: oomBy(`/docker/${id}`) }]);
    }
  });

  test.skipIf(!isHere)("stop, and stop of one that ignores it; in a pod", async () => {
    const { value, of } = await watch(async () => {
      const deaf = await docker!.startDetached("sleep 300", [`--cgroup-parent=${parents[0]}`]);
      const polite = await docker!.startDetached("trap 'exit 6' TERM; while :; do sleep 0.05; done");
      await Bun.sleep(200);
      await docker!.do("stop", "--time=1", deaf.id);
      await docker!.do("stop", "--time=5", polite.id);
      return { deaf, polite };
    });
    const { deaf, polite } = value;
    expect(of(deaf.pid)).toMatchObject([
      {
        signal: "SIGKILL",
        container_id: deaf.id,
        pod_uid: POD,
        cgroup: `${parents[0]}/${deaf.id}`,
        killed_by: { kind: "process", si_code: 0 },
      },
    ]);
    expect(of(polite.pid)).toMatchObject([{ exit_code: 6, container_id: polite.id, pod_uid: null }]);
  });

  test.skipIf(!isHere)("exec into one", async () => {
    const { value, events } = await watch(async () => {
      const { id } = await docker!.startDetached("sleep 300");
      const executed = docker!.do("exec", id, "/bin/sh", "-c", "exit 9");
      await expect(executed).rejects.toThrow("ended with 9");
      await docker!.do("rm", "--force", id);
      return id;
    });
    expect(events.filter(({ exit_code, container_id }) => exit_code === 9 && container_id === value).length).toBe(1);
  });
});
