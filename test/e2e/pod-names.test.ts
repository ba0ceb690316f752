/** Names of pods whose containers have no link to their logs yet, from kubelet's directories. */
import { describe, expect, test } from "bun:test";
import { sweepCgroups } from "../support/cgroup-sweep.ts";
import { ContainerFiles } from "../support/container-files.ts";
import { useRunc } from "../support/container-hooks.ts";
import { brokersOf, named, namesIn, trace } from "../support/container-names.ts";
import { freshId, Runc } from "../support/runtimes.ts";
import { fixture, runToEnd } from "../support/tracer.ts";

const UID = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";
const STATIC_UID = "5a".repeat(16);
/** Not /kubepods, where a kubelet of this machine kills what it does not know. */
const slice = `/kubelet.slice/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod${UID.replaceAll("-", "_")}.slice`;

describe.skipIf(!Runc.isAvailable)("a container without a link", () => {
  const runc = useRunc();

  /** Runs a container in this cgroup to its end. */
  async function runContainer(id: string, path: string): Promise<void> {
    using _ = sweepCgroups([path]);
    const { status } = await runc().run(id, path, "exit 7");
    expect(status).toBe(7);
  }

  test.each([
    ["cgroupfs", `/kubelet/kubepods/besteffort/pod${UID}/%`, UID],
    ["systemd", `${slice}/cri-containerd-%.scope`, UID],
    ["static pod", `/kubelet/kubepods/pod${STATIC_UID}/%`, STATIC_UID],
  ])("%s: pod and namespace of the pod's directory, and no name of a container", async (_, form, uid) => {
    using files = new ContainerFiles();
    const id = freshId();
    files.linkLog(freshId(), "other_default_other");
    files.makePodDirectory(`default_other_1${uid.slice(1)}`);
    files.makePodDirectory(`payments_api-7d9f5c6b4-x2x9z_${uid}`);
    const { events } = await trace(files, () => runContainer(id, form.replace("%", id)));
    const end = events.find(({ container_id, exit_code }) => container_id === id && exit_code === 7);
    // its only container may be the pod's sandbox, which has no link and no directory
    expect(namesIn(end)).toEqual(named(null, "api-7d9f5c6b4-x2x9z", "payments"));
  });

  test("a link that appears later: exits after it have all names", async () => {
    using files = new ContainerFiles();
    const id = freshId();
    const path = `/kubelet/kubepods/besteffort/pod${UID}/${id}`;
    using _ = sweepCgroups([path]);
    files.linkLog(freshId(), "other_ns_other");
    files.makePodDirectory(`ns_pod_${UID}`);
    const { events } = await trace(files, async () => {
      await runc().startDetached(id, path, "while :; do /bin/busybox sleep 0.1; done");
      await Bun.sleep(700);
      files.linkLog(id, "pod_ns_late");
      await Bun.sleep(1500);
      await runc().kill(id, "KILL");
      await runc().remove(id);
    });
    const ends = events.filter(({ container_id }) => container_id === id);
    expect(namesIn(ends[0])).toEqual(named(null, "pod", "ns"));
    expect(namesIn(ends.at(-1))).toEqual(named("late", "pod", "ns"));
  });

  test.each([
    ["an escape in its name", `ns_\x1b[2J_${UID}`],
    ["a line feed in its name", `ns\n_pod_${UID}`],
    ["four names", `a_b_c_${UID}`],
    ["no namespace", `_pod_${UID}`],
    ["no pod", `ns__${UID}`],
    ["one name", `ns_${UID}`],
    ["no name, as older kubelets made it", UID],
    ["more after the uid", `ns_pod_${UID}0`],
  ])("a directory with %s: no name, and the broker goes on", async (_, name) => {
    using files = new ContainerFiles();
    const [id, next] = [freshId(), freshId()];
    files.makePodDirectory(name);
    files.linkLog(next, "pod_ns_next");
    const { events, stderr } = await trace(files, async () => {
      for (const one of [id, next]) await runContainer(one, `/kubelet/kubepods/pod${UID}/${one}`);
    });
    const end = (of: string) => events.find(({ container_id, exit_code }) => container_id === of && exit_code === 7);
    expect(namesIn(end(id))).toEqual(named(null));
    expect(namesIn(end(next))).toEqual(named("next", "pod", "ns"));
    expect(stderr).toMatch(/, 0 lost$/m);
  });
});

test.skipIf(process.arch !== "x64").each([
  ["a log of a pod", "/var/log/pods/ns_pod_uid/worker", "Permission denied"],
  ["a file among kubelet's links", "/var/log/containers", "Permission denied"],
  ["docker's files", "/var/lib/docker/containers", "done"],
])("code injected into the broker reads %s (in %s): %s", async (_, folder, outcome) => {
  using files = new ContainerFiles();
  files.write(`${folder}/file`, "");
  await trace(files, async (tracer) => {
    const [broker] = brokersOf(tracer) as [string];
    const { stdout, stderr } = await runToEnd([fixture("inject-calls"), broker, folder]);
    expect(stderr).toBe("");
    expect(stdout).toContain(`\nread file: ${outcome}\n`);
  });
});
