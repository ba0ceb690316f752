/** The tracer itself in a container: what docs/containers.md says that it takes, and what it says where that is not there. */
import { release } from "node:os";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type ExitEvent, fixture, parseEvents, runToEnd } from "../support/tracer.ts";
import { sweep } from "../support/cgroups.ts";
import { Docker, freshId, Runc, type Specification, tracerFiles } from "../support/runtimes.ts";

type NamedEvent = ExitEvent & { ns_pid: number; local_pid: number | null; container_id: string | null };

const TRACE = "/exitsnoop --for 200ms";
const DOCTOR = "/exitsnoop doctor --json";
/** Its own two deaths, from within. */
const COMMAND =
  "/exitsnoop -j -C pid,ns_pid,local_pid,container_id,comm,exit_code -o /dev/stderr -- /bin/sh -c '/bin/sh -c \"exit 5\"; echo $$; exit 6'";

const lacks = (missing: string) =>
  `exitsnoop: tracing needs CAP_BPF and CAP_PERFMON, and although this is root, ${missing} missing: grant them: ` +
  "in a service AmbientCapabilities=CAP_BPF CAP_PERFMON, in a container --cap-add BPF --cap-add PERFMON (docs/containers.md)\n";

const attached = /^Tracing process exits, Ctrl-C to end\n\d+ exits?, 0 lost\n$/;

const files = await tracerFiles();

/** What a test changes in a container that can run the tracer, and may not. */
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

if (!Runc.isHere) console.warn("SKIPPED: no runc here, the tracer is not tried in its containers");

