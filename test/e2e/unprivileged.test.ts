/** Tracing by a user other than root: what works with which capabilities, and the messages. */
import { describe, expect, test } from "bun:test";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { pack } from "../support/packages.ts";
import {
  asNobody,
  childrenOf,
  copyAsNobody,
  executableCopy,
  expectInEveryThread,
  NO_PRIVILEGES,
  NOBODY,
  privilegesOf,
} from "../support/privileged.ts";
import { expectRefusal } from "../support/refusal.ts";
import { fixture, parseClosingLine, runToEnd, shell, Tracer, whileProcessesExit } from "../support/tracer.ts";

describe("a user with capabilities", () => {
  test.each([[["bpf", "perfmon"]], [["sys_admin"]]])(
    "user with %j: gets the same record as root",
    async (capabilities) => {
      using folder = executableCopy();
      const args = ["--wide", "--json", "--ppid", String(process.pid)];
      const [unprivileged, privileged] = await Promise.all([
        Tracer.start(args, { via: copyAsNobody(folder.binary, capabilities) }),
        Tracer.start(args),
      ]);
      const { pid } = await runToEnd(shell("exec 3</etc/shadow; kill -SEGV $$"));
      const ended = await Promise.all([unprivileged.end(), privileged.end()]);
      const [actual, expected] = ended.map(({ events }) => events.find((event) => event.pid === pid)!);
      // each tracer reads the clocks itself
      const clocks = { time: "", duration_ns: 0, start_time: "", cpu_user_ns: 0, cpu_system_ns: 0 };
      expect({ ...actual, ...clocks }).toEqual({ ...expected!, ...clocks });
      expect(expected).toMatchObject({ signal: "SIGSEGV", uid: 0 });
    },
  );

  test("user with CAP_BPF and CAP_PERFMON: keeps no privileges while tracing", async () => {
    using folder = executableCopy();
    const tracer = await Tracer.start([], {
      via: copyAsNobody(folder.binary, ["bpf", "perfmon"]),
      stdout: "/dev/null",
    });
    const { bounding } = privilegesOf("self");
    // dropping from the bounding set needs CAP_SETPCAP; no_new_privs makes the set ineffective
    expectInEveryThread(tracer.process.pid, { ...NO_PRIVILEGES, bounding });
    await tracer.end();
  });

  test("binary with file capabilities: a user can trace, and LD_PRELOAD is ignored", async () => {
    using folder = executableCopy();
    const { status } = await runToEnd(["setcap", "cap_bpf,cap_perfmon+ep", folder.binary]);
    expect(status).toBe(0);
    const loud = `${folder.path}/loud.so`;
    const source = 'int puts(const char *); __attribute__((constructor)) static void f(void) { puts("loud"); }';
    await Bun.write(`${folder.path}/loud.c`, source);
    expect(await runToEnd(["clang", "-shared", "-fPIC", "-o", loud, `${folder.path}/loud.c`])).toMatchObject({
      status: 0,
    });
    const env = { LD_PRELOAD: loud };
    // control: a program without file capabilities loads it
    expect((await runToEnd([...asNobody(), "true"], { env })).stdout).toContain("loud\n");
    const script = `exec env LD_PRELOAD=${loud} ${folder.binary} --json --count 1`;
    const { stdout, status: ended } = await whileProcessesExit(runToEnd([...asNobody(), ...shell(script)]));
    expect(ended).toBe(0);
    expect(stdout).toMatch(/^\{"event":"exit".*\}\n$/);
  });
});

