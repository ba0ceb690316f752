/** Runs the released binaries with other CPUs, another C library, and on a minimal system. */
import { describe, expect, test } from "bun:test";
import { copyFileSync } from "node:fs";
import { parseClosingLine, parseEvents, runToEnd, temporaryFolder } from "../support/tracer.ts";
import { version } from "../../package.json" with { type: "json" };
import { inRoot, makeMuslRoot, onArm64, pathOf, succeed } from "./released.ts";

const x64 = pathOf("linux-x64");

describe("arm64 in emulation", () => {
  test.each(["--help", "--columns help", "package -o -", "man", "schema", "completion zsh"])(
    "%s prints the same as on x64",
    async (line) => {
      const args = line.split(" ");
      const { stdout, status } = await runToEnd([...onArm64, pathOf("linux-arm64"), ...args]);
      expect({ stdout, status }).toEqual({ stdout: await succeed([x64, ...args]), status: 0 });
      expect(stdout.length).toBeGreaterThan(10);
    },
  );

  test.each(["cortex-a53", "cortex-a72", "max"])("the binary runs on a %s", async (processor) => {
    const [emulator, ...rest] = onArm64;
    const stdout = await succeed([emulator!, "-cpu", processor, ...rest, pathOf("linux-arm64"), "--version"]);
    expect(stdout).toStartWith(`exitsnoop ${version}\n`);
  });

  test("the native core loads and reports that the emulator has no bpf()", async () => {
    const { stderr, status } = await runToEnd([...onArm64, pathOf("linux-arm64"), "--count", "1"]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^exitsnoop: this kernel has no bpf/);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });
});

describe.each(["linux-x64", "linux-x64-musl"])("%s on other CPUs in emulation", (name) => {
  /** The emulator looks for the loader of the musl binary below this root. */
  const run = async (processor: string, root: string) =>
    runToEnd([
      "qemu-x86_64-static",
      "-cpu",
      processor,
      "-L",
      root,
      "-E",
      `LD_LIBRARY_PATH=${root}/usr/lib`,
      pathOf(name),
      "--version",
    ]);
  const rootOf = async (folder: string) => (name.endsWith("musl") ? makeMuslRoot(folder) : "/");

  test("a CPU without SSE4.2 or POPCNT gets an error message; a CPU of 2008 runs the binary", async () => {
    using folder = temporaryFolder();
    const root = await rootOf(folder.path);
    const features = ["+ssse3", "+sse4.1", "+sse4.2", "+popcnt"];
    const tooOld = [
      "qemu64",
      "kvm64",
      "Penryn",
      ...features.map((missing) => `qemu64,${features.filter((one) => one !== missing).join(",")}`),
    ];
    for (const processor of tooOld) {
      const { stderr, status } = await run(processor, root);
      expect({ processor, status, stderr: stderr.trimEnd() }).toEqual({
        processor,
        status: 1,
        stderr:
          "exitsnoop: this processor lacks SSE4.2 or POPCNT, which exitsnoop needs; in a virtual machine, use the host's (QEMU: -cpu host)",
      });
    }
    for (const processor of ["Nehalem", "max", `qemu64,${features.join(",")}`]) {
      expect((await run(processor, root)).stdout).toStartWith(`exitsnoop ${version}\n`);
    }
  });
});

test("the musl binary traces in a root that has musl and libstdc++ and no glibc", async () => {
  using folder = temporaryFolder();
  const root = await makeMuslRoot(folder.path);
  copyFileSync(pathOf("linux-x64-musl"), `${root}/exitsnoop`);
  copyFileSync("/bin/busybox", `${root}/bin/busybox`);
  const args = ["/exitsnoop", "-w", "-j", "-o", "/tmp/events", "--", "/bin/busybox", "sh", "-c"];
  const script = "/bin/busybox sh -c 'exit 3'; /bin/busybox sh -c 'kill -SEGV $$'; exit 4";
  const { stderr, status } = await runToEnd([...inRoot(root), ...args, script]);
  expect({ status, counts: parseClosingLine(stderr) }).toEqual({ status: 4, counts: { seen: 3, lost: 0 } });
  const { events } = parseEvents(await Bun.file(`${root}/tmp/events`).text());
  expect(events.map(({ exit_code, signal }) => exit_code ?? signal)).toEqual([3, "SIGSEGV", 4]);
  expect(events[1]).toMatchObject({ killed_by: { kind: "process", pid: events[1]!.pid }, exe: "/bin/busybox" });
});
