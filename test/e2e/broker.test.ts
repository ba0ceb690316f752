/** The broker: when it runs, and what it may do. */
import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { statFields } from "../../src/system/procfs.ts";
import { DAEMONIC, exitUntilNamed, INJECTED, SLOW, withService } from "../support/nss.ts";
import { Capability, childrenOf, expectInEveryThread, NO_PRIVILEGES, privilegesOf } from "../support/privileged.ts";
import { codesIn, exitInto, filesOf, runAs, startService, until } from "../support/reopening.ts";
import { segmentName } from "../support/segments.ts";
import { fixture, runToEnd, temporaryFolder, Tracer } from "../support/tracer.ts";

/** Returns the pid of a tracer's broker, if it has one. */
function brokerOf(tracer: Tracer, name = "snoop-broker"): string | undefined {
  return childrenOf(tracer.process.pid).find((pid) => pid && readFileSync(`/proc/${pid}/comm`, "utf8") === `${name}\n`);
}

const GIB = 1024 ** 3;

/** Returns the mappings of a process that only its parent uses: the engine's heaps, the rings. */
function mappingsOfParent(pid: string): string[] {
  return readFileSync(`/proc/${pid}/maps`, "utf8")
    .trimEnd()
    .split("\n")
    .filter((line) => {
      const [range, rights, , , , path] = line.split(/\s+/);
      const [start, end] = range!.split("-").map((address) => Number.parseInt(address, 16));
      return path === "anon_inode:bpf-map" || (!path && rights!.startsWith("rw") && end! - start! >= GIB);
    });
}