describe.skipIf(!Runc.isHere)("runc", () => {
  let runc: Runc;
  beforeAll(async () => {
    runc = await Runc.start();
  });
  afterAll(() => runc?.[Symbol.asyncDispose]());

  async function inside(script: string, changes: Changes) {
    const id = freshId();
    using _ = sweep([`/docker/${id}`]);
    return { ...(await runc.run(id, `/docker/${id}`, script, 0, changed(changes))), id };
  }

  const both = ["BPF", "PERFMON"];
  test.each<[what: string, changes: Changes]>([
    ["CAP_BPF and CAP_PERFMON", { capabilities: both }],
    ["the same, as an ordinary user", { capabilities: both, user: 1000 }],
    ["CAP_SYS_ADMIN", { capabilities: ["SYS_ADMIN"] }],
    ["the same, with the host's pids", { capabilities: both, hostPids: true }],
  ])("%s: it traces, and the doctor says so", async (_, changes) => {
    const traced = await inside(TRACE, changes);
    expect(traced.stderr).toMatch(attached);
    expect(traced.status).toBe(0);
    const told = await inside(DOCTOR, changes);
    const { checks } = JSON.parse(told.stdout);
    expect(told.status).toBe(0);
    expect(checks).toMatchObject({
      tracing: { state: "yes", seen: 2 },
      btf: { state: "yes" },
      capabilities: { state: "yes" },
    });
    expect(checks.container.own_pid_namespace).toBe(!changes.hostPids);
  });

  test.each<[what: string, changes: Changes, words: string]>([
    ["nothing", {}, lacks("CAP_BPF and CAP_PERFMON are")],
    ["CAP_BPF alone", { capabilities: ["BPF"] }, lacks("CAP_PERFMON is")],
    ["CAP_PERFMON alone", { capabilities: ["PERFMON"] }, lacks("CAP_BPF is")],
    [
      "both, but no /sys",
      { capabilities: both, withoutSys: true },
      "exitsnoop: this kernel has no BTF (there is no /sys/kernel/btf/vmlinux): " +
        `mount /sys, boot a kernel built with CONFIG_DEBUG_INFO_BTF, or give the BTF of ${release()} with --btf FILE (BTFHub has many)\n`,
    ],
    [
      "both, but a filter that refuses bpf(2), as podman's does",
      { capabilities: both, refusesBpf: true },
      "exitsnoop: bpf(2) is refused before it reaches the kernel, most likely by a seccomp filter: allow bpf(2): " +
        "in a container --security-opt seccomp=unconfined, or --cap-add SYS_ADMIN (docs/containers.md), " +
        "in a service SystemCallFilter=bpf\n",
    ],
  ])("%s: it says what is missing, and so does the doctor", async (_, changes, words) => {
    const { status, stdout, stderr } = await inside(TRACE, changes);
    expect({ status, stdout, stderr }).toEqual({ status: 1, stdout: "", stderr: words });
    const told = await inside(DOCTOR, changes);
    const { found, advice } = JSON.parse(told.stdout).checks.tracing;
    expect({ status: told.status, words: `exitsnoop: ${found}: ${advice}\n` }).toEqual({ status: 1, words });
  });

  test("in a PID namespace: the host's pids, and beside them those of the container", async () => {
    const { id, stdout, stderr, status } = await inside(COMMAND, { capabilities: both });
    expect(status).toBe(6);
    const events = parseEvents(stderr).events as NamedEvent[];
    const own = Number(stdout);
    expect(events).toMatchObject([
      { comm: "sh", exit_code: 5, container_id: id },
      { comm: "sh", exit_code: 6, container_id: id, ns_pid: own, local_pid: own },
    ]);
    // nobody in so young a container has as high a number as on the host
    expect(events[1]!.pid).toBeGreaterThan(own);
    expect(events[0]!.ns_pid).toBe(events[0]!.local_pid!);
    expect(events[0]!.ns_pid).not.toBe(own);
  });

  test("with the host's pids all three are the same", async () => {
    const { stdout, stderr } = await inside(COMMAND, { capabilities: both, hostPids: true });
    const own = Number(stdout);
    const events = parseEvents(stderr).events as NamedEvent[];
    expect(events.at(-1)).toMatchObject({ pid: own, ns_pid: own, local_pid: own, exit_code: 6 });
  });

  test("it sees the whole host from in there", async () => {
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

describe("docker, with its own seccomp filter", async () => {
  const made = sweep(["/docker"]);
  const isHere = await Docker.canRun();
  let docker: Docker | undefined;
  beforeAll(async () => {
    if (isHere) docker = await Docker.start();
  });
  afterAll(async () => {
    await docker?.[Symbol.asyncDispose]();
    made[Symbol.dispose]();
  });

  const volumes = files.map(({ source, destination }) => `--volume=${source}:${destination}:ro`);
  const inside = (script: string, ...options: string[]) => docker!.run(script, [...volumes, ...options]);

  test.skipIf(!isHere)("without a flag it says what is missing", async () => {
    const { status, stderr } = await inside(TRACE);
    expect({ status, stderr }).toEqual({ status: 1, stderr: lacks("CAP_BPF and CAP_PERFMON are") });
  });

  test.skipIf(!isHere)("CAP_SYS_ADMIN is enough, for every docker", async () => {
    const { status, stderr } = await inside(TRACE, "--cap-add=SYS_ADMIN", "--read-only");
    expect(stderr).toMatch(attached);
    expect(status).toBe(0);
  });

  test.skipIf(!isHere)("CAP_BPF and CAP_PERFMON are, where docker knows them", async () => {
    const major = Number((await docker!.do("version", "--format", "{{.Server.Version}}")).split(".")[0]);
    const start = inside(TRACE, "--cap-drop=ALL", "--cap-add=BPF", "--cap-add=PERFMON");
    if (major < 23) return expect(start).rejects.toThrow('unknown capability: "CAP_BPF"');
    const { status, stderr } = await start;
    expect(stderr).toMatch(attached);
    expect(status).toBe(0);
  });

  test.skipIf(!isHere)("--pid=host: the pids are the same inside", async () => {
    const { stdout, stderr } = await inside(COMMAND, "--cap-add=SYS_ADMIN", "--pid=host");
    const own = Number(stdout);
    expect(parseEvents(stderr).events.at(-1)).toMatchObject({ pid: own, ns_pid: own, local_pid: own, exit_code: 6 });
  });
});
