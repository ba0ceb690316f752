/**
 * exitsnoop is one file that needs only a kernel and a C library, and leaves no files or BPF
 * objects.
 */
import { describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { readFdInfos } from "../support/fd-info.ts";
import { SimultaneousExits } from "../support/simultaneous-exits.ts";
import { binaryLibraries } from "../support/libraries.ts";
import { binary, fixture, parseEvents, runToEnd, shell, temporaryFolder, Tracer } from "../support/tracer.ts";

/** The parts of glibc. */
const allowed = /^(ld-linux-x86-64\.so\.2|ld-linux-aarch64\.so\.1|lib(c|m|pthread|dl)\.so\.\d)$/;
const core = new URL("../../build/libexitsnoop.so", import.meta.url).pathname;

/**
 * A script that runs the binary `$1` in a root on tmpfs and writes the lists of the root's files
 * `before` and `after`. The bind mounts of /proc and /sys omit submounts, so there is no tracefs.
 */
const minimalRoot = (libraries: string[], makeTmp: string) => `
  mount -t tmpfs tmpfs root && cd root && mkdir proc sys && mount --bind /proc proc && mount --bind /sys sys || exit 99
  for library in ${libraries.join(" ")}; do mkdir -p ".\${library%/*}" && cp "$library" ".$library" || exit 99; done
  cp "$1" exitsnoop || exit 99
  ${makeTmp}
  find . -xdev | sort >../before
  shift; chroot . /exitsnoop "$@"; status=$?
  find . -xdev | sort >../after
  ls -A tmp >../tmp 2>/dev/null
  exit $status`;

describe("exitsnoop in a root that has only the C library, /proc and /sys", () => {
  test.each([
    ["/tmp is noexec", "mkdir tmp && mount -t tmpfs -o noexec tmpfs tmp || exit 99"],
    ["/tmp is read-only", "mkdir tmp && mount -t tmpfs -o ro tmpfs tmp || exit 99"],
    ["/tmp is missing", ""],
    ["the root is read-only", "mkdir tmp && mount -o remount,ro . || exit 99"],
  ])("%s: prints all exits and creates no file", async (_, makeTmp) => {
    using folder = temporaryFolder();
    mkdirSync(`${folder.path}/root`);
    await using batch = await SimultaneousExits.start(3);
    const via = ["unshare", "--mount", ...shell(minimalRoot(await binaryLibraries(), makeTmp))];
    const args = ["--json", "--pid", batch.pids.join(","), "--count", "3"];
    const tracer = await Tracer.start(args, { via, cwd: folder.path, env: { TMPDIR: undefined } });
    await batch.exitAll();
    const { status, events, stderr } = await tracer.end(null);
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: expect.stringMatching(/^Tracing process exits, Ctrl-C to end\n3 exits in [^\n]*, 0 lost\n$/),
    });
    expect(events.toSorted((a, b) => a.exit_code! - b.exit_code!)).toMatchObject(
      batch.pids.map((pid, code) => ({
        pid,
        ppid: batch.process.pid,
        comm: "simultaneous-ex",
        exit_code: code,
        signal: null,
      })),
    );
    const list = (name: string) => readFileSync(`${folder.path}/${name}`, "utf8").trim().split("\n");
    expect(list("after")).toEqual(list("before"));
    expect(list("before")).toContain("./exitsnoop");
    expect(list("tmp")).toEqual([""]);
  });
});

describe.each([
  ["exitsnoop", binary],
  ["libexitsnoop.so", core],
])("%s", (_, file) => {
  test("dynamic section: needs glibc alone, in version 2.17 or older", async () => {
    const { stdout, status } = await runToEnd(["objdump", "--dynamic-syms", "--private-headers", file]);
    expect(status).toBe(0);
    const needed = [...stdout.matchAll(/^\s+NEEDED\s+(\S+)/gm)].map(([, name]) => name!);
    expect(needed).toContain("libc.so.6");
    expect(needed.filter((name) => !allowed.test(name))).toEqual([]);
    const versions = [...stdout.matchAll(/GLIBC_(\d+)\.(\d+)/g)].map(([, major, minor]) => [
      Number(major),
      Number(minor),
    ]);
    expect(versions.length).toBeGreaterThan(10);
    expect(versions.filter(([major, minor]) => major! > 2 || minor! > 17)).toEqual([]);
  });
});

test("dynamic loader: loads only glibc for the binary", async () => {
  const names = (await binaryLibraries()).map((path) => basename(path));
  expect(names).toContain("libc.so.6");
  expect(names.filter((name) => !allowed.test(name))).toEqual([]);
});

/** Returns the BPF programs, maps and links that a process holds, as `prog 17` or `map 42`. */
function bpfOf(pid: number): string[] {
  return [
    ...readFdInfos(pid)
      .join("\n")
      .matchAll(/^(prog|map|link)_id:\s+(\d+)$/gm),
  ].map(([, kind, id]) => `${kind} ${id}`);
}

describe("BPF objects of a tracer", () => {
  test.each(["SIGINT", "SIGKILL"] as const)("the kernel frees programs, maps and links after %s", async (signal) => {
    const inKernel = async () => {
      const { stdout, status } = await runToEnd([fixture("bpf-ids")]);
      expect(status).toBe(0);
      return new Set(stdout.split("\n"));
    };
    const tracer = await Tracer.start(["-p", String(process.pid)]);
    const own = bpfOf(tracer.process.pid);
    for (const kind of ["prog", "map"]) expect(own.some((id) => id.startsWith(kind))).toBe(true);
    let loaded = await inKernel();
    expect(own.filter((id) => !loaded.has(id))).toEqual([]);
    await tracer.end(signal);
    // the kernel frees them asynchronously
    for (let i = 0; i < 100 && own.some((id) => loaded.has(id)); i++) {
      await Bun.sleep(50);
      loaded = await inKernel();
    }
    expect(own.filter((id) => loaded.has(id))).toEqual([]);
  });
});

test("exe and cwd, tracer in a chroot that is no mount: paths begin at the tracer's root", async () => {
  using folder = temporaryFolder();
  const root = `${folder.path}/root`;
  mkdirSync(root);
  const script = minimalRoot(await binaryLibraries(), "mkdir tmp").replace("mount -t tmpfs tmpfs root && ", "");
  const via = ["unshare", "--mount", "--propagation", "private", ...shell(script)];
  const args = [binary, "--json", "--wide", "-o", "/tmp/exits", "--", "/exitsnoop", "--version"];
  const { status } = await runToEnd([...via, ...args], { cwd: folder.path });
  const { events } = parseEvents(readFileSync(`${root}/tmp/exits`, "utf8"));
  expect({ status, events }).toMatchObject({ status: 0, events: [{ exe: "/exitsnoop", cwd: "/" }] });
});
