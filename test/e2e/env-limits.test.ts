/**
 * Small limits of files, memory, processes and CPU time: exitsnoop traces within them, or fails
 * with a message that names the limit and how to raise it.
 */
import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync, statfsSync } from "node:fs";
import { join } from "node:path";
import type { Cgroup } from "../support/cgroups.ts";
import {
  canLimit,
  cgroupWithLimit,
  expectAllCounted,
  expectError,
  expectTracing,
  inCgroup,
  prepareBurst,
  withoutSysResource,
} from "../support/environments.ts";
import { binary, runToEnd, shell, temporaryFolder, Tracer } from "../support/tracer.ts";

const ulimit = (option: string) => shell(`ulimit ${option} && exec "$@"`);

describe("limit of open files", () => {
  test.each([8, 16, 32, 63])("%d open files: one message and status 1", async (files) => {
    await expectError(
      [...withoutSysResource, ...ulimit(`-n ${files}`), binary, "--for", "30s"],
      `64 open files are needed, and ${files} are allowed: raise the limit (ulimit -n)`,
    );
  });

  test.each([4, 5, 7])("%d open files, too few for the runtime: one message and status 1", async (files) => {
    await expectError(
      [...ulimit(`-n ${files}`), ...withoutSysResource, binary, "--for", "30s"],
      "fewer than 8 open files are allowed, which is too few; raise the limit (ulimit -n)",
    );
  });

  test("64 open files: traces, with --wide as well", async () => {
    await expectTracing([...withoutSysResource, ...ulimit("-n 64")]);
    await expectTracing([...withoutSysResource, ...ulimit("-n 64")], { args: ["--json", "--wide"] });
  });

  test("soft limit of 8 open files: raised to the hard limit", async () => {
    await expectTracing([...withoutSysResource, ...ulimit("-S -n 8")]);
  });
});

describe("limits of memory and signals", () => {
  test("stack: 256 KB suffice, 128 KB are refused", async () => {
    await expectTracing([...withoutSysResource, ...ulimit("-s 256")], { args: ["--json", "--wide"] });
    await expectError(
      [...withoutSysResource, ...ulimit("-s 128"), binary, "--for", "30s"],
      "the stack limit is below 256 KB, which the runtime of exitsnoop needs; raise it (ulimit -s)",
    );
  });

  test("address space: 3 GB suffice, 1 GB is refused", async () => {
    await expectTracing([...withoutSysResource, ...ulimit("-v 3145728")], { args: ["--json", "--wide"] });
    await expectError(
      [...withoutSysResource, ...ulimit("-v 1048576"), binary, "--for", "30s"],
      "the address space limit is below 3 GB, which the runtime of exitsnoop reserves but does not use; raise it (ulimit -v)",
    );
  });

  test("data: 3 GB suffice, 1 GB is refused", async () => {
    await expectTracing([...withoutSysResource, ...ulimit("-d 3145728")], { args: ["--json", "--wide"] });
    await expectError(
      [...withoutSysResource, ...ulimit("-d 1048576"), binary, "--for", "30s"],
      "the data limit is below 3 GB, which the runtime of exitsnoop reserves but does not use; raise it (ulimit -d)",
    );
  });

  test("soft limits of stack, address space, data and pending signals: raised", async () => {
    await expectTracing([...withoutSysResource, ...ulimit("-S -s 64"), ...ulimit("-S -v 1048576")]);
    await expectTracing([...withoutSysResource, ...ulimit("-S -d 10000"), "prlimit", "--sigpending=0:"]);
  });

  test("hard limit of 0 pending signals: one message and status 1", async () => {
    await expectError(
      [...withoutSysResource, "prlimit", "--sigpending=0:0", binary, "--for", "30s"],
      "privileges cannot be given up (resource temporarily unavailable), and exitsnoop does not go on with them: " +
        "raise the limit of pending signals (ulimit -i), or try again",
    );
  });

  test("COMMAND: has the caller's limits of data and pending signals, which exitsnoop raises for itself", () => {
    const start = [...ulimit("-S -d 10000"), "prlimit", "--sigpending=5:", binary, "-q", "-o", "/dev/null", "--"];
    const { stdout, stderr } = Bun.spawnSync([...start, "bash", "-c", "ulimit -S -d; ulimit -S -i"]);
    expect([stdout.toString(), stderr.toString()]).toEqual(["10000\n5\n", ""]);
  });
});

const processLimit = (max: string) => cgroupWithLimit("pids", { 1: ["pids.max", max], 2: ["pids.max", max] });

