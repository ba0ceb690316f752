/** Error messages for programs and files that libbpf, the kernel or exitsnoop refuses. */
import { describe, expect, test } from "bun:test";
import { constants } from "node:os";
import { describeFileFormat, describeJsonFormat } from "../../src/eunomia/file-format.ts";
import { explainAttachError, explainLoadError, verifierReason } from "../../src/eunomia/refused-programs.ts";
import { describeMissingTarget } from "../../src/eunomia/attach-targets.ts";
import { LibbpfError } from "../../src/native/errno.ts";

const { EACCES, EINVAL, EPERM, ENOENT, EOPNOTSUPP } = constants.errno;

/** Returns libbpf's warnings about a program that the verifier refuses. */
const verified = (...log: string[]) =>
  [
    "libbpf: prog 'on': BPF program load failed: -EACCES",
    "libbpf: prog 'on': -- BEGIN PROG LOAD LOG --",
    ...log.map((line) => `libbpf:   ${line}`),
    "libbpf:   -- END PROG LOAD LOG --",
    "libbpf: prog 'on': failed to load: -EACCES",
    "libbpf: failed to load object 'o_bpf'",
    "",
  ].join("\n");

const programs = [
  { name: "off", section: "tp/a/b" },
  { name: "on", section: "tp/sched/sched_process_exit" },
];

const loaded = (errno: number, warnings: string, section?: string) =>
  explainLoadError(
    new LibbpfError("the kernel rejected the BPF programs", errno, warnings),
    section ? [{ name: "on", section }] : programs,
  ).message;

const attached = (errno: number, warnings: string, section: string) =>
  explainAttachError(new LibbpfError("on cannot be attached", errno, warnings), { name: "on", section }).message;

describe("verifierReason(): returns the last line of the log that does not report progress:", () => {
  test.each<[log: string[], reason: string | undefined]>([
    [
      [
        "0: R1=ctx() R10=fp0",
        "; return *v; @ a.c:7",
        "7: (61) r0 = *(u32 *)(r0 +0)",
        "R0 invalid mem access 'map_value_or_null'",
        "processed 7 insns (limit 1000000)",
      ],
      "R0 invalid mem access 'map_value_or_null'",
    ],
    [
      ["infinite loop detected at insn 0", "cur state: R1=ctx()", "old state: R1=ctx()", "processed 3 insns"],
      "infinite loop detected at insn 0",
    ],
    [
      [
        "arg#0 reference type('UNKNOWN ') size cannot be determined: -22",
        "1: <invalid CO-RE relocation>",
        "failed to resolve CO-RE relocation <byte_off> [5] struct a.b (0:0 @ offset 0)",
        "processed 2 insns",
      ],
      "failed to resolve CO-RE relocation <byte_off> [5] struct a.b (0:0 @ offset 0)",
    ],
    [["unreachable insn 2", "processed 0 insns"], "unreachable insn 2"],
    [["from 5 to 7: R0=0", "processed 9 insns"], undefined],
  ])("%j", (log, reason) => {
    expect(verifierReason(verified(...log))).toBe(reason);
  });

  test("a source line that forges the log's end or another message: read as a line of the log", () => {
    const log = verified(
      "; \\x1b[2J",
      "-- END PROG LOAD LOG --",
      "libbpf: prog 'off': failed to load: -EPERM",
      "R1 !read_ok",
      "processed 1 insns",
    );
    expect(verifierReason(log)).toBe("R1 !read_ok");
    expect(loaded(EACCES, log)).toStartWith(
      "the kernel rejected the program on (section tp/sched/sched_process_exit): R1 !read_ok; ",
    );
  });
});

describe("explainLoadError():", () => {
  test("the verifier refuses the program: gives the log's reason", () => {
    expect(loaded(EACCES, verified("R1 !read_ok"))).toBe(
      "the kernel rejected the program on (section tp/sched/sched_process_exit): R1 !read_ok; the package is not for this kernel, or faulty (--verbose prints the verifier's log)",
    );
    expect(loaded(EINVAL, verified("failed to resolve CO-RE relocation <byte_off>"))).toContain(
      "bpf_core_field_exists",
    );
    expect(loaded(EACCES, verified("x".repeat(10_000))).length).toBeLessThan(600);
  });

  test("the kernel refuses the program without a reason: blames neither lockdown nor SELinux", () => {
    const warnings =
      "libbpf: prog 'on': BPF program load failed: -EPERM\nlibbpf: permission error while running as root; try raising 'ulimit -l'? current value: 8.0 MiB\nlibbpf: prog 'on': failed to load: -EPERM\nlibbpf: failed to load object 'o'\n";
    for (const section of [
      "fentry/do_unlinkat",
      "fexit.s/x",
      "fmod_ret/x",
      "lsm/socket_connect",
      "kprobe.multi/x*",
      "iter/task",
    ]) {
      const message = loaded(EPERM, warnings, section);
      expect(message).toStartWith(
        `the kernel rejected the program on (section ${section}): operation not permitted, without a reason; this kernel may not support such programs`,
      );
      expect(message).not.toMatch(/lockdown|SELinux|ulimit/);
    }
  });

  test("libbpf refuses the program: gives its message", () => {
    expect(
      loaded(
        3,
        "libbpf: prog 'on': failed to find kernel BTF type ID of 'gone': -ESRCH\nlibbpf: prog 'on': failed to prepare load attributes: -ESRCH\n",
        "fentry/gone",
      ),
    ).toContain("this kernel has no function gone to attach to");
    expect(
      loaded(
        EINVAL,
        "libbpf: prog 'on': missing BPF prog type, check ELF section name 'x'\nlibbpf: prog 'on': failed to load: -EINVAL\n",
      ),
    ).toContain("libbpf does not know this section name");
    expect(loaded(EINVAL, "libbpf: map 'm': failed to create: -EINVAL\nlibbpf: failed to load object 'o'\n")).toContain(
      "map 'm': failed to create: -EINVAL",
    );
  });
});

