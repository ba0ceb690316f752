/** Bad places: limits of ours that are small. Whoever meets one is told which, and what to do; whoever can go on does. */
import { describe, expect, test } from "bun:test";
import { readFileSync, readdirSync, statfsSync } from "node:fs";
import { join } from "node:path";
import type { Cgroup } from "../support/cgroups.ts";
import {
  crowd,
  expectAll,
  expectSentence,
  expectTracing,
  inCgroup,
  limited,
  withoutSysResource,
} from "../support/places.ts";
import { binary, shell, temporaryFolder, Tracer } from "../support/tracer.ts";

const ulimit = (option: string) => shell(`ulimit ${option} && exec "$@"`);

describe("few open files", () => {
  test.each([8, 16, 32, 63])("%d", async (files) => {
    await expectSentence(
      [...withoutSysResource, ...ulimit(`-n ${files}`), binary, "--for", "30s"],
      `we need 64 files, and may open ${files}: too many open files: raise the limit of open files (ulimit -n)`,
    );
  });

  test.each([4, 5, 7])("%d: so few that the runtime does not start", async (files) => {
    await expectSentence(
      [...ulimit(`-n ${files}`), ...withoutSysResource, binary, "--for", "30s"],
      "64 open files are needed, and less than 8 are allowed; raise the limit of open files (ulimit -n)",
    );
  });

  test("64 are enough, also with everything", async () => {
    await expectTracing([...withoutSysResource, ...ulimit("-n 64")]);
    await expectTracing([...withoutSysResource, ...ulimit("-n 64")], { args: ["--json", "--wide"] });
  });

  test("a soft limit is lifted as far as the hard one", async () => {
    await expectTracing([...withoutSysResource, ...ulimit("-S -n 8")]);
  });
});

describe("a small stack and address space", () => {
  test("256 KB of stack are enough, 128 KB are too little", async () => {
    await expectTracing([...withoutSysResource, ...ulimit("-s 256")], { args: ["--json", "--wide"] });
    await expectSentence(
      [...withoutSysResource, ...ulimit("-s 128"), binary, "--for", "30s"],
      "less than 256 KB of stack, with which its runtime does not start; raise the limit (ulimit -s)",
    );
  });

  test("3 GB of addresses are enough, 1 GB is too little", async () => {
    await expectTracing([...withoutSysResource, ...ulimit("-v 3145728")], { args: ["--json", "--wide"] });
    await expectSentence(
      [...withoutSysResource, ...ulimit("-v 1048576"), binary, "--for", "30s"],
      "less than 3 GB of address space, most of which its runtime reserves and never uses; raise the limit (ulimit -v)",
    );
  });

  test("3 GB of data are enough, 1 GB is too little", async () => {
    await expectTracing([...withoutSysResource, ...ulimit("-d 3145728")], { args: ["--json", "--wide"] });
    await expectSentence(
      [...withoutSysResource, ...ulimit("-d 1048576"), binary, "--for", "30s"],
      "less than 3 GB of data, most of which its runtime reserves and never uses; raise the limit (ulimit -d)",
    );
  });

  test("soft limits are lifted", async () => {
    await expectTracing([...withoutSysResource, ...ulimit("-S -s 64"), ...ulimit("-S -v 1048576")]);
    await expectTracing([...withoutSysResource, ...ulimit("-S -d 10000"), "prlimit", "--sigpending=0:"]);
  });

  test("a limit of pending signals of 0 that cannot be raised is refused with a sentence", async () => {
    await expectSentence(
      [...withoutSysResource, "prlimit", "--sigpending=0:0", binary, "--for", "30s"],
      "privileges cannot be given up (resource temporarily unavailable), and exitsnoop does not go on with them: " +
        "raise the limit of pending signals (ulimit -i), or try again",
    );
  });

  test("a COMMAND inherits the limits of data and of pending signals that exitsnoop raises for itself", () => {
    const start = [...ulimit("-S -d 10000"), "prlimit", "--sigpending=5:", binary, "-q", "-o", "/dev/null", "--"];
    const { stdout, stderr } = Bun.spawnSync([...start, "bash", "-c", "ulimit -S -d; ulimit -S -i"]);
    expect([stdout.toString(), stderr.toString()]).toEqual(["10000\n5\n", ""]);
  });
});

const processes = (most: string) => limited("pids", { 1: ["pids.max", most], 2: ["pids.max", most] });

