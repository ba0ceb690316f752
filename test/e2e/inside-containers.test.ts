/**
 * A tracer in a container needs the privileges and files that docs/containers.md lists. Without one
 * of them it prints which one is missing.
 */
import { release } from "node:os";
import { describe, expect, test } from "bun:test";
import { type ExitEvent, fixture, parseEvents, runToEnd } from "../support/tracer.ts";
import { sweepCgroups } from "../support/cgroup-sweep.ts";
import { useDocker, useRunc } from "../support/container-hooks.ts";
import { freshId, Runc, type Specification, tracerFiles } from "../support/runtimes.ts";

type NamedEvent = ExitEvent & { ns_pid: number; local_pid: number | null; container_id: string | null };

const TRACE = "/exitsnoop --for 200ms";
const DOCTOR = "/exitsnoop doctor --json";
/** Traces the exits of two shells in the container. The outer shell prints its pid there. */
const COMMAND =
  "/exitsnoop -j -C pid,ns_pid,local_pid,container_id,comm,exit_code -o /dev/stderr -- /bin/sh -c '/bin/sh -c \"exit 5\"; echo $$; exit 6'";

const lackingMessage = (missing: string) =>
  `exitsnoop: tracing needs CAP_BPF and CAP_PERFMON, and although this is root, ${missing} missing: grant them: ` +
  "in a service CapabilityBoundingSet=CAP_BPF CAP_PERFMON, in a container --cap-add BPF --cap-add PERFMON\n";

const successful = /^Tracing process exits, Ctrl-C to end\n\d+ exits? in [^\n]*, 0 lost\n$/;

const files = await tracerFiles();

/** Changes to a container that has the tracer's files and no capabilities. */
interface Changes {
  capabilities?: string[];
  user?: number;
  hostPids?: true;
  withoutSys?: true;
  refusesBpf?: true;
}

function changed({ capabilities = [], user = 0, hostPids, withoutSys, refusesBpf }: Changes) {
  return (specification: Specification) => {
    const { process, linux } = specification;
    const binds = files.map(({ source, destination }) => ({
      destination,
      type: "bind",
      source,
      options: ["bind", "ro"],
    }));
    specification.mounts = [
      ...specification.mounts.filter(({ destination }) => !withoutSys || !destination.startsWith("/sys")),
      ...binds,
    ];
    const names = capabilities.map((name) => `CAP_${name}`);
    process.user = { uid: user, gid: user };
    process.capabilities = {
      bounding: names,
      effective: names,
      permitted: names,
      inheritable: names,
      ambient: user ? names : [],
    };
    if (hostPids) linux.namespaces = linux.namespaces.filter(({ type }) => type !== "pid");
    if (refusesBpf) {
      const syscalls = [{ names: ["bpf"], action: "SCMP_ACT_ERRNO", errnoRet: 1 }];
      linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", syscalls };
    }
  };
}

if (!Runc.isAvailable)
  console.warn("SKIPPED: tests of a tracer in containers of runc: runc and busybox are not installed");

