/** `exitsnoop export`: the compiled binary's inputs, privileges, sandbox, and its end. */
import { describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { release } from "node:os";
import { Exporter, freePort, lines, oomKill, seriesOf } from "../support/metrics-exporter.ts";
import { asNobody, executableCopy, expectInEveryThread, NO_PRIVILEGES, NOBODY } from "../support/privileged.ts";
import { sandboxOutcomes } from "../support/sandbox-outcomes.ts";
import { binary, fixture, runToEnd, temporaryFolder } from "../support/tracer.ts";

const root = new URL("../..", import.meta.url).pathname;

describe("export, what it reads:", () => {
  test("stdin that ends: the last line has the counts, and the status is 0", async () => {
    const port = freePort();
    const { status, stdout, stderr } = await runToEnd([binary, "export", "--prometheus", `127.0.0.1:${port}`], {
      stdin: `${lines(1, 1000)}{"event":"lost","time":"2026-11-30T10:00:00.000000000Z","count":7}\n`,
    });
    expect(stderr).toStartWith(`Exporting standard input to Prometheus, at http://127.0.0.1:${port}/metrics\n`);
    expect(stderr).toMatch(/\n1000 exits in .* s, 7 lost by the tracer; prometheus: 1001 sent, 0 dropped\n$/);
    expect([status, stdout]).toEqual([0, ""]);
  });

  test("a tracer in front of it: every exit is counted", async () => {
    const port = freePort();
    const { stderr } = await runToEnd([
      "sh",
      "-c",
      '"$0" -j -w -o - -- sh -c \'for i in 1 2 3 4 5; do /bin/false; done; kill -9 $$\' | "$0" export --prometheus 127.0.0.1:"$1"',
      binary,
      String(port),
    ]);
    expect(stderr).toMatch(/^6 exits in .*, 0 lost by the tracer; prometheus: 6 sent, 0 dropped$/m);
  });

  test("a file that root alone can read: is followed by user nobody", async () => {
    using folder = temporaryFolder();
    const file = `${folder.path}/exits.jsonl`;
    writeFileSync(file, lines(1, 5), { mode: 0o600 });
    await using exporter = await Exporter.start([file]);
    await exporter.until('exitsnoop_exits_total{outcome="success"}', 5);
    writeFileSync(file, oomKill({}), { flag: "a" });
    await exporter.until('exitsnoop_exits_total{outcome="oom"}', 1);
    expect(await exporter.stop()).toMatchObject({ status: 0 });
  });

  test("broken lines: are counted and reported", async () => {
    const { status, stderr } = await runToEnd([binary, "export", "--prometheus", `127.0.0.1:${freePort()}`], {
      stdin: `${lines(1, 2)}nonsense\n{"event":"exit","pid":"x","time":7}\n{"event":"later"}\n{"event":"exit","pi`,
    });
    expect(stderr).toContain(
      "exitsnoop: 3 lines left out: 1 is not JSON (standard input:3), 1 is cut off (standard input:6), 1 is no exit (standard input:5)\n",
    );
    expect(stderr).toContain(
      "exitsnoop: 2 values have types that exitsnoop does not write, and counted as unknown (first: pid)\n",
    );
    expect(stderr).toContain("3 exits in ");
    expect(status).toBe(0);
  });
});

describe("export, its privileges:", () => {
  test("started by root: every thread is user nobody, has no capability, and a seccomp filter", async () => {
    await using exporter = await Exporter.start([], lines(1, 3));
    const status = readFileSync(`/proc/${exporter.pid}/status`, "utf8");
    for (const ids of ["Uid", "Gid"]) expect(status).toMatch(new RegExp(`^${ids}:(\\s${NOBODY}){4}$`, "m"));
    expect(status).toMatch(/^Groups:\s*$/m);
    expectInEveryThread(exporter.pid, NO_PRIVILEGES);
  });

  test("--as with a number: that user, without groups", async () => {
    await using exporter = await Exporter.start(["--as", "4242"], "");
    const status = readFileSync(`/proc/${exporter.pid}/status`, "utf8");
    expect(status).toMatch(/^Uid:(\s4242){4}$/m);
    expectInEveryThread(exporter.pid, NO_PRIVILEGES);
  });

  test("started by another user: works without privileges, and refuses --as", async () => {
    using copy = executableCopy();
    const run = (...args: string[]) =>
      runToEnd([...asNobody(), copy.binary, "export", "--prometheus", `127.0.0.1:${freePort()}`, ...args], {
        stdin: lines(1, 3),
      });
    expect(await run()).toMatchObject({ status: 0, stderr: expect.stringContaining("\n3 exits in ") });
    expect(await run("--as", "root")).toMatchObject({
      status: 1,
      stderr: "exitsnoop: only root can export as another user; leave --as root out, or use sudo\n",
    });
  });

  test("a user namespace that has one user only: says that --as root keeps it, and works with that", async () => {
    const args = ["--user", "--map-root-user", binary, "export", "--prometheus", `127.0.0.1:${freePort()}`];
    const run = (...as: string[]) => runToEnd(["unshare", ...args, ...as], { stdin: lines(1, 3) });
    const stderr = expect.stringMatching(/; in a user namespace that has one user only, add --as root\n$/);
    expect(await run()).toMatchObject({ status: 1, stderr });
    expect(await run("--as", "root")).toMatchObject({ status: 0, stderr: expect.stringContaining("\n3 exits in ") });
  });

  test("--as with a name that no user has: is refused", async () => {
    const { status, stderr } = await runToEnd([binary, "export", "--as", "nosuch", "--prometheus", "127.0.0.1:1"]);
    expect([status, stderr]).toEqual([
      2,
      "exitsnoop: --as nosuch: there is no such user here; give a name that getent passwd lists, or a uid\n",
    ]);
  });

  /** Calls on sockets, which these attempts make on other descriptors. */
  const answers = Object.fromEntries(
    ["sendmsg", "recvmsg on another descriptor", "recvmsg with bits above the lower 32 of the descriptor"].map(
      (name) => [name, "ENOTSOCK"],
    ),
  );
  const connections = { ...answers, recvmmsg: "ENOTSOCK", "socket to the network": "done" };

  test.each<[rights: object, more: Record<string, string>]>([
    [{}, {}],
    [{ serves: true }, answers],
    [{ connectsTo: 4318 }, connections],
    [{ serves: true, connectsTo: 4318 }, connections],
  ])("taken over, with the rights %j: has only these", async (rights, more) => {
    using folder = temporaryFolder();
    prepare(folder.path);
    const { outcomes } = await attemptsWith(folder.path, rights);
    expect(Object.keys(outcomes).length).toBeGreaterThan(100);
    for (const [what, outcome] of Object.entries(outcomes)) {
      expect([what, outcome]).toEqual([what, { ...sandboxOutcomes, ...more }[what] ?? "EPERM"]);
    }
    expect(readdirSync(folder.path).toSorted()).toEqual(["file", "spool"]);
    expect(readFileSync(`${folder.path}/file`, "utf8")).toBe("untouched");
  });

  test("taken over, with a directory for its spool: writes below it only, and executes nothing there", async () => {
    using folder = temporaryFolder();
    prepare(folder.path);
    const { dropped, outcomes, spool } = await attemptsWith(folder.path, { writableDirectory: 1 });
    // without Landlock, user nobody can write to files of others that all may write to
    if (dropped.includes("nothing by Landlock")) return;
    expect(readFileSync(`${folder.path}/file`, "utf8")).toBe("untouched");
    expect(readdirSync(folder.path).toSorted()).toEqual(["file", "spool"]);
    for (const what of ["fs.writeFileSync", "openat for writing", "renameat2"]) {
      expect([what, outcomes[what], spool?.[what]]).toEqual([what, "EACCES", "done"]);
    }
    for (const what of ["spawnSync", "socket", "fs.mkdirSync", "fs.symlinkSync", "fs.chmodSync", "bpf: run"]) {
      expect([what, spool?.[what]]).toEqual([what, "EPERM"]);
    }
  });

  test("taken over, with the right to connect to a port: connects to no other one", async () => {
    using folder = temporaryFolder();
    prepare(folder.path);
    using one = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    using other = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    const ports = [one, other].map(({ port }) => String(port));
    const { dropped, connections } = await attemptsWith(folder.path, { connectsTo: one.port }, ports);
    expect(connections[0]).toBe("done");
    if (hasNetworkRules(dropped)) expect(connections[1]).toBe("failed");
    expect((await attemptsWith(folder.path, { serves: true }, ports)).connections).toEqual(["failed", "failed"]);
  });

  /** Landlock has had rules for TCP since Linux 6.7. */
  function hasNetworkRules(dropped: string): boolean {
    const [major = 0, minor = 0] = release().split(".").map(Number);
    return dropped.includes("(Landlock)") && (major > 6 || (major === 6 && minor >= 7));
  }

  function prepare(folder: string): void {
    // the file permissions allow every attempt
    mkdirSync(`${folder}/spool`);
    for (const directory of [folder, `${folder}/spool`]) {
      chmodSync(directory, 0o777);
      writeFileSync(`${directory}/file`, "untouched");
      chmodSync(`${directory}/file`, 0o666);
    }
  }

  async function attemptsWith(folder: string, rights: object, ports: string[] = []) {
    const { stdout, stderr } = await runToEnd(
      [process.execPath, "test/sandbox-escape/exporter.ts", folder, JSON.stringify(rights), ...ports],
      { cwd: root },
    );
    if (!stdout) throw new Error(stderr);
    return JSON.parse(stdout) as {
      dropped: string;
      connections: string[];
      outcomes: Record<string, string>;
      spool?: Record<string, string>;
    };
  }
});

test("export, frozen behind a tracer: exits and lost ones are together all that died", async () => {
  // more than the exporter can take, however slow the machine is
  const COUNT = 60_000;
  const burst = [fixture("exit-statuses"), "burst", `${COUNT}`];
  using folder = temporaryFolder();
  const pipe = `${folder.path}/pipe`;
  Bun.spawnSync(["mkfifo", pipe]);
  const start = (script: string, ...command: string[]) =>
    Bun.spawn(["sh", "-c", script, pipe, binary, ...command], { stdin: "ignore", stdout: "ignore", stderr: "pipe" });
  const exporter = start('exec "$@" < "$0"', "export", "--prometheus", `127.0.0.1:${freePort()}`);
  const tracer = start('exec "$@" > "$0"', "-j", "-w", "--ring-size", "64K", "-o", "-", "--", ...burst);
  await Bun.sleep(1000);
  exporter.kill("SIGSTOP");
  await Bun.sleep(2000);
  exporter.kill("SIGCONT");
  const stderr = await exporter.stderr.text();
  expect([await tracer.exited, await exporter.exited]).toEqual([0, 0]);
  const [, exits, lost, sent] = /(\d+) exits in .*, (\d+) lost by the tracer; prometheus: (\d+) sent, 0 dropped/.exec(
    stderr,
  )!;
  expect(Number(exits) + Number(lost)).toBe(COUNT + 1);
  expect(Number(lost)).toBeGreaterThan(0);
  // lines about losses are events, too
  expect(Number(sent)).toBeGreaterThan(Number(exits));
});

describe("export, its end:", () => {
  test("SIGTERM: what its FIFO has by then is exported first", async () => {
    using folder = temporaryFolder();
    const fifo = `${folder.path}/exits`;
    Bun.spawnSync(["mkfifo", fifo]);
    await using exporter = await Exporter.start([fifo]);
    // less than a pipe holds, so that the writer need not wait
    const writer = Bun.spawn(["sh", "-c", 'cat > "$0"', fifo], { stdin: Buffer.from(lines(1, 500)) });
    await writer.exited;
    const { status, stderr } = await exporter.stop();
    expect(stderr).toMatch(/^500 exits in .*; prometheus: 500 sent, 0 dropped$/m);
    expect(status).toBe(0);
  });

  test("SIGINT and SIGHUP: end it as SIGTERM does", async () => {
    for (const signal of ["SIGINT", "SIGHUP"] as const) {
      await using exporter = await Exporter.start([], lines(1, 3), "open");
      expect(await exporter.stop(signal)).toMatchObject({ status: 0, stderr: expect.stringContaining("exits in ") });
    }
  });

  test("killed: its port can be bound again at once", async () => {
    const first = await Exporter.start([], lines(1, 3), "open");
    await first.stop("SIGKILL");
    await using second = await Exporter.start([], lines(1, 3), "open", first.port);
    await second.until('exitsnoop_exits_total{outcome="success"}', 3);
  });

  test("a port in use: status 1, and the reason", async () => {
    using server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
    const { status, stderr } = await runToEnd([binary, "export", "--prometheus", `127.0.0.1:${server.port}`]);
    expect([status, stderr]).toEqual([
      1,
      `exitsnoop: metrics cannot be served at 127.0.0.1 port ${server.port}: another program listens on it; choose another --prometheus\n`,
    ]);
  });
});

describe("export, addresses that cannot be bound:", () => {
  test("one of another machine, and a port of root: the reason, and what to do", async () => {
    using copy = executableCopy();
    const run = (...command: string[]) => runToEnd([...command], { stdin: "" });
    expect(await run(binary, "export", "--prometheus", "192.0.2.1:9464")).toMatchObject({
      status: 1,
      stderr:
        "exitsnoop: metrics cannot be served at 192.0.2.1 port 9464: address not available; choose an address of this machine\n",
    });
    const inNamespace = ["unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"];
    expect(
      await run(...inNamespace, ...asNobody(), copy.binary, "export", "--prometheus", "127.0.0.1:80"),
    ).toMatchObject({
      status: 1,
      stderr:
        "exitsnoop: metrics cannot be served at 127.0.0.1 port 80: permission denied; choose a port from 1024 on, or start as root\n",
    });
  });
});

describe("export, hostile text:", () => {
  test("names of a pod: stay text in the metrics, on one line", async () => {
    const pod = { pod_namespace: 'a"} 1\nevil_metric 1\n', pod_name: "b\\\u0000\u001b[31m", container_name: "\u202ec" };
    await using exporter = await Exporter.start([], oomKill(pod), "open");
    await exporter.until('exitsnoop_exits_total{outcome="oom"}', 1);
    const text = await exporter.metrics();
    expect(text).not.toMatch(/^evil_metric/m);
    expect(text).not.toMatch(/[\0-\x09\x0b-\x1f\x7f\u202e]/);
    const kills = [...seriesOf(text)].filter(([name, value]) => name.startsWith("exitsnoop_oom_kills") && value === 1);
    expect(kills.map(([name]) => name)).toEqual([
      'exitsnoop_oom_kills_total{namespace="a\\"} 1\\\\nevil_metric 1\\\\n",pod="b\\\\\\\\x00\\\\x1b[31m",container="\\\\xe2\\\\x80\\\\xaec"}',
    ]);
  });
});
