/** Missing and restricted file systems, and PID and time namespaces. */
import { describe, test } from "bun:test";
import { release } from "node:os";
import { afterMounting, expectError, expectTracing } from "../support/environments.ts";
import { binary, shell } from "../support/tracer.ts";

/** Returns a command prefix that runs the script in a PID namespace with a /proc of its own. */
const inPidNamespace = (script: string) => [
  "unshare",
  "--pid",
  "--fork",
  "--mount-proc",
  ...shell(`${script} && exec "$@"`),
];

describe.each([["--json"], ["--json --wide"]])("tracing with %s", (options) => {
  const args = options.split(" ");

  test.each(["0", "1", "2"])("vm.memfd_noexec=%s: reports all exits", async (value) => {
    await expectTracing(inPidNamespace(`echo ${value} >/proc/sys/vm/memfd_noexec`), { args });
  });

  test("/proc with hidepid=2: reports all exits", async () => {
    await expectTracing(inPidNamespace("mount -t proc -o hidepid=2 proc /proc"), { args });
  });

  test("no tracefs, debugfs and cgroup file system: reports all exits", async () => {
    const hide = ["/sys/kernel/tracing", "/sys/kernel/debug", "/sys/fs/cgroup"].map(
      (path) => `mount -t tmpfs none ${path}`,
    );
    await expectTracing(afterMounting(hide.join(" && ")), { args });
  });

  test("empty /dev: reports all exits", async () => {
    await expectTracing(afterMounting("mount -t tmpfs none /dev"), { args });
  });

  // --fork: a process that creates a time namespace is not in it, its children are
  test.each(["--boottime 100000000", "--boottime 5 --monotonic 777", "--boottime 0"])(
    "time namespace %s: reports all exits with the right times",
    async (offsets) => {
      await expectTracing(["unshare", "--time", ...offsets.split(" "), "--fork"], { args });
    },
  );
});

test("time namespace of children alone: reports all exits with the right times", async () => {
  // execve(2) enters it since Linux 6.3
  await expectTracing(["unshare", "--time", "--boottime", "100000000"]);
});

test.each(["/sys", "/sys/kernel/btf"])("%s is empty: one message that names --btf", async (path) => {
  await expectError(
    [...afterMounting(`mount -t tmpfs none ${path}`), binary, "--for", "30s"],
    "this kernel has no BTF (there is no /sys/kernel/btf/vmlinux): " +
      `mount /sys, boot a kernel built with CONFIG_DEBUG_INFO_BTF, or name a BTF file of Linux ${release()} with --btf FILE (BTFHub has many)`,
  );
});

test.each([
  ["/proc is not mounted", "umount --lazy /proc"],
  ["/proc is an empty directory", "mount -t tmpfs none /proc"],
])("%s: one message and status 1", async (_, script) => {
  await expectError(
    [...afterMounting(script), binary, "--for", "30s"],
    "/proc is not mounted, which the runtime of exitsnoop needs; mount it (mount -t proc proc /proc)",
  );
});