describe("broker", () => {
  test.each([
    ["events to stdout", ["-j"]],
    ["a device", ["-j", "-o", "/dev/null"]],
    ["user names from files", ["-C", "uid"]],
  ])("%s: does not run", async (_, args) => {
    const tracer = await startService(args);
    expect(brokerOf(tracer)).toBeUndefined();
    await tracer.end();
  });

  test("a log: can override permissions, keeps the log's directory, and nothing else", async () => {
    using folder = temporaryFolder();
    const tracer = await startService(["-j", "-o", `${folder.path}/events`]);
    const broker = brokerOf(tracer)!;
    const permitted = 1n << Capability.DAC_OVERRIDE;
    const { bounding } = privilegesOf(broker);
    expect(privilegesOf(broker)).toEqual({ ...NO_PRIVILEGES, permitted, bounding });
    expect(filesOf(broker)).toEqual([expect.stringMatching(/^socket:/), folder.path, "anon_inode:inotify"]);
    expectInEveryThread(tracer.process.pid, NO_PRIVILEGES);
    expect(filesOf(tracer.process.pid)).not.toContain(folder.path);
    await tracer.end();
  });

  test("crash sites as a column: can read every file, and has nothing open but the socket", async () => {
    const tracer = await startService(["-j", "-C", "+crash"]);
    expect(brokerOf(tracer)).toBeUndefined();
    const broker = brokerOf(tracer, "snoop-opener")!;
    const permitted = 1n << Capability.DAC_READ_SEARCH;
    const { bounding } = privilegesOf(broker);
    expect(privilegesOf(broker)).toEqual({ ...NO_PRIVILEGES, permitted, bounding });
    expect(filesOf(broker)).toEqual([expect.stringMatching(/^socket:/)]);
    expectInEveryThread(tracer.process.pid, NO_PRIVILEGES);
    await tracer.end();
  });

  test("brokers: have neither the heaps of the engine nor the ring buffer in memory", async () => {
    using folder = temporaryFolder();
    const tracer = await startService(["-j", "-C", "+crash", "-o", `${folder.path}/events`]);
    expect(mappingsOfParent(String(tracer.process.pid)).length).toBeGreaterThan(3);
    for (const name of ["snoop-broker", "snoop-opener"]) {
      expect(mappingsOfParent(brokerOf(tracer, name)!)).toEqual([]);
    }
    await tracer.end();
  });

  test("crash sites and a log: the process that reads every file has no other task", async () => {
    using folder = temporaryFolder();
    const tracer = await startService(["-j", "-C", "+crash", "-o", `${folder.path}/events`]);
    const opener = brokerOf(tracer, "snoop-opener")!;
    const broker = brokerOf(tracer)!;
    expect(privilegesOf(opener).permitted).toBe(1n << Capability.DAC_READ_SEARCH);
    expect(privilegesOf(broker).permitted).toBe(1n << Capability.DAC_OVERRIDE);
    expect(filesOf(opener)).toEqual([expect.stringMatching(/^socket:/)]);
    expect(filesOf(broker)).toEqual([expect.stringMatching(/^socket:/), folder.path, "anon_inode:inotify"]);
    await tracer.end();
  });

  test.each([
    ["ENOSYS, as on Linux 5.8", 38],
    ["EPERM, as in older container runtimes", 1],
  ])("close_range(2) fails with %s: the broker closes the tracer's descriptors all the same", async (_, errno) => {
    using folder = temporaryFolder();
    const file = `${folder.path}/events`;
    const tracer = await startService(["-j", "-o", file], [fixture("refuse"), String(errno), "close_range", "--"]);
    expect(filesOf(brokerOf(tracer)!)).toEqual([expect.stringMatching(/^socket:/), folder.path, "anon_inode:inotify"]);
    await tracer.end();
  });

  test("a kernel with Landlock on which a rule fails: there is no broker, rather than one without restrictions", async () => {
    using folder = temporaryFolder();
    const refusing = [fixture("refuse"), String(constants.errno.ENOMEM), "landlock_add_rule", "--"];
    const tracer = await startService(["-j", "-o", `${folder.path}/events`], refusing);
    expect(brokerOf(tracer)).toBeUndefined();
    await tracer.end();
  });

  test("user names from a service: no capability, and nothing open but the socket", async () => {
    using folder = temporaryFolder();
    const { via, env } = await withService(folder.path);
    const tracer = await Tracer.start(["-C", "uid"], { via, env });
    const broker = brokerOf(tracer)!;
    const { bounding } = privilegesOf(broker);
    expect(privilegesOf(broker)).toEqual({ ...NO_PRIVILEGES, bounding });
    expect(filesOf(broker)).toEqual([expect.stringMatching(/^socket:/)]);
    await tracer.end();
  });

  test("code injected into a module of a service: cannot write elsewhere, execute, or reach other processes", async () => {
    using folder = temporaryFolder();
    const { via, env } = await withService(folder.path);
    const file = `${folder.path}/events`;
    const outside = "/var/tmp/exitsnoop-outside";
    rmSync(outside, { force: true });
    const tracer = await Tracer.start(["-u", `${INJECTED}`, "-C", "uid,exit_code", "-o", file], {
      via: ["setsid", ...via],
      env,
    });
    expect(await exitUntilNamed(INJECTED, file)).toMatch(/^none +7$/);
    expect(existsSync(outside)).toBeFalse();
    await tracer.end();
    // control: the same module in a process without a sandbox
    const { stdout } = await runToEnd([...via, "setsid", "getent", "passwd", `${INJECTED}`], { env, cwd: folder.path });
    expect(stdout).toMatch(/^execve,clone,handle,/);
    rmSync(outside, { force: true });
  });

  test.skipIf(process.arch !== "x64")("code injected into the opener of programs: can only read files", async () => {
    using folder = temporaryFolder();
    writeFileSync(`${folder.path}/file`, "");
    const tracer = await startService(["-j", "-C", "+crash"]);
    const opener = brokerOf(tracer, "snoop-opener")!;
    const { stdout, stderr } = await runToEnd([fixture("inject-calls"), opener, folder.path]);
    expect(stderr).toBe("");
    const attempts = stdout.trim().split("\n");
    expect(attempts.length).toBeGreaterThan(20);
    for (const attempt of attempts) {
      const outcome = /^(getpid|read .*|list .*):/.test(attempt)
        ? "done"
        : attempt.startsWith("openat2:")
          ? "Function not implemented"
          : "Operation not permitted";
      expect(attempt).toEndWith(`: ${outcome}`);
    }
    expect(readdirSync(folder.path)).toEqual(["file"]);
    await tracer.end();
  });

  test("segments: no capability, keeps their directory, and nothing else", async () => {
    using folder = temporaryFolder();
    const tracer = await startService(["-j", "-o", folder.path, "--keep", "16M"]);
    const broker = brokerOf(tracer)!;
    const { bounding } = privilegesOf(broker);
    expect(privilegesOf(broker)).toEqual({ ...NO_PRIVILEGES, bounding });
    expect(filesOf(broker)).toEqual([expect.stringMatching(/^socket:/), folder.path]);
    expectInEveryThread(tracer.process.pid, NO_PRIVILEGES);
    expect(filesOf(tracer.process.pid)).not.toContain(folder.path);
    await tracer.end();
  });

  test.skipIf(process.arch !== "x64")(
    "code injected into the broker of segments: creates new files and removes files in their directory only",
    async () => {
      using folder = temporaryFolder();
      const directory = `${folder.path}/kept`;
      mkdirSync(`${directory}/folder`, { recursive: true, mode: 0o700 });
      writeFileSync(`${folder.path}/file`, "");
      writeFileSync(`${directory}/segment`, "");
      const tracer = await startService(["-j", "-o", directory, "--keep", "16M"]);
      const broker = brokerOf(tracer)!;
      const { stdout, stderr } = await runToEnd([fixture("inject-calls"), broker, folder.path, "segments"]);
      expect(stderr).toBe("");
      const done = stdout
        .trim()
        .split("\n")
        .filter((attempt) => attempt.endsWith(": done"));
      expect(done).toEqual(["getpid: done", "create a segment: done", "remove a segment: done"]);
      expect(stdout.trim().split("\n").length).toBeGreaterThan(35);
      // seccomp cannot see these paths, Landlock can
      for (const attempt of ["create above", "create by path", "remove above", "remove by path"])
        expect(stdout).toContain(`\n${attempt}: Permission denied\n`);
      expect(readdirSync(folder.path).toSorted()).toEqual(["file", "kept"]);
      expect(readdirSync(directory).toSorted()).toEqual([".exitsnoop.lock", segmentName(1), "folder", "segment"]);
      await tracer.end();
    },
  );

  test("tracer that is killed: the broker ends, even while a service does not answer", async () => {
    using folder = temporaryFolder();
    const { via, env } = await withService(folder.path);
    const tracer = await Tracer.start(["-C", "uid"], { via, env });
    const broker = brokerOf(tracer)!;
    await runAs(SLOW, ["true"]);
    await Bun.sleep(100);
    tracer.process.kill("SIGKILL");
    await tracer.process.exited;
    // init may reap it late, or never in a container
    await until(() => !existsSync(`/proc/${broker}`) || statFields(broker)[0] === "Z");
  });

  test("signals to the broker, as those to the process group: ignored", async () => {
    using folder = temporaryFolder();
    const file = `${folder.path}/events`;
    const tracer = await startService(["-j", "-o", file]);
    for (const signal of ["SIGHUP", "SIGUSR1", "SIGQUIT", "SIGTERM"] as const) {
      process.kill(Number(brokerOf(tracer)!), signal);
    }
    renameSync(file, `${file}.1`);
    tracer.process.kill("SIGHUP");
    await exitInto(file, 3);
    expect(codesIn(file)).toContain(3);
    await tracer.end();
  });

  test("broker that is killed: SIGHUP leaves the old file open, with a warning", async () => {
    using folder = temporaryFolder();
    const file = `${folder.path}/events`;
    const tracer = await startService(["-j", "-o", file]);
    process.kill(Number(brokerOf(tracer)!), "SIGKILL");
    renameSync(file, `${file}.1`);
    tracer.process.kill("SIGHUP");
    await until(() => tracer.stderr.includes("cannot reopen"));
    expect(tracer.stderr).toContain(
      `cannot reopen ${file}: the process that opens it is gone; the old file stays open\n`,
    );
    await exitInto(`${file}.1`, 4);
    await tracer.end();
  });
});

