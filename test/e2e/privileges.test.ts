/** The privileges that exitsnoop needs, its messages without them, and those that it keeps. */
import { beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, copyFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { mark, type Meta } from "../eunomia/tools.ts";
import { pack } from "../support/packages.ts";
import { asNobody, Capability, NOBODY, type Privileges, privilegesIn, privilegesOf } from "../support/privileged.ts";
import {
  amidDeaths,
  binary,
  closingLine,
  fixture,
  runToEnd,
  shell,
  temporaryFolder,
  Tracer,
} from "../support/tracer.ts";

const root = new URL("../..", import.meta.url).pathname;
const hooked = `${root}build/exitsnoop-sandbox-escape`;
/** The user that test/fixtures/nss/daemonic.c knows. */
const DAEMONIC = 54321;
const NONE: Privileges = {
  permitted: 0n,
  effective: 0n,
  inheritable: 0n,
  ambient: 0n,
  bounding: 0n,
  noNewPrivs: "1",
  seccomp: "2",
};

/** The only difference between threads may be none. */
function expectInEveryThread(pid: number, privileges: Partial<Privileges>): void {
  const threads = privilegesOf(pid);
  expect(threads.size).toBeGreaterThan(1);
  for (const [thread, has] of threads) expect([thread, { ...has, ...privileges }]).toEqual([thread, has]);
}

/** A copy that anybody may run. */
function executable() {
  const folder = temporaryFolder();
  chmodSync(folder.path, 0o755);
  const path = `${folder.path}/exitsnoop`;
  copyFileSync(binary, path);
  chmodSync(path, 0o755);
  return { ...folder, binary: path };
}

describe("a tracer after its start", () => {
  test("a tracer's threads have no capability, cannot gain one, and have a seccomp filter", async () => {
    const tracer = await Tracer.start(["--wide"], { stdout: "/dev/null" });
    expectInEveryThread(tracer.process.pid, NONE);
    // with work to do it makes more threads, which compile its loops
    await amidDeaths(Bun.sleep(1000));
    expectInEveryThread(tracer.process.pid, NONE);
    const { status, stderr } = await tracer.end();
    expect(status).toBe(0);
    expect(closingLine(stderr).seen).toBeGreaterThan(0);
  });

  test("a tracer without privileges shows the names of users", async () => {
    using folder = temporaryFolder();
    const file = `${folder.path}/out`;
    const tracer = await Tracer.start(["-u", String(NOBODY), "-C", "uid,exit_code", "--count", "1"], { stdout: file });
    await runToEnd([...asNobody(), "sh", "-c", "exit 7"]);
    await tracer.end(null);
    expect(readFileSync(file, "utf8")).toMatch(/^nobody +7/m);
  });

  test("a tracer without privileges shows the names of users that a daemon supplies", async () => {
    using folder = temporaryFolder();
    const path = (name: string) => `${folder.path}/${name}`;
    const library = path("libnss_daemonic.so.2");
    const built = await runToEnd(["clang", "-shared", "-fPIC", "-o", library, `${root}test/fixtures/nss/daemonic.c`]);
    expect(built).toMatchObject({ status: 0, stderr: "" });
    writeFileSync(path("nsswitch.conf"), "passwd: files [NOTFOUND=continue] daemonic # and nobody else\n");
    const inside = shell(`mount --bind ${path("nsswitch.conf")} /etc/nsswitch.conf && exec "$@"`);
    const tracer = await Tracer.start(["-u", `${DAEMONIC},${NOBODY}`, "-C", "uid,exit_code", "--count", "2"], {
      via: ["unshare", "--mount", ...inside],
      env: { LD_LIBRARY_PATH: folder.path },
      stdout: path("out"),
    });
    expectInEveryThread(tracer.process.pid, NONE);
    for (const uid of [DAEMONIC, NOBODY]) {
      await runToEnd(["setpriv", `--reuid=${uid}`, "--clear-groups", "sh", "-c", "exit 7"]);
    }
    await tracer.end(null);
    expect(readFileSync(path("out"), "utf8")).toMatch(/\ndaemonic 7\nnobody +7\n$/);
  });

  test("COMMAND keeps the caller's privileges", async () => {
    using folder = temporaryFolder();
    const args = ["-o", `${folder.path}/events`, "--", "cat", "/proc/self/status"];
    const { stdout } = await runToEnd([binary, ...args]);
    expect(privilegesIn(stdout)).toEqual(privilegesIn(readFileSync("/proc/self/status", "utf8")));
  });

  test("COMMAND of another user: no thread of the tracer has CAP_KILL, the launcher forwards signals", async () => {
    const child = Bun.spawn([binary, "--as", "nobody", "--", ...shell("echo ready; exec sleep 60")], {
      stdout: "pipe",
      stderr: "pipe",
    });
    await child.stdout[Symbol.asyncIterator]().next();
    expectInEveryThread(child.pid, NONE);
    const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").trim().split(" ");
    const launcher = children.find((pid) => readFileSync(`/proc/${pid}/comm`, "utf8") === "snoop-launcher\n");
    const only = 1n << Capability.KILL;
    const expected = { permitted: only, effective: only, noNewPrivs: "1" };
    const dropped = () => {
      const { permitted, effective, noNewPrivs } = privilegesIn(readFileSync(`/proc/${launcher}/status`, "utf8"));
      return { permitted, effective, noNewPrivs };
    };
    // vfork(2) lets the launcher go on when COMMAND is executed, so COMMAND may be ahead of it
    for (let tries = 0; tries < 100 && dropped().permitted !== only; tries++) await Bun.sleep(10);
    expect(dropped()).toEqual(expected);
    child.kill("SIGTERM");
    expect(await child.exited).toBe(128 + 15);
    expect(existsSync(`/proc/${launcher}`)).toBe(false);
  });

  test("the launcher of a COMMAND is executed from a file that its user may not read, so it is never dumpable", async () => {
    const child = Bun.spawn([binary, "-q", "-o", "/dev/null", "--", ...shell("echo ready; exec sleep 60")], {
      stdout: "pipe",
    });
    await child.stdout[Symbol.asyncIterator]().next();
    const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").trim().split(" ");
    const launcher = children.find((pid) => readFileSync(`/proc/${pid}/comm`, "utf8") === "snoop-launcher\n");
    expect((statSync(`/proc/${launcher}/exe`).mode & 0o777).toString(8)).toBe("100");
    child.kill("SIGTERM");
    expect(await child.exited).toBe(128 + 15);
  });

  test("a package with stack traces keeps only the capabilities that symbols need", async () => {
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
    expectInEveryThread(running.pid, { ...NONE, permitted: only, effective: only });
    calling.stdin.write("x");
    await calling.stdin.flush();
    expect(await running.stdout.text()).toMatch(/ main\+0x/);
    calling.stdin.end();
    await calling.exited;
  });
});

describe("a decoder that was taken over", () => {
  beforeAll(async () => {
    const { status, stderr } = await runToEnd([process.execPath, "scripts/build/build.ts", "--sandbox-escape"], {
      cwd: root,
    });
    if (status !== 0) throw new Error(stderr);
  });

  /**
   * Attempts that fail with another error than EPERM, or that are allowed since they do no harm.
   */
  const otherwise: Record<string, string> = {
    openat2: "ENOSYS",
    clone3: "ENOSYS",
    "a call of x32": "ENOSYS",
    "root's file": "EACCES",
    "root's folder": "EACCES",
    "an unassigned system call number": "ENOSYS",
    "reading a file": "done",
    "its own pid": "done",
    "its own capabilities": "done",
    // the recorder's variables are sealed; the same attempts succeed on unsealed ones
    "sealed: write": "EFAULT",
    "sealed: mprotect": "EACCES",
    "sealed: write after mprotect": "EFAULT",
    "sealed: mmap for reading": "done",
    "sealed: mmap for writing": "EPERM",
    "unsealed: write": "done",
    "unsealed: mprotect": "done",
    "unsealed: write after mprotect": "done",
    "unsealed: mmap for reading": "done",
    "unsealed: mmap for writing": "done",
  };
  if (process.arch === "arm64") for (const name of ["open for writing", "creat", "fork"]) otherwise[name] = "ENOSYS";

  async function takeOver() {
    using folder = temporaryFolder();
    writeFileSync(`${folder.path}/file`, "untouched");
    // whose permissions refuse nothing
    chmodSync(folder.path, 0o777);
    chmodSync(`${folder.path}/file`, 0o666);
    const child = Bun.spawn([hooked, "--count", "1", "--json"], {
      env: { ...process.env, EXITSNOOP_ESCAPE_FOLDER: folder.path },
      stdout: "pipe",
      stderr: "pipe",
    });
    const [stdout, stderr, status] = await Promise.all([
      child.stdout.text(),
      child.stderr.text(),
      amidDeaths(child.exited),
    ]);
    const reports = [...stderr.matchAll(/^hook (.*)$/gm)].map(
      ([, json]) => JSON.parse(json!) as { who: string; outcomes: Record<string, string> },
    );
    const left = readdirSync(folder.path);
    return { stdout, status, reports, left, file: readFileSync(`${folder.path}/file`, "utf8") };
  }

  test("a decoder that was taken over, or a new thread, can write no file, run or load no program", async () => {
    const { stdout, status, reports, left, file } = await takeOver();
    expect(reports.map(({ who }) => who)).toEqual(["decoder", "worker"]);
    for (const { who, outcomes } of reports) {
      expect(Object.keys(outcomes).length).toBeGreaterThan(100);
      for (const [what, outcome] of Object.entries(outcomes)) {
        expect([who, what, outcome]).toEqual([who, what, otherwise[what] ?? "EPERM"]);
      }
    }
    expect({ left, file }).toEqual({ left: ["file"], file: "untouched" });
    // and all the while it goes on
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ event: "exit" });
  });

  test("the attempts of a decoder that was taken over succeed without a tracer (control)", async () => {
    using folder = temporaryFolder();
    writeFileSync(`${folder.path}/file`, "");
    const { stdout } = await runToEnd([process.execPath, "test/sandbox-escape/without-tracer.ts", folder.path], {
      cwd: root,
    });
    const outcomes = JSON.parse(stdout) as Record<string, string>;
    for (const what of [
      "fs.writeFileSync",
      "openat that creates",
      "spawnSync",
      "socket",
      "kill 1",
      "bpf: load a program",
    ]) {
      expect([what, outcomes[what]]).toEqual([what, "done"]);
    }
    expect(Object.entries(outcomes).filter(([, outcome]) => outcome === "EPERM")).toEqual([]);
  });

  test("the hook for a decoder that was taken over is not in the shipped binary", () => {
    const [shipped, other] = [readFileSync(binary), readFileSync(hooked)];
    for (const text of ["EXITSNOOP_ESCAPE_FOLDER", "openat with garbage above its flags", "pidfd_send_signal"]) {
      expect([text, shipped.includes(text), other.includes(text)]).toEqual([text, false, true]);
    }
  });
});