describe("explainAttachError(): names the program, the reason and the remedy:", () => {
  test.each<[errno: number, warnings: string, section: string, says: string]>([
    [EOPNOTSUPP, "", "uprobe", 'its section has no target; write SEC("uprobe/PATH:FUNCTION")'],
    [EOPNOTSUPP, "", "something", "exitsnoop cannot attach programs of this section"],
    [
      ENOENT,
      "libbpf: prog 'on': failed to determine tracepoint 'a/b' perf event ID: -ENOENT\n",
      "tp/a/b",
      "this kernel has no tracepoint a/b",
    ],
    [
      EINVAL,
      "libbpf: elf: failed to open /dev/zero: -EINVAL\n",
      "uprobe//dev/zero:main",
      "/dev/zero is a device, not a regular file with functions",
    ],
    [ENOENT, "libbpf: elf: failed to open /none: -ENOENT\n", "usdt//none:a:b", "there is no file /none"],
    [EPERM, "", "perf_event", "operation not permitted; this kernel may not support such programs"],
  ])("errno %d with %j for section %s", (errno, warnings, section, says) => {
    expect(attached(errno, warnings, section)).toStartWith(`on cannot be attached (section ${section}): ${says}`);
  });
});

test("describeMissingTarget() of a section that ends at a slash: the message says how to write it", () => {
  expect(describeMissingTarget("uprobe/")).toBe('its section has no target; write SEC("uprobe/PATH:FUNCTION")');
  expect(describeMissingTarget("tp/")).toBe('its section has no target; write SEC("tp/CATEGORY/NAME")');
});

test("describeMissingTarget() of a section with half a target: the message says how to complete it", () => {
  const sections = ["uprobe//bin/true", "uprobe.multi//bin/true:", "usdt//bin/true", "usdt//bin/true:p", "tp/foo"];
  for (const section of sections)
    expect(describeMissingTarget(section)).toStartWith("its section has no complete target; ");
  expect(describeMissingTarget("tcx/egress")).toContain("BPF_TC_EGRESS");
});

test("explainLoadError(): the advice names the enum value, type, tracepoint or extern that the kernel lacks", () => {
  const relocation = (text: string) => loaded(EINVAL, verified(`failed to resolve CO-RE relocation ${text}`));
  expect(relocation("<enumval_value> [2] enum e::V = 7")).toContain("no such enum value; ");
  expect(relocation("<type_size> [2] struct s")).toContain("no such type; ");
  expect(relocation("<byte_off> [2] struct s.m (0:0 @ offset 0)")).toContain("no such member or type; ");
  const lacking = "libbpf: prog 'on': failed to find kernel BTF type ID of 'gone': -ESRCH\n";
  expect(loaded(3, lacking, "tp_btf/gone")).toContain("this kernel has no tracepoint gone to attach to");
  expect(loaded(3, "libbpf: extern 'CONFIG_X' (strong): not resolved\n")).toStartWith("this kernel has no setting or ");
  const kfunc = "libbpf: extern (func ksym) 'gone': not found in kernel or module BTFs\n";
  expect(loaded(EINVAL, kfunc)).toStartWith("this kernel has no function gone, which the package needs; ");
});

test("describeMissingTarget() of a section with a target: undefined", () => {
  for (const section of [
    "uprobe//bin/sh:main",
    "usdt/a:b:c",
    "kprobe/f",
    "tp/a/b",
    "raw_tp/a",
    "fentry/f",
    "lsm/h",
    "iter/task",
    "tc",
    "xdp",
    "perf_event",
  ]) {
    expect([section, describeMissingTarget(section)]).toEqual([section, undefined]);
  }
});

describe("describeFileFormat() of a file that is no package:", () => {
  test.each<[start: string, what: string]>([
    ["\0asm\x01\0\0\0", "WASM"],
    ["\x1f\x8b\x08", "gzip"],
    ["\x28\xb5\x2f\xfd", "zstd"],
    ["\xfd7zXZ\0", "xz"],
    ["PK\x03\x04", "zip"],
    ["\x7fELF\x02", "ELF"],
    [`${"\0".repeat(257)}ustar`, "tar archive"],
    ["\n<!DOCTYPE html>", "web page"],
    ["// SPDX\n#include <x.h>", "C source"],
  ])("%j: %s", (start, what) => {
    expect(describeFileFormat(Buffer.from(start, "latin1"))).toContain(what);
  });
});

test("describeJsonFormat(): recognizes other JSON files by their members", () => {
  expect(describeFileFormat(Buffer.from('{"meta":{}}'))).toBeUndefined();
  for (const json of [{ name: "x", version: "1", scripts: {} }, { name: "x", private: true }, { dependencies: {} }])
    expect(describeJsonFormat(json, false)).toContain("package.json of npm");
  expect(describeJsonFormat({ bpf_skel: {} }, false)).toContain("NAME.skel.json");
  expect(describeJsonFormat({ bpf_skel: {} }, true)).toBeUndefined();
  expect(describeJsonFormat({ bpf_object: "", meta: {} }, false)).toBeUndefined();
  for (const json of [[], null, 4, {}, { name: "x" }])
    expect(describeJsonFormat(json, false)).toStartWith("it is not an eunomia package, since it has no bpf_object; ");
  expect(describeJsonFormat({}, true)).toStartWith("it is not an eunomia package, since it has no bpf_skel; ");
});
