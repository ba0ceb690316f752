/** The kernel's types: its own, and with `--btf FILE` those of a file while a mount hides them. */
import { describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { watch } from "../support/cgroups.ts";
import * as lives from "../support/resource-usage.ts";
import { type Subject, subjects } from "../support/signal-scenarios/index.ts";
import { mistakesIn, runScenarios } from "../support/signal-scenarios/run.ts";
import type { Scenario } from "../support/signal-scenarios/scenario.ts";
import { binary, fixture, runToEnd, shell, temporaryFolder, Tracer } from "../support/tracer.ts";

const kernelBtf = "/sys/kernel/btf/vmlinux";
/** A command prefix for a mount namespace in which that file is missing. */
const withoutBtf = [
  "unshare",
  "--mount",
  ...shell(`mount -t tmpfs none ${kernelBtf.replace(/\/[^/]*$/, "")} && exec "$@"`),
];

/** Runs a workload under a tracer that gets the kernel's BTF from a file. */
async function traced<T extends { status: number | null; stderr: string }>(
  workload: (folder: string) => Promise<T>,
  options: string[] = [],
) {
  using folder = temporaryFolder();
  const file = `${folder.path}/types`;
  writeFileSync(file, readFileSync(kernelBtf));
  const watched = await watch(() => workload(folder.path), ["--btf", file, ...options], { via: withoutBtf });
  const { status, stderr } = watched.value;
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(watched.stderr).toMatch(/, 0 lost$/m);
  return watched;
}

describe("tracing with --btf FILE", () => {
  test.each([
    "system calls",
    "senders",
    "faults",
    "resource limits",
    "timers, filters and other requests",
    "pending signals",
    "exits",
    "cgroups",
    "namespaces",
  ] satisfies Subject[])("--btf FILE, signal scenarios of %s: killed_by is right", async (subject) => {
    const trace = async (scenarios: readonly Scenario[]) => {
      const { value, of } = await traced(() => runScenarios(scenarios));
      return { facts: value.facts, of };
    };
    expect(await mistakesIn(subjects[subject], await trace(subjects[subject]), trace)).toEqual([]);
  });

  test("--btf FILE, resource usage and arguments: each record has the right ones", async () => {
    const { value, of } = await traced(
      (cwd) => runToEnd([fixture("resource-usage"), "1"], { cwd }),
      ["--ring-size", "4M"],
    );
    const truths = lives.readExpected(value.stdout);
    expect(truths.length).toBeGreaterThan(40);
    for (const truth of truths) {
      const [event, ...more] = of(truth.pid) as lives.UsageEvent[];
      expect([truth.kind, event !== undefined, more.length]).toEqual([truth.kind, true, 0]);
      // seen from another mount namespace, paths begin at the machine's root, not at the test's
      const exe = Buffer.from(truth.exe, "hex").toString();
      if (event!.exe?.endsWith(exe)) event!.exe = exe;
      expect([truth.kind, lives.mistakes(truth, event!)]).toEqual([truth.kind, []]);
      expect(event!.comm.length).toBeGreaterThan(1);
      if (truth.has_report && truth.kind !== "args too long") {
        expect([truth.kind, event!.args]).toEqual([truth.kind, lives.argumentsOf(truth.args)]);
      }
    }
  });

  test("--btf FILE, filters and a COMMAND: only matching exits are reported", async () => {
    using folder = temporaryFolder();
    const file = `${folder.path}/types`;
    writeFileSync(file, readFileSync(kernelBtf));
    const command = ["--json", "--btf", file, "-u", "0", "-n", "sh", "-x", "--", "sh", "-c", "sh -c 'exit 3'; exit 4"];
    const { status, stderr } = await runToEnd([...withoutBtf, binary, ...command]);
    expect(status).toBe(4);
    const codes = stderr.match(/"exit_code":\d+/g);
    expect(codes).toEqual(['"exit_code":3', '"exit_code":4']);
  });

  test("--btf /sys/kernel/btf/vmlinux: reports exits", async () => {
    const tracer = await Tracer.start(["--json", "--btf", kernelBtf]);
    const { pid } = await runToEnd(["sh", "-c", "exit 7"]);
    const { events } = await tracer.end();
    expect(events.find((event) => event.pid === pid)?.exit_code).toBe(7);
  });
});

describe("the kernel's own types", () => {
  test.each(["0", "0,1"])("CPUs %s: a trace loads the kernel's types once", async (cpus) => {
    const { status, stderr } = await runToEnd(["taskset", "-c", cpus, binary, "--verbose", "--for", "1ms"]);
    expect(status).toBe(0);
    expect(stderr.match(/loaded kernel BTF/g)).toEqual(["loaded kernel BTF"]);
  });

  test.each(["0", "0,1"])(
    "CPUs %s, truncated types of the kernel: one message says why they cannot be read",
    async (cpus) => {
      using folder = temporaryFolder();
      writeFileSync(`${folder.path}/types`, readFileSync(kernelBtf).subarray(0, 2_000_000));
      const mount = shell(`mount --bind ${folder.path}/types ${kernelBtf} && exec "$@"`);
      const { status, stderr } = await runToEnd(["unshare", "--mount", ...mount, "taskset", "-c", cpus, binary]);
      expect(stderr).toMatch(/^exitsnoop: the kernel's types cannot be read: [^\n]*libbpf: failed to read [^\n]*\n$/);
      expect(stderr.match(/failed to read/g)).toEqual(["failed to read"]);
      expect(status).toBe(1);
    },
  );
});

describe("--btf errors", () => {
  const refusals: [what: string, bytes: Uint8Array | undefined, message: RegExp][] = [
    [
      "missing file",
      undefined,
      /^exitsnoop: --btf \S+: it cannot be read: no such file or directory: name a BTF file of exactly this kernel, \S+$/,
    ],
    ["empty file", new Uint8Array(0), /^exitsnoop: --btf \S+: .*: name a BTF file of/],
    ["file of another format", Buffer.from("# comment\n".repeat(1000)), /^exitsnoop: --btf \S+: it is not BTF: /],
    ["truncated BTF", readFileSync(kernelBtf).subarray(0, 2_000_000), /^exitsnoop: --btf \S+: .*: name a BTF file of/],
    ["BTF header alone", readFileSync(kernelBtf).subarray(0, 24), /^exitsnoop: --btf \S+: .*: name a BTF file of/],
  ];
  test.each(refusals)("--btf, %s: one message and status 1", async (_, bytes, message) => {
    using folder = temporaryFolder();
    const file = `${folder.path}/types`;
    if (bytes) writeFileSync(file, bytes);
    const { status, stdout, stderr } = await runToEnd([binary, "--btf", file]);
    expect(stderr.trimEnd()).toMatch(message);
    expect(stderr.trimEnd().split("\n").length).toBe(1);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  });

  test("no kernel BTF and no --btf: one message that names --btf", async () => {
    const { status, stderr } = await runToEnd([...withoutBtf, binary]);
    expect(stderr).toMatch(/^exitsnoop: this kernel has no BTF \(there is no \S+\): .* --btf .*\n$/);
    expect(status).toBe(1);
  });
});
