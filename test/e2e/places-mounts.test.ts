/** Bad places: file systems that are missing or show less, and namespaces. test/e2e/bare.test.ts has a root with next to nothing. */
import { describe, test } from "bun:test";
import { release } from "node:os";
import { afterMounting, expectSentence, expectTracing } from "../support/places.ts";
import { binary, shell } from "../support/tracer.ts";

/** In a PID namespace of its own, whose /proc can be mounted as one likes. */
const inPidNamespace = (script: string) => [
  "unshare",
  "--pid",
  "--fork",
  "--mount-proc",
  ...shell(`${script} && exec "$@"`),
];

describe.each([["--json"], ["--json --wide"]])("%s", (options) => {
  const args = options.split(" ");

  test.each(["0", "1", "2"])("vm.memfd_noexec is %s", async (value) => {
    await expectTracing(inPidNamespace(`echo ${value} >/proc/sys/vm/memfd_noexec`), { args });
  });

  test("/proc shows us nobody else (hidepid=2)", async () => {
    await expectTracing(inPidNamespace("mount -t proc -o hidepid=2 proc /proc"), { args });
  });

  test("there is no tracefs, no debugfs, no cgroup file system", async () => {
    const hide = ["/sys/kernel/tracing", "/sys/kernel/debug", "/sys/fs/cgroup"].map(
      (path) => `mount -t tmpfs none ${path}`,
    );
    await expectTracing(afterMounting(hide.join(" && ")), { args });
  });

  test("/dev is empty", async () => {
    await expectTracing(afterMounting("mount -t tmpfs none /dev"), { args });
  });

  // years ahead, and not by whole seconds; where we make one for our children we are not in it
  test.each(["--boottime 100000000", "--boottime 5 --monotonic 777", "--boottime 0"])(
    "a time namespace: %s",
    async (offsets) => {
      await expectTracing(["unshare", "--time", ...offsets.split(" "), "--fork"], { args });
    },
  );
});

test("a time namespace that somebody made for his children, and did not enter", async () => {
  // before Linux 6.3 exec does not enter it
  await expectTracing(["unshare", "--time", "--boottime", "100000000"]);
});

test.each(["/sys", "/sys/kernel/btf"])("there is no %s", async (place) => {
  await expectSentence(
    [...afterMounting(`mount -t tmpfs none ${place}`), binary, "--for", "30s"],
    "this kernel has no BTF (there is no /sys/kernel/btf/vmlinux): " +
      `mount /sys, boot a kernel built with CONFIG_DEBUG_INFO_BTF, or give the BTF of ${release()} with --btf FILE (BTFHub has many)`,
  );
});

test.each([
  ["there is none", "umount --lazy /proc"],
  ["an empty folder", "mount -t tmpfs none /proc"],
])("/proc: %s", async (_, script) => {
  await expectSentence(
    [...afterMounting(script), binary, "--for", "30s"],
    "there is no /proc, without which its runtime does not start; mount it (mount -t proc proc /proc)",
  );
});
