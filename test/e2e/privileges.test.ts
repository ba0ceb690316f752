/** The privileges of a tracer, its launcher and its COMMAND while it traces. */
import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync, statSync } from "node:fs";
import { mark, type Meta } from "../support/eunomia/tools.ts";
import { DAEMONIC, exitUntilNamed, withService } from "../support/nss.ts";
import { pack } from "../support/packages.ts";
import {
  asNobody,
  Capability,
  childrenOf,
  expectInEveryThread,
  NO_PRIVILEGES,
  NOBODY,
  parsePrivileges,
  privilegesOf,
} from "../support/privileged.ts";
import {
  binary,
  fixture,
  parseClosingLine,
  runToEnd,
  shell,
  temporaryFolder,
  Tracer,
  whileProcessesExit,
} from "../support/tracer.ts";

/** Returns the pid of a tracer's launcher. */
function launcherOf(tracer: number): string {
  return childrenOf(tracer).find((pid) => readFileSync(`/proc/${pid}/comm`, "utf8") === "snoop-launcher\n")!;
}

describe("privileges after the start", () => {
  test("tracer: every thread has no capability, cannot gain one and has a seccomp filter", async () => {
    const tracer = await Tracer.start(["--wide"], { stdout: "/dev/null" });
    expectInEveryThread(tracer.process.pid, NO_PRIVILEGES);
    // under load the runtime starts more threads, which compile hot loops
    await whileProcessesExit(Bun.sleep(1000));
    expectInEveryThread(tracer.process.pid, NO_PRIVILEGES);
    const { status, stderr } = await tracer.end();
    expect(status).toBe(0);
    expect(parseClosingLine(stderr).seen).toBeGreaterThan(0);
  });

  test("tracer without privileges: shows user names from /etc/passwd", async () => {
    using folder = temporaryFolder();
    const file = `${folder.path}/out`;
    const tracer = await Tracer.start(["-u", String(NOBODY), "-C", "uid,exit_code", "--count", "1"], { stdout: file });
    await runToEnd([...asNobody(), "sh", "-c", "exit 7"]);
    await tracer.end(null);
    expect(readFileSync(file, "utf8")).toMatch(/^nobody +7/m);
  });

  test("tracer without privileges: shows user names from an NSS module that asks a daemon", async () => {
    using folder = temporaryFolder();
    const out = `${folder.path}/out`;
    const tracer = await Tracer.start(["-u", `${DAEMONIC},${NOBODY}`, "-C", "uid,exit_code"], {
      ...(await withService(folder.path)),
      stdout: out,
    });
    expectInEveryThread(tracer.process.pid, NO_PRIVILEGES);
    expect(await exitUntilNamed(DAEMONIC, out)).toMatch(/^daemonic +7$/);
    expect(await exitUntilNamed(NOBODY, out)).toMatch(/^nobody +7$/);
    await tracer.end();
  });

  test("COMMAND: has the privileges of the caller", async () => {
    using folder = temporaryFolder();
    const args = ["-o", `${folder.path}/events`, "--", "cat", "/proc/self/status"];
    const { stdout } = await runToEnd([binary, ...args]);
    expect(parsePrivileges(stdout)).toEqual(privilegesOf("self"));
  });

  test("--as USER: the launcher forwards signals with CAP_KILL, which no thread of the tracer has", async () => {
    const child = Bun.spawn([binary, "--as", "nobody", "--", ...shell("echo ready; exec sleep 60")], {
      stdout: "pipe",
      stderr: "pipe",
    });
    await child.stdout[Symbol.asyncIterator]().next();
    expectInEveryThread(child.pid, NO_PRIVILEGES);
    const launcher = launcherOf(child.pid);
    const onlyKill = 1n << Capability.KILL;
    const expected = { permitted: onlyKill, effective: onlyKill, noNewPrivs: "1" };
    const launcherPrivileges = () => {
      const { permitted, effective, noNewPrivs } = privilegesOf(launcher);
      return { permitted, effective, noNewPrivs };
    };
    // vfork(2) resumes the launcher when COMMAND is executed, so COMMAND may run first
    for (let tries = 0; tries < 100 && launcherPrivileges().permitted !== onlyKill; tries++) await Bun.sleep(10);
    expect(launcherPrivileges()).toEqual(expected);
    child.kill("SIGTERM");
    expect(await child.exited).toBe(128 + 15);
    expect(existsSync(`/proc/${launcher}`)).toBe(false);
  });

  test("launcher: its executable is not readable, so that the kernel never makes it dumpable", async () => {
    const child = Bun.spawn([binary, "-q", "-o", "/dev/null", "--", ...shell("echo ready; exec sleep 60")], {
      stdout: "pipe",
    });
    await child.stdout[Symbol.asyncIterator]().next();
    const launcher = launcherOf(child.pid);
    expect((statSync(`/proc/${launcher}/exe`).mode & 0o777).toString(8)).toBe("100");
    child.kill("SIGTERM");
    expect(await child.exited).toBe(128 + 15);
  });

  test("package with stack traces: keeps only the capabilities that symbol lookup needs", async () => {
    using folder = temporaryFolder();
    const path = await pack(folder.path, "stacks", (meta: Meta) => {
      const map = meta.bpf_skel.maps.find(({ name }) => name === "events")!;
      map.intepreter = { stack_trace: { field_map: { pid: "who", cpu_id: "cpu" }, with_symbols: true } };
    });
    const calling = Bun.spawn([...asNobody(), fixture("marked-calls"), String(mark), "4", "hold"], {
      stdin: "pipe",
      stdout: "pipe",
    });
    const running = Bun.spawn([binary, "run", path, "--count", "4"], { stdout: "pipe", stderr: "pipe" });
    for await (const chunk of running.stderr) if (new TextDecoder().decode(chunk).startsWith("Running")) break;
    const needed = [
      Capability.SYS_PTRACE,
      Capability.DAC_READ_SEARCH,
      Capability.SYSLOG,
      Capability.CHECKPOINT_RESTORE,
    ];
    const only = needed.reduce((bits, bit) => bits | (1n << bit), 0n);
    expectInEveryThread(running.pid, { ...NO_PRIVILEGES, permitted: only, effective: only });
    calling.stdin.write("x");
    await calling.stdin.flush();
    expect(await running.stdout.text()).toMatch(/ main\+0x/);
    calling.stdin.end();
    await calling.exited;
  });
});