describe.skipIf(!canLimit("pids"))("limit of processes", () => {
  test.each(["1", "2", "5"])(
    "%s processes, fewer than the tracer's threads: one message after two seconds",
    async (max) => {
      using cgroup = processLimit(max);
      await expectError(
        [...inCgroup(cgroup), binary, "--for", "30s"],
        "no thread can be started, because the process limit (ulimit -u, pids.max of the cgroup, kernel.pid_max) is reached; " +
          "raise it, or end some processes",
      );
    },
  );

  test("6 processes: traces", async () => {
    using cgroup = processLimit("6");
    await expectTracing(inCgroup(cgroup));
  });

  test("6 processes, and a COMMAND: it is not started, and one message says why", async () => {
    using cgroup = processLimit("6");
    const { status, stderr } = await runToEnd([...inCgroup(cgroup), binary, "--", "true"]);
    const why = "resource temporarily unavailable";
    const advice = "raise the process limit (ulimit -u, pids.max of the cgroup, kernel.pid_max), or end some processes";
    // a thread of the runtime that has just ended leaves room for the launcher, not for its child
    const isLate = stderr.startsWith("Tracing ");
    expect(status).toBe(isLate ? 126 : 1);
    expect(stderr).toEndWith(
      isLate
        ? `exitsnoop: true cannot be run: ${why}; ${advice}\n`
        : `exitsnoop: true cannot be started: ${why}: ${advice}\n`,
    );
  });

  // the runtime's threads exit after ten idle seconds; it starts new ones under load
  test.each([[[]], [["--json", "--wide"]]])(
    "limit met during a trace with %j after ten idle seconds: starts no thread, counts every exit",
    async (options) => {
      using folder = temporaryFolder();
      using cgroup = processLimit("max");
      const burst = prepareBurst(200_000);
      const args = [...options, "--ppid", `${burst.pid}`];
      const tracer = await Tracer.start(args, { via: inCgroup(cgroup), stdout: join(folder.path, "exits") });
      const threads = () => readdirSync(`/proc/${tracer.process.pid}/task`).length;
      await Bun.sleep(13_000);
      cgroup.set("pids.max", "0");
      const before = threads();
      await burst.go();
      await burst.ended;
      expect(threads()).toBeLessThanOrEqual(before);
      const { status, killedBy, stderr } = await tracer.end();
      expect({ status, killedBy }).toEqual({ status: 0, killedBy: null });
      expectAllCounted(stderr, 200_000);
    },
  );
});

const memoryLimit = (megabytes: number) => {
  const bytes = String(megabytes << 20);
  return cgroupWithLimit("memory", { 1: ["memory.limit_in_bytes", bytes], 2: ["memory.max", bytes] });
};

/** Returns how often the memory of a cgroup was at its limit. */
function limitHits(cgroup: Cgroup): number {
  const file = cgroup.has("memory.failcnt") ? "memory.failcnt" : "memory.events";
  const text = readFileSync(cgroup.processes.replace("cgroup.procs", file), "utf8");
  return Number(/^max (\d+)/m.exec(text)?.[1] ?? text);
}

/** Whether a path is on a tmpfs (TMPFS_MAGIC of linux/magic.h), whose pages are not reclaimed. */
const isTmpfs = (path: string) => statfsSync(path).type === 0x01021994;

describe.skipIf(!canLimit("memory"))("limit of memory", () => {
  test.each([[[]], [["--json", "--wide"]]])(
    "64 MB, options %j, 400,000 exits to a file: every exit is counted",
    async (options) => {
      using folder = temporaryFolder();
      using cgroup = memoryLimit(64);
      const burst = prepareBurst(400_000);
      const args = [...options, "--ppid", `${burst.pid}`];
      const file = isTmpfs(folder.path) ? "/dev/null" : join(folder.path, "exits");
      const tracer = await Tracer.start(args, { via: inCgroup(cgroup), stdout: file });
      await burst.go();
      await burst.ended;
      const hits = limitHits(cgroup);
      const { status, killedBy, stderr } = await tracer.end();
      expect({ status, killedBy }).toEqual({ status: 0, killedBy: null });
      expectAllCounted(stderr, 400_000);
      // the page cache of the file counts as the cgroup's memory and reaches the limit
      if (options.length > 0 && file !== "/dev/null") expect(hits).toBeGreaterThan(0);
    },
  );
});

const cpuLimit = () => cgroupWithLimit("cpu", { 1: ["cpu.cfs_quota_us", "5000"], 2: ["cpu.max", "5000 100000"] });

test.skipIf(!canLimit("cpu"))("limit of a twentieth of a CPU: every exit is counted as printed or lost", async () => {
  using cgroup = cpuLimit();
  const burst = prepareBurst(100_000);
  const tracer = await Tracer.start(["--ppid", `${burst.pid}`], { via: inCgroup(cgroup) });
  await burst.go();
  await burst.ended;
  const { status, stderr } = await tracer.end();
  expect(status).toBe(0);
  expectAllCounted(stderr, 100_000);
});
