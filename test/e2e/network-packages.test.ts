/**
 * Packages with programs at network interfaces, in network namespaces of their own: programs left
 * over from a killed run, and messages.
 */
import { describe, expect, test } from "bun:test";
import { release } from "node:os";
import { isOlder } from "../../src/doctor/checks/kernel.ts";
import { mark, type Meta, port } from "../support/eunomia/tools.ts";
import { pack } from "../support/packages.ts";
import { expectRefusal } from "../support/refusal.ts";
import { binary, fixture, runToEnd, shell, temporaryFolder } from "../support/tracer.ts";

/**
 * Shell functions of the scripts. The loopback interface is up, and start() waits until the package
 * is attached.
 */
const prelude = `
ip link set lo up
# start FILE [OPTIONS] PACKAGE: leaves its pid in $pid
start() { file=$1; shift; : >$file.err; "$RUN" run -j "$@" >$file.out 2>$file.err & pid=$!
  until grep -q '^Running' $file.err || ! kill -0 $pid 2>/dev/null; do sleep 0.05; done; }
stop() { sleep 0.3; kill -INT $pid; wait $pid; }
crash() { kill -KILL $pid; wait $pid 2>/dev/null; }
send() { "$CALLS" ${mark} "$1" ${port}; }
`;

async function inNamespace(script: string, cwd: string) {
  const env = { RUN: binary, CALLS: fixture("marked-calls") };
  return runToEnd(["unshare", "--net", ...shell(prelude + script)], { cwd, env });
}

/**
 * Whether this kernel has TCX (since Linux 6.6), whose programs are detached with their process.
 */
const hasTcx = !isOlder(release(), [6, 6]);

describe("tc", () => {
  test.if(hasTcx)("tc, run ended by SIGKILL, kernel with TCX: the package runs again", async () => {
    using folder = temporaryFolder();
    const path = await pack(folder.path, "tc");
    const script = `start first ${path}; crash; start second ${path}; send 3; stop; cat second.out; cat second.err >&2`;
    const { stdout, stderr } = await inNamespace(script, folder.path);
    expect(stdout).toBe([0, 1, 2].map((number) => `{"by":1,"number":${number}}\n`).join(""));
    expect(stderr).toEndWith("\n3 events\n");
  });

  test.if(hasTcx)("tc, second package at a hook, kernel with TCX: a warning about the first", async () => {
    using folder = temporaryFolder();
    const path = await pack(folder.path, "tc");
    const script = `start first ${path}; old=$pid; start second ${path}; stop; kill -INT $old; cat second.err >&2`;
    expect((await inNamespace(script, folder.path)).stderr).toContain(
      "another program runs first at the ingress of lo; packets accepted there do not reach this package\n",
    );
  });

  test("tc, filter left over from a killed run: the message has the command that removes it", async () => {
    using folder = temporaryFolder();
    const path = await pack(folder.path, "tc-consuming", (meta: Meta) => {
      Object.assign(meta.bpf_skel.progs[0]!, { tcopts: { handle: 26, priority: 7 } });
    });
    const remove = "tc filter del dev lo ingress pref 7 handle 0x1a bpf";
    const script = `start first ${path}; send 2; sleep 0.3; crash; cat first.out; "$RUN" run ${path}; echo $?
      ${remove}; start third ${path}; send 1; stop; cat third.out`;
    const { stdout, stderr } = await inNamespace(script, folder.path);
    expect(stdout).toBe('{"number":0}\n{"number":1}\n1\n{"number":0}\n');
    expect(stderr).toBe(
      `exitsnoop: ${path}: on_packet cannot be attached: the ingress of lo already has a filter with handle 26 and priority 7, ` +
        `perhaps left by a run that was killed; remove it with: ${remove}\n`,
    );
  });

  test.each<[string, object, string]>([
    ["missing interface", { tchook: { ifindex: 4711 } }, "no network interface with the index 4711"],
    ["custom hook", { tchook: { attach_point: "BPF_TC_CUSTOM" } }, "BPF_TC_CUSTOM needs a parent"],
    ["priority of 17 bits", { tcopts: { priority: 65_536 } }, "tcopts.priority is 65536; at most 65535"],
  ])("tc, %s: refused with one message", async (_, words, message) => {
    using folder = temporaryFolder();
    const path = await pack(folder.path, "tc", (meta) => Object.assign(meta.bpf_skel.progs[0]!, words));
    expectFailure(await inNamespace(`"$RUN" run ${path}`, folder.path), message);
  });
});

describe("xdp", () => {
  const packed = (folder: string, flags: number) =>
    pack(folder, "xdp", (meta) => Object.assign(meta.bpf_skel.progs[0]!, { flags }));

  test.each([0, 1, 2, 3, 16, 17, 19])("xdp, flags %d: runs on the loopback interface, as in ecli", async (flags) => {
    using folder = temporaryFolder();
    const script = `start it ${await packed(folder.path, flags)}; send 2; stop; cat it.out it.err`;
    const { stdout } = await inNamespace(script, folder.path);
    expect(stdout).toStartWith('{"by":1,"number":0}\n{"by":1,"number":1}\n');
  });

  test.each([
    [4, "the driver of lo cannot run XDP programs"],
    [5, "the driver of lo cannot run XDP programs"],
    [6, "flags 6 select several modes"],
    [8, "lo cannot run XDP programs in its hardware"],
    [15, "flags 15 select several modes"],
    [32, "flags 32 are not a sum of the XDP flags"],
  ])("xdp, flags %d, with which ecli fails: one message", async (flags, message) => {
    using folder = temporaryFolder();
    expectFailure(await inNamespace(`"$RUN" run ${await packed(folder.path, flags)}`, folder.path), message);
  });

  test("xdp, interface with a program: the message has the command that removes it", async () => {
    using folder = temporaryFolder();
    const path = await packed(folder.path, 0);
    const script = `start first ${path}; "$RUN" run ${path}; status=$?; stop; exit $status`;
    const message =
      "lo already has an XDP program; end the process that holds it, or remove it with: ip link set dev lo xdp off";
    expectFailure(await inNamespace(script, folder.path), message);
  });
});

function expectFailure(outcome: { status: number; stdout: string; stderr: string }, message: string): void {
  expectRefusal(outcome, 1, message);
  expect(outcome.stderr).not.toContain("not for this kernel");
}
