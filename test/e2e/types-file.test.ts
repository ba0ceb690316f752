/** A kernel that does not describe its types, as far as anybody can see from inside: they come from a file. */
import { describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { watch } from "../support/cgroups.ts";
import * as killings from "../support/killings.ts";
import * as lives from "../support/lives.ts";
import { binary, fixture, runToEnd, shell, temporaryFolder, Tracer } from "../support/tracer.ts";

const described = "/sys/kernel/btf/vmlinux";
/** In a mount namespace of its own. */
const undescribed = [
  "unshare",
  "--mount",
  ...shell(`mount -t tmpfs none ${described.replace(/\/[^/]*$/, "")} && exec "$@"`),
];

/** Runs a fixture under such a tracer. */
async function traced(words: string[], options: string[] = []) {
  using folder = temporaryFolder();
  const file = `${folder.path}/types`;
  writeFileSync(file, readFileSync(described));
  const command = [fixture(words[0]!), ...words.slice(1)];
  const watched = await watch(() => runToEnd(command, { cwd: folder.path }), ["--btf", file, ...options], {
    via: undescribed,
  });
  const { status, stderr } = watched.value;
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(watched.stderr).toMatch(/, 0 lost$/m);
  return watched;
}

describe("the kernel's types in a file", () => {
  test.each(["senders", "kernel", "pending", "exits", "cgroups", "namespaces"])("who killed it: %s", async (way) => {
    const { value, of } = await traced(["killings", way]);
    const { truths } = killings.readTruths(value.stdout);
    expect(truths.length).toBeGreaterThan(0);
    expect(killings.mistakes(truths, of)).toEqual([]);
  });

  test("what it was and what it used", async () => {
    const { value, of } = await traced(["lives", "1"], ["--ring-size", "4M"]);
    const truths = lives.readTruths(value.stdout);
    expect(truths.length).toBeGreaterThan(40);
    for (const truth of truths) {
      const [event, ...more] = of(truth.pid) as lives.LifeEvent[];
      expect([truth.kind, event !== undefined, more.length]).toEqual([truth.kind, true, 0]);
      // who lives in another mount namespace than the tracer is named from the machine's root on, also where we have another root
      const exe = Buffer.from(truth.exe, "hex").toString();
      if (event!.exe?.endsWith(exe)) event!.exe = exe;
      expect([truth.kind, lives.mistakes(truth, event!)]).toEqual([truth.kind, []]);
      expect(event!.comm.length).toBeGreaterThan(1);
      if (truth.is_told && truth.kind !== "args too long") {
        expect([truth.kind, event!.args]).toEqual([truth.kind, lives.argumentsOf(truth.args)]);
      }
    }
  });

  test("filters, and a command", async () => {
    using folder = temporaryFolder();
    const file = `${folder.path}/types`;
    writeFileSync(file, readFileSync(described));
    const command = ["--json", "--btf", file, "-u", "0", "-n", "sh", "-x", "--", "sh", "-c", "sh -c 'exit 3'; exit 4"];
    const { status, stderr } = await runToEnd([...undescribed, binary, ...command]);
    expect(status).toBe(4);
    const codes = stderr.match(/"exit_code":\d+/g);
    expect(codes).toEqual(['"exit_code":3', '"exit_code":4']);
  });

  test("also where the kernel describes them itself", async () => {
    const tracer = await Tracer.start(["--json", "--btf", described]);
    const { pid } = await runToEnd(["sh", "-c", "exit 7"]);
    const { events } = await tracer.end();
    expect(events.find((event) => event.pid === pid)?.exit_code).toBe(7);
  });
});

describe("one sentence", () => {
  const refusals: [what: string, bytes: Uint8Array | undefined, sentence: RegExp][] = [
    [
      "none",
      undefined,
      /^exitsnoop: --btf \S+: it cannot be read: no such file or directory: give the BTF of exactly this kernel, \S+$/,
    ],
    ["an empty file", new Uint8Array(0), /^exitsnoop: --btf \S+: .*: give the BTF of/],
    ["something else", Buffer.from("# comment\n".repeat(1000)), /^exitsnoop: --btf \S+: it is no BTF: /],
    ["half of it", readFileSync(described).subarray(0, 2_000_000), /^exitsnoop: --btf \S+: .*: give the BTF of/],
    [
      "its types without their names",
      readFileSync(described).subarray(0, 24),
      /^exitsnoop: --btf \S+: .*: give the BTF of/,
    ],
  ];
  test.each(refusals)("where the file is %s", async (_, bytes, sentence) => {
    using folder = temporaryFolder();
    const file = `${folder.path}/types`;
    if (bytes) writeFileSync(file, bytes);
    const { status, stdout, stderr } = await runToEnd([binary, "--btf", file]);
    expect(stderr.trimEnd()).toMatch(sentence);
    expect(stderr.trimEnd().split("\n").length).toBe(1);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  });

  test("where there is none, and no file either", async () => {
    const { status, stderr } = await runToEnd([...undescribed, binary]);
    expect(stderr).toMatch(/^exitsnoop: this kernel has no BTF \(there is no \S+\): .* --btf .*\n$/);
    expect(status).toBe(1);
  });
});
