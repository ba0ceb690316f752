import { describe, expect, test } from "bun:test";
import { containerOf } from "../../src/exit/container.ts";
import { cpuMilliseconds } from "../support/cpu-time.ts";

const ID = "0123456789abcdef".repeat(4);
const OTHER = "fedcba9876543210".repeat(4);
const UID = "6d3c1f0e-2b4a-4c8d-9e7f-1a2b3c4d5e6f";
const UID_ = UID.replaceAll("-", "_");
const BARE = UID.replaceAll("-", "");
const TASK = "0123456789abcdef0123456789abcdef";

describe("containerOf(): finds the container id and the pod's uid in", () => {
  test.each([
    [`/docker/${ID}`, ID, null],
    [`/some/parent/${ID}`, ID, null],
    [`/system.slice/docker-${ID}.scope`, ID, null],
    [`/user.slice/user-1000.slice/user@1000.service/user.slice/docker-${ID}.scope`, ID, null],
    [`/libpod_parent/libpod-${ID}`, ID, null],
    [`/libpod_parent/${OTHER}/libpod-${ID}`, ID, null],
    [`/machine.slice/libpod-${ID}.scope`, ID, null],
    [`/machine.slice/libpod-${ID}.scope/container`, ID, null],
    [`/system.slice/x.service/libpod-payload-${ID}`, ID, null],
    [`/default/${ID}`, ID, null],
    [`/kubepods/pod${UID}/${ID}`, ID, UID],
    [`/kubepods/burstable/pod${UID}/${ID}`, ID, UID],
    [`/kubepods/besteffort/pod${UID}/crio-${ID}`, ID, UID],
    [`/kubepods.slice/kubepods-pod${UID_}.slice/cri-containerd-${ID}.scope`, ID, UID],
    [`/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${UID_}.slice/crio-${ID}.scope`, ID, UID],
    [`/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod${UID_}.slice/docker-${ID}.scope`, ID, UID],
    [`/kubepods.slice/kubepods-pod${UID_}.slice/crio-${ID}.scope/container`, ID, UID],
    [`/kubepods/burstable/pod${BARE}/${ID}`, ID, BARE],
    [`/kubepods.slice/kubepods-pod${BARE}.slice/cri-containerd-${ID}.scope`, ID, BARE],
    [`/system.slice/containerd.service/kubepods-burstable-pod${UID_}.slice:cri-containerd:${ID}`, ID, UID],
    [`/kubelet/kubepods/pod${UID}/${ID}`, ID, UID],
    [`/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod${UID_}.slice/cri-containerd-${ID}.scope`, ID, UID],
    [`/docker/${OTHER}/kubelet/kubepods/burstable/pod${UID}/${ID}`, ID, UID],
    [`/docker/${ID}/init.scope`, ID, null],
    [`/docker/${ID}/a/deep/one/of/its/own`, ID, null],
    [`/ecs/${TASK}/${ID}`, ID, null],
    [`/ecstasks.slice/ecstasks-${TASK}.slice/docker-${ID}.scope`, ID, null],
    [`/ecs/${TASK}/${TASK}-1234567890`, `${TASK}-1234567890`, null],
    [`/system.slice/nerdctl-${ID}.scope`, ID, null],
    [`/user.slice/user-1000.slice/user@1000.service/user.slice/nerdctl-${ID}.scope`, ID, null],
    [`/system.slice/buildkit-${ID}.scope`, ID, null],
    [`/machine.slice/podman-${ID}.scope`, ID, null],
    [`/system.slice/crun-${ID}.scope`, ID, null],
    [`/system.slice/cri-o-${ID}.scope`, ID, null],
    [`/system.slice/a-runtime-of-my-own-${ID}.scope`, ID, null],
    [`/system.slice/conmon-like-${ID}.scope`, ID, null],
    [`/system.slice/myconmon-${ID}.scope`, ID, null],
    [`/kubepods.slice/kubepods-pod${UID_}.slice/kata-${ID}.scope/inner`, ID, UID],
    [`/system.slice/nerdctl-${OTHER}.scope/system.slice/docker-${ID}.scope`, ID, null],
    [`/system.slice/-${ID}.scope`, ID, null],
    [`/system.slice/${ID}.scope`, ID, null],
    // a monitor's scope inside a container
    [`/docker/${OTHER}/machine.slice/libpod-conmon-${ID}.scope`, OTHER, null],
    // a pod without a container yet
    [`/kubepods/burstable/pod${UID}`, null, UID],
  ])("%s", (path, containerId, podUid) => {
    expect(containerOf(path)).toEqual({ containerId, podUid });
  });
});

describe("containerOf(): finds neither container nor pod in", () => {
  test.each([
    ["/"],
    [""],
    ["/user.slice/user-0.slice/session-1.scope"],
    ["/system.slice/docker.service"],
    ["/lxc.payload.web"],
    ["/lxc.monitor.web"],
    ["/lxc.pivot"],
    ["/lxc/web"],
    ["/machine.slice/machine-web.scope/payload"],
    ["/default/plain"],
    // a container's monitor runs outside of it
    [`/machine.slice/libpod-conmon-${ID}.scope`],
    [`/libpod_parent/conmon-${ID}`],
    [`/kubepods.slice/crio-conmon-${ID}.scope`],
    [`/machine.slice/conmon-${ID}.scope`],
    [`/machine.slice/my-own-conmon-${ID}.scope`],
    // systemd-nspawn, libvirt, systemd-run, and names unlike a runtime's scope
    ["/machine.slice/systemd-nspawn@web.service/payload"],
    ["/machine.slice/machine-qemu\\x2d1\\x2dweb.scope/libvirt"],
    [`/system.slice/run-r${BARE}.scope`],
    [`/system.slice/nerdctl-${ID}.service`],
    [`/system.slice/nerdctl-${ID}`],
    [`/system.slice/nerdctl-${ID.slice(1)}.scope`],
    [`/system.slice/nerdctl${ID}.scope`],
    [`/system.slice/nerdctl-${ID.toUpperCase()}.scope`],
    // one digit too few or too many, capitals, a prefix or a suffix
    [`/docker/${ID.slice(1)}`],
    [`/docker/${ID}0`],
    [`/docker/${ID.toUpperCase()}`],
    [`/docker/x${ID}`],
    [`/docker/${ID}.service`],
    [`/docker-${ID}.scope.d`],
    [`/docker/-${ID}`],
    [`/docker/${ID}\n`],
    // Fargate's form in another folder, or not at the end
    [`/mine/${TASK}/${TASK}-1`],
    [`/ecs/${TASK}/${TASK}-1/below`],
    [`/ecs/${TASK}`],
    // invalid uids
    [`/kubepods/pod${UID.slice(1)}`],
    [`/kubepods/pod${UID}0`],
    [`/kubepods/pod${UID.replace("-", "_")}`],
    [`/kubepods/mypod${UID}`],
    ["/podman"],
  ])("%p", (path) => {
    expect(containerOf(path)).toEqual({ containerId: null, podUid: null });
  });

  test("paths of 4,000 bytes that are made to backtrack: in less than 1 s of CPU time", () => {
    const paths = [`/${"a".repeat(4000)}`, `/${"pod-".repeat(60)}`.repeat(16), `/${":".repeat(250)}`.repeat(16)];
    expect(cpuMilliseconds(() => paths.forEach(containerOf))).toBeLessThan(1000);
  });
});