describe("user names from a service", () => {
  const exitOf = (uid: number) => runAs(uid, ["sh", "-c", "exit 7"]);

  test("service that takes four seconds: the uid is shown at once, and the name once it is known", async () => {
    using folder = temporaryFolder();
    const { via, env } = await withService(folder.path);
    const out = `${folder.path}/out`;
    const tracer = await Tracer.start(["-u", `${SLOW},${DAEMONIC}`, "-C", "uid,exit_code"], { via, env, stdout: out });
    const lines = () => readFileSync(out, "utf8").trimEnd().split("\n").slice(1);
    const begun = performance.now();
    await exitOf(SLOW);
    await until(() => lines().length === 1);
    expect(performance.now() - begun).toBeLessThan(3500);
    // the broker still waits for the service
    await exitOf(DAEMONIC);
    await until(() => lines().length === 2);
    expect(performance.now() - begun).toBeLessThan(3500);
    await Bun.sleep(4500);
    expect(
      lines()
        .slice(0, 2)
        .map((line) => line.split(/ +/)[0]),
    ).toEqual([`${SLOW}`, `${DAEMONIC}`]);
    expect(await exitUntilNamed(SLOW, out)).toMatch(/^slow +7$/);
    expect(await exitUntilNamed(DAEMONIC, out)).toMatch(/^daemonic +7$/);
    await tracer.end();
  });

  test("SIGHUP while a service does not answer: the log is reopened once it has answered", async () => {
    using folder = temporaryFolder();
    const { via, env } = await withService(folder.path);
    const file = `${folder.path}/events`;
    const tracer = await Tracer.start(["-u", `${SLOW}`, "-C", "uid,exit_code", "-o", file], {
      via: ["setsid", ...via],
      env,
    });
    await exitOf(SLOW);
    await until(() => readFileSync(file, "utf8").split("\n").length === 3);
    renameSync(file, `${file}.1`);
    tracer.process.kill("SIGHUP");
    await until(() => readFileSync(file, "utf8").startsWith("USER"));
    await exitOf(SLOW);
    await until(() => readFileSync(file, "utf8").includes("\nslow "));
    expect(tracer.stderr).not.toContain("exitsnoop:");
    await tracer.end();
  });
});