describe("processes of the same user", () => {
  /** Returns the attempts of test/fixtures/intrude.c on a process that succeed for its own user. */
  async function intrusionsInto(pid: number): Promise<string[]> {
    using folder = executableCopy();
    copyFileSync(fixture("intrude"), `${folder.path}/intrude`);
    const { stdout, status } = await runToEnd([...asNobody(), `${folder.path}/intrude`, String(pid)]);
    expect(status).toBe(0);
    const outcomes = stdout.trim().split("\n");
    expect(outcomes).toHaveLength(10);
    return outcomes.filter((outcome) => outcome.endsWith(": done"));
  }

  test("control: a user can inspect an ordinary process of that user", async () => {
    const child = Bun.spawn([...asNobody(), "sleep", "60"]);
    for (let i = 0; i < 100 && readFileSync(`/proc/${child.pid}/comm`, "utf8") !== "sleep\n"; i++) await Bun.sleep(20);
    expect(await intrusionsInto(child.pid)).toHaveLength(10);
    child.kill();
    await child.exited;
  });

  test("tracer: its user cannot take its descriptors, read its memory or attach to it", async () => {
    using folder = executableCopy();
    const tracer = await Tracer.start([], {
      via: copyAsNobody(folder.binary, ["bpf", "perfmon"]),
      stdout: "/dev/null",
    });
    expect(privilegesOf(tracer.process.pid).permitted).toBe(0n);
    expect(await intrusionsInto(tracer.process.pid)).toEqual([]);
    const { status, stderr } = await tracer.end();
    expect({ status, lost: parseClosingLine(stderr).lost }).toEqual({ status: 0, lost: 0 });
  });

  test("broker and package: their user cannot inspect them either", async () => {
    using folder = executableCopy();
    writeFileSync(`${folder.path}/nsswitch.conf`, "passwd: files elsewhere\n");
    const inside = shell(`mount --bind ${folder.path}/nsswitch.conf /etc/nsswitch.conf && exec "$@"`);
    const tracer = await Tracer.start(["-C", "uid"], {
      via: ["unshare", "--mount", ...inside, ...copyAsNobody(folder.binary, ["bpf", "perfmon"])],
      stdout: "/dev/null",
    });
    const children = childrenOf(tracer.process.pid);
    expect(children).toHaveLength(1);
    expect(await intrusionsInto(Number(children[0]))).toEqual([]);
    await tracer.end();

    const path = await pack(folder.path, "stacks", () => {});
    const command = [...asNobody("bpf", "perfmon", "dac_read_search", "sys_admin"), folder.binary, "run", path];
    const running = Bun.spawn([...command, "--for", "60s"], { stdout: "ignore", stderr: "pipe" });
    for await (const chunk of running.stderr) if (new TextDecoder().decode(chunk).startsWith("Running")) break;
    expect(await intrusionsInto(running.pid)).toEqual([]);
    running.kill("SIGINT");
    await running.exited;
  });

  test("COMMAND: its user can inspect it like any other process", async () => {
    using folder = executableCopy();
    // the /proc files of a process belong to root if its user may not inspect it
    const command = [folder.binary, "-q", "-o", "/dev/null", "--", "stat", "-c", "%u", "/proc/self/environ"];
    const { stdout } = await runToEnd([...asNobody("bpf", "perfmon"), ...command]);
    expect(stdout).toBe(`${NOBODY}\n`);
  });
});

describe("a user without a capability or file that tracing needs", () => {
  const missingCapability = (name: string) =>
    new RegExp(
      `tracing needs ${name}, which is missing: run it with sudo, .*setcap cap_bpf,cap_perfmon\\+ep .*--cap-add BPF`,
    );
  test.each<[string[], string[], RegExp]>([
    [[], [], /^exitsnoop: needs root: run it with sudo$/m],
    [["bpf"], [], missingCapability("CAP_PERFMON")],
    [["perfmon"], ["--wide", "--json"], missingCapability("CAP_BPF")],
  ])("user with %j, options %j: one message names the missing capabilities", async (capabilities, args, message) => {
    using folder = executableCopy();
    const command = [...asNobody(...capabilities), folder.binary, ...args, "--for", "30s"];
    expectRefusal(await runToEnd(command), 1, message);
  });

  test("user without CAP_SETUID: --as fails with one message and status 126", async () => {
    using folder = executableCopy();
    const command = [...asNobody("bpf", "perfmon"), folder.binary, "--as", "root", "--", "true"];
    const { status, stderr } = await runToEnd(command);
    expect({ status, stderr }).toEqual({
      status: 126,
      stderr: "exitsnoop: --as root needs CAP_SETUID and CAP_SETGID, which exitsnoop does not have: use sudo\n",
    });
  });

  test("user who cannot read /sys/kernel/btf/vmlinux: one message and status 1", async () => {
    using folder = executableCopy();
    const hide = `cat /sys/kernel/btf/vmlinux >types && chmod 400 types && mount --bind types /sys/kernel/btf/vmlinux && exec "$@"`;
    const inside = ["unshare", "--mount", ...shell(hide)];
    const command = [...inside, ...asNobody("bpf", "perfmon"), folder.binary, "--for", "30s"];
    const { status, stderr } = await runToEnd(command, { cwd: folder.path });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^exitsnoop: \/sys\/kernel\/btf\/vmlinux is not readable .*CAP_DAC_READ_SEARCH\n$/);
  });
});