/** Runs a copy of the binary as the user nobody, in place of the one that Tracer.start() runs. */
function via(copy: string, capabilities: string[]): string[] {
  return [...asNobody(...capabilities), ...shell(`shift; exec ${copy} "$@"`)];
}

describe("a user other than root", () => {
  test.each([[["bpf", "perfmon"]], [["sys_admin"]]])("a user with %j sees the same as root", async (capabilities) => {
    using folder = executable();
    const args = ["--wide", "--json", "--ppid", String(process.pid)];
    const [theirs, ours] = await Promise.all([
      Tracer.start(args, { via: via(folder.binary, capabilities) }),
      Tracer.start(args),
    ]);
    const { pid } = await runToEnd(shell("exec 3</etc/shadow; kill -SEGV $$"));
    const ended = await Promise.all([theirs.end(), ours.end()]);
    const [his, our] = ended.map(({ events }) => events.find((event) => event.pid === pid)!);
    // each looks at the clocks for itself
    const clocks = { time: "", duration_ns: 0, cpu_user_ns: 0, cpu_system_ns: 0 };
    expect({ ...his, ...clocks }).toEqual({ ...our!, ...clocks });
    expect(our).toMatchObject({ signal: "SIGSEGV", uid: 0 });
  });

  test("a user with CAP_BPF and CAP_PERFMON keeps no privileges while tracing", async () => {
    using folder = executable();
    const tracer = await Tracer.start([], { via: via(folder.binary, ["bpf", "perfmon"]), stdout: "/dev/null" });
    const { bounding } = privilegesIn(readFileSync("/proc/self/status", "utf8"));
    // removing from the bounding set needs CAP_SETPCAP; the set is of no use without new privileges
    expectInEveryThread(tracer.process.pid, { ...NONE, bounding });
    await tracer.end();
  });

  test("a user can trace with file capabilities, which also disable LD_PRELOAD", async () => {
    using folder = executable();
    const { status } = await runToEnd(["setcap", "cap_bpf,cap_perfmon+ep", folder.binary]);
    expect(status).toBe(0);
    const loud = `${folder.path}/loud.so`;
    const source = 'int puts(const char *); __attribute__((constructor)) static void f(void) { puts("loud"); }';
    await Bun.write(`${folder.path}/loud.c`, source);
    expect(await runToEnd(["clang", "-shared", "-fPIC", "-o", loud, `${folder.path}/loud.c`])).toMatchObject({
      status: 0,
    });
    const env = { LD_PRELOAD: loud };
    // it is loaded into what has no such capabilities
    expect((await runToEnd([...asNobody(), "true"], { env })).stdout).toContain("loud\n");
    const script = `exec env LD_PRELOAD=${loud} ${folder.binary} --json --count 1`;
    const { stdout, status: ended } = await amidDeaths(runToEnd([...asNobody(), ...shell(script)]));
    expect(ended).toBe(0);
    expect(stdout).toMatch(/^\{"event":"exit".*\}\n$/);
  });

  /**
   * The attempts of test/fixtures/intrude.c that succeed for the same user without capabilities.
   */
  async function allowedTo(pid: number): Promise<string[]> {
    using folder = executable();
    copyFileSync(fixture("intrude"), `${folder.path}/intrude`);
    const { stdout, status } = await runToEnd([...asNobody(), `${folder.path}/intrude`, String(pid)]);
    expect(status).toBe(0);
    const outcomes = stdout.trim().split("\n");
    expect(outcomes).toHaveLength(10);
    return outcomes.filter((outcome) => outcome.endsWith(": done"));
  }

  test("an unprivileged user can inspect an ordinary process of its own (control)", async () => {
    const child = Bun.spawn([...asNobody(), "sleep", "60"]);
    for (let i = 0; i < 100 && readFileSync(`/proc/${child.pid}/comm`, "utf8") !== "sleep\n"; i++) await Bun.sleep(20);
    expect(await allowedTo(child.pid)).toHaveLength(10);
    child.kill();
    await child.exited;
  });

  test("an unprivileged user cannot take a tracer's descriptors, read its memory or attach to it", async () => {
    using folder = executable();
    const tracer = await Tracer.start([], { via: via(folder.binary, ["bpf", "perfmon"]), stdout: "/dev/null" });
    expect(privilegesIn(readFileSync(`/proc/${tracer.process.pid}/status`, "utf8")).permitted).toBe(0n);
    expect(await allowedTo(tracer.process.pid)).toEqual([]);
    const { status, stderr } = await tracer.end();
    expect({ status, lost: closingLine(stderr).lost }).toEqual({ status: 0, lost: 0 });
  });

  test("an unprivileged user cannot inspect the tracer's NSS helper, nor a package's tracer", async () => {
    using folder = executable();
    writeFileSync(`${folder.path}/nsswitch.conf`, "passwd: files elsewhere\n");
    const inside = shell(`mount --bind ${folder.path}/nsswitch.conf /etc/nsswitch.conf && exec "$@"`);
    const tracer = await Tracer.start(["-C", "uid"], {
      via: ["unshare", "--mount", ...inside, ...via(folder.binary, ["bpf", "perfmon"])],
      stdout: "/dev/null",
    });
    const { pid } = tracer.process;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
    expect(children).toHaveLength(1);
    expect(await allowedTo(Number(children[0]))).toEqual([]);
    await tracer.end();

    const path = await pack(folder.path, "stacks", () => {});
    const command = [...asNobody("bpf", "perfmon", "dac_read_search", "sys_admin"), folder.binary, "run", path];
    const running = Bun.spawn([...command, "--for", "60s"], { stdout: "ignore", stderr: "pipe" });
    for await (const chunk of running.stderr) if (new TextDecoder().decode(chunk).startsWith("Running")) break;
    expect(await allowedTo(running.pid)).toEqual([]);
    running.kill("SIGINT");
    await running.exited;
  });

  test("an unprivileged user can inspect its COMMAND like any other process", async () => {
    using folder = executable();
    // the /proc files of a process belong to root if its user may not inspect it
    const command = [folder.binary, "-q", "-o", "/dev/null", "--", "stat", "-c", "%u", "/proc/self/environ"];
    const { stdout } = await runToEnd([...asNobody("bpf", "perfmon"), ...command]);
    expect(stdout).toBe(`${NOBODY}\n`);
  });

  const lacks = (missing: string, more = "") =>
    new RegExp(
      `root, or CAP_BPF.* and ${missing} missing: use sudo, .*setcap cap_bpf,cap_perfmon${more}\\+ep .*--cap-add BPF`,
    );
  test.each<[string[], string[], RegExp]>([
    [[], [], lacks("CAP_BPF and CAP_PERFMON are")],
    [["bpf"], [], lacks("CAP_PERFMON is")],
    [["perfmon"], ["--wide", "--json"], lacks("CAP_BPF is")],
  ])("a user with %j, options %j: one sentence names what is missing", async (capabilities, args, sentence) => {
    using folder = executable();
    const command = [...asNobody(...capabilities), folder.binary, ...args, "--for", "30s"];
    const { status, stdout, stderr } = await runToEnd(command);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(/^exitsnoop: [^\n]+\n$/);
    expect(stderr).toMatch(sentence);
  });

  test("a user without CAP_SETUID cannot use --as: one sentence and status 126", async () => {
    using folder = executable();
    const command = [...asNobody("bpf", "perfmon"), folder.binary, "--as", "root", "--", "true"];
    const { status, stderr } = await runToEnd(command);
    expect({ status, stderr }).toEqual({
      status: 126,
      stderr: "exitsnoop: --as root needs CAP_SETUID and CAP_SETGID, which we do not have: use sudo\n",
    });
  });

  test("a user who cannot read the kernel's types: one sentence and status 1", async () => {
    using folder = executable();
    const hide = `cat /sys/kernel/btf/vmlinux >types && chmod 400 types && mount --bind types /sys/kernel/btf/vmlinux && exec "$@"`;
    const inside = ["unshare", "--mount", ...shell(hide)];
    const command = [...inside, ...asNobody("bpf", "perfmon"), folder.binary, "--for", "30s"];
    const { status, stderr } = await runToEnd(command, { cwd: folder.path });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^exitsnoop: \/sys\/kernel\/btf\/vmlinux is not readable .*CAP_DAC_READ_SEARCH\n$/);
  });
});