describe.skipIf(!processes("max"))("no further process", () => {
  test.each(["1", "2", "5"])("at the start, with %s in all: it waits for two seconds, and says so", async (most) => {
    using cgroup = processes(most)!;
    await expectSentence(
      [...inCgroup(cgroup), binary, "--for", "30s"],
      "no thread can be started, since the limit of processes (ulimit -u, pids.max of the cgroup, kernel.pid_max) is met; " +
        "raise it, or end some of them",
    );
  });

  test("6 in all are enough", async () => {
    using cgroup = processes("6")!;
    await expectTracing(inCgroup(cgroup));
  });

  test("for a COMMAND", async () => {
    using cgroup = processes("6")!;
    await expectSentence(
      [...inCgroup(cgroup), binary, "--", "true"],
      "true cannot be started: resource temporarily unavailable: " +
        "raise the limit of processes (ulimit -u, pids.max of the cgroup, kernel.pid_max), or end some",
    );
  });

  // the engine's own threads end when they have been idle for ten seconds, and are wanted again under load
  test.each([[[]], [["--json", "--wide"]]])(
    "while %j traces, whose engine has been idle: it goes on",
    async (options) => {
      using folder = temporaryFolder();
      using cgroup = processes("max")!;
      const dying = crowd(200_000);
      const args = [...options, "--ppid", `${dying.pid}`];
      const tracer = await Tracer.start(args, { via: inCgroup(cgroup), stdout: join(folder.path, "exits") });
      const threads = () => readdirSync(`/proc/${tracer.process.pid}/task`).length;
      await Bun.sleep(13_000);
      cgroup.set("pids.max", "0");
      const before = threads();
      await dying.go();
      await dying.ended;
      expect(threads()).toBeLessThanOrEqual(before);
      const { status, killedBy, stderr } = await tracer.end();
      expect({ status, killedBy }).toEqual({ status: 0, killedBy: null });
      expectAll(stderr, 200_000);
    },
  );
});

const megabytes = (count: number) => {
  const bytes = String(count << 20);
  return limited("memory", { 1: ["memory.limit_in_bytes", bytes], 2: ["memory.max", bytes] });
};

/** How often the memory of a cgroup was at its limit. */
function pressure(cgroup: Cgroup): number {
  const file = cgroup.has("memory.failcnt") ? "memory.failcnt" : "memory.events";
  const text = readFileSync(cgroup.processes.replace("cgroup.procs", file), "utf8");
  return Number(/^max (\d+)/m.exec(text)?.[1] ?? text);
}

/** TMPFS_MAGIC of linux/magic.h: what is written there is memory that nobody can take back. */
const isMemory = (path: string) => statfsSync(path).type === 0x01021994;

describe.skipIf(!megabytes(64))("64 MB of memory", () => {
  test.each([[[]], [["--json", "--wide"]]])("%j, 400,000 exits at full speed, to a file", async (options) => {
    using folder = temporaryFolder();
    using cgroup = megabytes(64)!;
    const dying = crowd(400_000);
    const args = [...options, "--ppid", `${dying.pid}`];
    const file = isMemory(folder.path) ? "/dev/null" : join(folder.path, "exits");
    const tracer = await Tracer.start(args, { via: inCgroup(cgroup), stdout: file });
    await dying.go();
    await dying.ended;
    const met = pressure(cgroup);
    const { status, killedBy, stderr } = await tracer.end();
    expect({ status, killedBy }).toEqual({ status: 0, killedBy: null });
    expectAll(stderr, 400_000);
    // the file's pages are the tracer's memory, too: more of them than may be there
    if (options.length > 0 && file !== "/dev/null") expect(met).toBeGreaterThan(0);
  });
});

const twentieth = () => limited("cpu", { 1: ["cpu.cfs_quota_us", "5000"], 2: ["cpu.max", "5000 100000"] });

test.skipIf(!twentieth())("a twentieth of a CPU: what could not be printed is counted", async () => {
  using cgroup = twentieth()!;
  const dying = crowd(100_000);
  const tracer = await Tracer.start(["--ppid", `${dying.pid}`], { via: inCgroup(cgroup) });
  await dying.go();
  await dying.ended;
  const { status, stderr } = await tracer.end();
  expect(status).toBe(0);
  expectAll(stderr, 100_000);
});