describe.skipIf(!Runc.isAvailable)("tracer in a container of runc", () => {
  const runc = useRunc();

  async function inside(script: string, changes: Changes) {
    const id = freshId();
    using _ = sweepCgroups([`/docker/${id}`]);
    return { ...(await runc().run(id, `/docker/${id}`, script, 0, changed(changes))), id };
  }

  const both = ["BPF", "PERFMON"];
  test.each<[what: string, changes: Changes]>([
    ["CAP_BPF and CAP_PERFMON", { capabilities: both }],
    ["CAP_BPF and CAP_PERFMON as an unprivileged user", { capabilities: both, user: 1000 }],
    ["CAP_SYS_ADMIN", { capabilities: ["SYS_ADMIN"] }],
    ["CAP_BPF and CAP_PERFMON in the host's PID namespace", { capabilities: both, hostPids: true }],
  ])("%s: it traces, and doctor reports that", async (_, changes) => {
    const traced = await inside(TRACE, changes);
    expect(traced.stderr).toMatch(successful);
    expect(traced.status).toBe(0);
    const checked = await inside(DOCTOR, changes);
    const { checks } = JSON.parse(checked.stdout);
    expect(checked.status).toBe(0);
    expect(checks).toMatchObject({
      tracing: { state: "yes", seen: 2 },
      btf: { state: "yes" },
      capabilities: { state: "yes" },
    });
    expect(checks.container.own_pid_namespace).toBe(!changes.hostPids);
  });

  test.each<[what: string, changes: Changes, message: string]>([
    ["no capabilities", {}, lackingMessage("CAP_BPF and CAP_PERFMON are")],
    ["CAP_BPF alone", { capabilities: ["BPF"] }, lackingMessage("CAP_PERFMON is")],
    ["CAP_PERFMON alone", { capabilities: ["PERFMON"] }, lackingMessage("CAP_BPF is")],
    [
      "CAP_BPF and CAP_PERFMON without /sys",
      { capabilities: both, withoutSys: true },
      "exitsnoop: this kernel has no BTF (there is no /sys/kernel/btf/vmlinux): " +
        `mount /sys, boot a kernel built with CONFIG_DEBUG_INFO_BTF, or name a BTF file of Linux ${release()} with --btf FILE (BTFHub has many)\n`,
    ],
    [
      "CAP_BPF and CAP_PERFMON with a seccomp filter that refuses bpf(2), like podman's",
      { capabilities: both, refusesBpf: true },
      "exitsnoop: bpf(2) is refused before it reaches the kernel, most likely by a seccomp filter: allow it, " +
        "in a container with --security-opt seccomp=unconfined or --cap-add SYS_ADMIN, " +
        "in a service with SystemCallFilter=bpf\n",
    ],
  ])("%s: it reports what is missing, and doctor reports the same", async (_, changes, message) => {
    const { status, stdout, stderr } = await inside(TRACE, changes);
    expect({ status, stdout, stderr }).toEqual({ status: 1, stdout: "", stderr: message });
    const checked = await inside(DOCTOR, changes);
    const { found, advice } = JSON.parse(checked.stdout).checks.tracing;
    expect({ status: checked.status, message: `exitsnoop: ${found}: ${advice}\n` }).toEqual({ status: 1, message });
  });

  test("PID namespace: pid is that of the host, ns_pid and local_pid are those of the container", async () => {
    const { id, stdout, stderr, status } = await inside(COMMAND, { capabilities: both });
    expect(status).toBe(6);
    const events = parseEvents(stderr).events as NamedEvent[];
    const own = Number(stdout);
    expect(events).toMatchObject([
      { comm: "sh", exit_code: 5, container_id: id },
      { comm: "sh", exit_code: 6, container_id: id, ns_pid: own, local_pid: own },
    ]);
    // a new PID namespace has lower pids than the host
    expect(events[1]!.pid).toBeGreaterThan(own);
    expect(events[0]!.ns_pid).toBe(events[0]!.local_pid!);
    expect(events[0]!.ns_pid).not.toBe(own);
  });

  test("PID namespace of the host: pid, ns_pid and local_pid are equal", async () => {
    const { stdout, stderr } = await inside(COMMAND, { capabilities: both, hostPids: true });
    const own = Number(stdout);
    const events = parseEvents(stderr).events as NamedEvent[];
    expect(events.at(-1)).toMatchObject({ pid: own, ns_pid: own, local_pid: own, exit_code: 6 });
  });

  test("PID namespace of its own: the tracer sees exits of the whole host, with local_pid null", async () => {
    const running = inside("/exitsnoop -j -C pid,local_pid,comm,exit_code --name rename --count 1 --for 20s", {
      capabilities: both,
    });
    // until it is attached
    let isOver = false;
    running.finally(() => (isOver = true)).catch(() => {});
    const pids: number[] = [];
    for (let tries = 0; !isOver && tries < 200; tries++) {
      pids.push((await runToEnd([fixture("rename"), "72656e616d65", "9"])).pid);
      await Bun.sleep(50);
    }
    const { stdout } = await running;
    const [event, ...more] = parseEvents(stdout).events as NamedEvent[];
    expect(more).toEqual([]);
    expect(event).toMatchObject({ comm: "rename", exit_code: 9, local_pid: null });
    expect(pids).toContain(event!.pid);
  });
});

describe("tracer in a container of docker, with docker's seccomp filter", async () => {
  const { isAvailable, docker } = await useDocker(["/docker"]);

  const volumes = files.map(({ source, destination }) => `--volume=${source}:${destination}:ro`);
  const inside = (script: string, ...options: string[]) => docker().run(script, [...volumes, ...options]);

  test.skipIf(!isAvailable)("docker without flags: it reports the missing capabilities", async () => {
    const { status, stderr } = await inside(TRACE);
    expect({ status, stderr }).toEqual({ status: 1, stderr: lackingMessage("CAP_BPF and CAP_PERFMON are") });
  });

  test.skipIf(!isAvailable)("docker --cap-add=SYS_ADMIN: it traces, in every version of docker", async () => {
    const { status, stderr } = await inside(TRACE, "--cap-add=SYS_ADMIN", "--read-only");
    expect(stderr).toMatch(successful);
    expect(status).toBe(0);
  });

  test.skipIf(!isAvailable)(
    "docker --cap-add=BPF --cap-add=PERFMON: it traces if docker knows the capabilities",
    async () => {
      const major = Number((await docker().do("version", "--format", "{{.Server.Version}}")).split(".")[0]);
      const start = inside(TRACE, "--cap-drop=ALL", "--cap-add=BPF", "--cap-add=PERFMON");
      if (major < 23) return expect(start).rejects.toThrow('unknown capability: "CAP_BPF"');
      const { status, stderr } = await start;
      expect(stderr).toMatch(successful);
      expect(status).toBe(0);
    },
  );

  test.skipIf(!isAvailable)("docker --pid=host: pid, ns_pid and local_pid are equal", async () => {
    const { stdout, stderr } = await inside(COMMAND, "--cap-add=SYS_ADMIN", "--pid=host");
    const own = Number(stdout);
    expect(parseEvents(stderr).events.at(-1)).toMatchObject({ pid: own, ns_pid: own, local_pid: own, exit_code: 6 });
  });
});
