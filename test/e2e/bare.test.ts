/** One file that needs a kernel, a C library and nothing else, and leaves nothing behind. */
import { describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { SimultaneousExits } from "../support/simultaneous-exits.ts";
import { binary, fixture, runToEnd, shell, temporaryFolder, Tracer } from "../support/tracer.ts";

/** All of one C library, which every system has. */
const allowed = /^(ld-linux-x86-64\.so\.2|ld-linux-aarch64\.so\.1|lib(c|m|pthread|dl)\.so\.\d)$/;
const core = new URL("../../build/libexitsnoop.so", import.meta.url).pathname;

/** The files that the dynamic loader takes for the binary. */
async function libraries(): Promise<string[]> {
  const { stdout } = await runToEnd(["ldd", binary]);
  return [...stdout.matchAll(/(?:=> |^\s+)(\/\S+)/gm)].map(([, path]) => path!);
}

/**
 * In a root of its own: `$1` is the binary, the lists of files before and after go beside it. /proc and /sys come without what is
 * mounted below them, so there is no tracefs.
 */
const bareRoot = (libraries: string[], makeTmp: string) => `
  mount -t tmpfs tmpfs root && cd root && mkdir proc sys && mount --bind /proc proc && mount --bind /sys sys || exit 99
  for library in ${libraries.join(" ")}; do mkdir -p ".\${library%/*}" && cp "$library" ".$library" || exit 99; done
  cp "$1" exitsnoop || exit 99
  ${makeTmp}
  find . -xdev | sort >../before
  shift; chroot . /exitsnoop "$@"; status=$?
  find . -xdev | sort >../after
  ls -A tmp >../tmp 2>/dev/null
  exit $status`;

describe("in a root with nothing but the C library, /proc and /sys", () => {
  test.each([
    ["/tmp is noexec", "mkdir tmp && mount -t tmpfs -o noexec tmpfs tmp || exit 99"],
    ["/tmp is read-only", "mkdir tmp && mount -t tmpfs -o ro tmpfs tmp || exit 99"],
    ["there is no /tmp", ""],
    ["all of it is read-only", "mkdir tmp && mount -o remount,ro . || exit 99"],
  ])("%s: it traces, and leaves nothing", async (_, makeTmp) => {
    using folder = temporaryFolder();
    mkdirSync(`${folder.path}/root`);
    await using batch = await SimultaneousExits.start(3);
    const via = ["unshare", "--mount", ...shell(bareRoot(await libraries(), makeTmp))];
    const args = ["--json", "--pid", batch.pids.join(","), "--count", "3"];
    const tracer = await Tracer.start(args, { via, cwd: folder.path, env: { TMPDIR: undefined } });
    await batch.exitAll();
    const { status, events, stderr } = await tracer.end(null);
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: "Tracing process exits, Ctrl-C to end\n3 exits, 0 lost\n",
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

describe.each([binary, core])("%s", (file) => {
  test("needs one C library, and none newer than 2.17", async () => {
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

test("the loader takes nothing else for it either", async () => {
  const names = (await libraries()).map((path) => basename(path));
  expect(names).toContain("libc.so.6");
  expect(names.filter((name) => !allowed.test(name))).toEqual([]);
});

/** The BPF programs, maps and links that a process holds: `prog 17`, `map 42`. */
function bpfOf(pid: number): string[] {
  const infos = readdirSync(`/proc/${pid}/fdinfo`).map((fd) => readFileSync(`/proc/${pid}/fdinfo/${fd}`, "utf8"));
  return [...infos.join("\n").matchAll(/^(prog|map|link)_id:\s+(\d+)$/gm)].map(([, kind, id]) => `${kind} ${id}`);
}

describe("of its BPF programs, maps and links nothing is left", () => {
  test.each(["SIGINT", "SIGKILL"] as const)("after %s", async (signal) => {
    const inKernel = async () => {
      const { stdout, status } = await runToEnd([fixture("bpf-ids")]);
      expect(status).toBe(0);
      return new Set(stdout.split("\n"));
    };
    const tracer = await Tracer.start(["-p", String(process.pid)]);
    const own = bpfOf(tracer.process.pid);
    for (const kind of ["prog", "map"]) expect(own.some((id) => id.startsWith(kind))).toBe(true);
    let there = await inKernel();
    expect(own.filter((id) => !there.has(id))).toEqual([]);
    await tracer.end(signal);
    // the kernel takes them away in its own time
    for (let i = 0; i < 100 && own.some((id) => there.has(id)); i++) {
      await Bun.sleep(50);
      there = await inKernel();
    }
    expect(own.filter((id) => there.has(id))).toEqual([]);
  });
});
