/** `exitsnoop agent`: restarts, gaps, order of the end, and the notices for a service manager. */
import { describe, expect, test } from "bun:test";
import { chownSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import {
  type AcceptedRecord,
  isRunning,
  LogServer,
  type Mark,
  Marks,
  RunningAgent,
  secondsOf,
  until,
} from "../support/agent.ts";
import { canLimit, cgroupWithLimit } from "../support/environments.ts";
import { NOBODY } from "../support/privileged.ts";
import { binary, runToEnd, temporaryFolder } from "../support/tracer.ts";

const KILLS = process.env.EXITSNOOP_LONG === "1" ? 100 : 6;
const victims = ["tracer", "exporter", "agent"] as const;

/** The directory of the spool, which is the exporter's. */
function spoolIn(folder: string): string {
  const spool = `${folder}/spool`;
  mkdirSync(spool, { mode: 0o700 });
  chownSync(spool, NOBODY, NOBODY);
  return spool;
}

/** Returns how many bytes a process has read. */
function bytesRead(pid: number): number {
  return Number(/^rchar: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, "latin1"))?.[1]);
}

/** Returns the marks that no record and no gap accounts for. */
function unexplained(marks: readonly Mark[], server: LogServer): Mark[] {
  const names = new Set(server.named("exitsnoop.process.exit").map((exit) => exit["exitsnoop.comm"]));
  const gaps = gapsOf(server);
  return marks.filter(
    ({ name, from, to }) => !names.has(name) && !gaps.some((gap) => to >= gap.from && from <= gap.to),
  );
}

function gapsOf(server: LogServer): { from: number; to: number }[] {
  return server.named("exitsnoop.gap").map((gap: AcceptedRecord["attributes"]) => ({
    from: secondsOf(gap["exitsnoop.gap.from"]!),
    to: secondsOf(gap["exitsnoop.gap.to"]!),
  }));
}

describe("agent, killed processes", () => {
  test(`SIGKILL for tracer, exporter and agent in turns, ${KILLS} times: each runs again, and each exit or its gap is reported`, async () => {
    using folder = temporaryFolder();
    await using server = new LogServer();
    const args = [...server.options, `--spool=${spoolIn(folder.path)}`, `--state=${folder.path}/state`];
    let agent = await RunningAgent.start(args);
    await using _last = { [Symbol.asyncDispose]: () => agent[Symbol.asyncDispose]() };
    using running = new Marks(50);
    await Bun.sleep(500);
    const deaths: number[] = [];
    for (let i = 0; i < KILLS; i++) {
      const victim = victims[i % victims.length]!;
      const [tracer, exporter] = [agent.child("tracer"), agent.child("exporter")];
      const { attachments } = agent;
      if (victim === "agent") {
        await agent.end("SIGKILL");
        deaths.push(Date.now() / 1000);
        await until(() => !isRunning(tracer) && !isRunning(exporter), "the agent's children end");
        agent = await RunningAgent.start(args);
      } else {
        process.kill(agent.child(victim), "SIGKILL");
        if (victim === "tracer") deaths.push(Date.now() / 1000);
        if (victim === "tracer") await until(() => agent.attachments > attachments, "another tracer is attached");
        else await until(() => ![0, exporter].includes(agent.child(victim)), "another exporter runs");
      }
      await Bun.sleep(300 + Math.random() * 900);
    }
    const marks = await running.end();
    // two that follow each other may be reported as one
    const isReported = (time: number) => gapsOf(server).some(({ from, to }) => from <= time && to >= time);
    // what a request that failed had is sent again after a while
    await until(() => deaths.every(isReported) && unexplained(marks, server).length === 0, "all is reported");
    const messages = await agent.end();
    expect(messages).toMatch(/^The agent ends: /m);
    expect(marks.length).toBeGreaterThan(50);
    const gaps = gapsOf(server);
    for (const { from, to } of gaps) expect(to - from).toBeLessThan(10);
    const lost = server.named("exitsnoop.lost");
    expect(lost).toEqual([]);
    expect(unexplained(marks, server)).toEqual([]);
  }, 600_000);

  test("SIGKILL for the exporter while exits come: the next one goes on in the pipe without a broken line", async () => {
    using folder = temporaryFolder();
    await using server = new LogServer();
    await using agent = await RunningAgent.start([...server.options, `--state=${folder.path}/state`]);
    const exporter = agent.child("exporter");
    process.kill(exporter, "SIGSTOP");
    using running = new Marks(100);
    await Bun.sleep(1500);
    process.kill(exporter, "SIGKILL");
    await until(() => ![0, exporter].includes(agent.child("exporter")), "another exporter runs");
    const marks = await running.end();
    await Bun.sleep(700);
    const messages = await agent.end();
    expect(messages).toContain("the exporter was killed by SIGKILL");
    expect(server.named("exitsnoop.gap")).toEqual([]);
    expect(unexplained(marks, server)).toEqual([]);
  });
});

test("agent, an exporter that is stopped: the tracer counts what finds no room, and accepted and lost exits are all", async () => {
  using folder = temporaryFolder();
  await using server = new LogServer();
  await using agent = await RunningAgent.start([
    ...[...server.options, "--ring-size=64K", `--state=${folder.path}/state`],
  ]);
  const exporter = agent.child("exporter");
  process.kill(exporter, "SIGSTOP");
  // the pipes, the agent and the ring buffer hold less than 15,000 lines
  const died = 20_000;
  const { status } = await runToEnd([
    ...["perl", "-MPOSIX", "-e", `$0 = "mark"; for (1 .. ${died}) { fork or POSIX::_exit(0); wait }`],
  ]);
  expect(status).toBe(0);
  expect(agent.messages).toContain("the exporter takes no lines");
  const read = bytesRead(agent.process.pid);
  await Bun.sleep(2500);
  // it looks at the tracer's state every second, but leaves the lines in the full pipe
  expect(bytesRead(agent.process.pid) - read).toBeLessThan(64 * 1024);
  process.kill(exporter, "SIGCONT");
  const messages = await agent.end();
  const lost = server.named("exitsnoop.lost").reduce((sum, one) => sum + Number(one["exitsnoop.lost.count"]), 0);
  expect(lost).toBeGreaterThan(0);
  expect(messages).not.toContain("no exporter has confirmed");
  expect(server.named("exitsnoop.process.exit").length + lost).toBe(died + 1);
}, 120_000);

test.skipIf(!canLimit("pids"))(
  "agent, a limit of processes that is reached: a warning says that no tracer can be started, until one can",
  async () => {
    using folder = temporaryFolder();
    await using server = new LogServer();
    await using agent = await RunningAgent.start([...server.options, `--state=${folder.path}/state`]);
    using cgroup = cgroupWithLimit("pids", { 1: ["pids.max", "max"], 2: ["pids.max", "max"] });
    cgroup.take(agent.process.pid);
    cgroup.set("pids.max", "0");
    process.kill(agent.child("tracer"), "SIGKILL");
    const failure =
      /^exitsnoop: the tracer cannot be started \(resource temporarily unavailable\); starting it in \d+ ms$/m;
    await until(() => failure.test(agent.messages), "the warning");
    cgroup.set("pids.max", "max");
    await until(() => agent.messages.includes("Tracing again"), "another tracer is attached");
    await agent.end();
  },
);

test("agent, a terminal that stops background writers (stty tostop): the exporter is not stopped", async () => {
  using folder = temporaryFolder();
  await using server = new LogServer();
  const agent = `exec timeout --foreground 5 "$EXITSNOOP" agent -n nothing ${server.options.at(-3)} --state=${folder.path}/state`;
  const { stdout } = await runToEnd(["script", "-qec", `stty tostop; ${agent}`, "/dev/null"], {
    env: { ...process.env, EXITSNOOP: binary },
  });
  expect(stdout).toContain("Exporting standard input to ");
  expect(stdout).toMatch(/^0 exits in .*; otlp: 0 sent, 0 dropped/m);
}, 60_000);

describe("agent, start and end", () => {
  test("SIGTERM: all exits until then are sent, in order, with status 0", async () => {
    using folder = temporaryFolder();
    await using server = new LogServer();
    await using agent = await RunningAgent.start([...server.options, `--state=${folder.path}/state`]);
    using running = new Marks(200);
    await Bun.sleep(1000);
    const marks = await running.end();
    const messages = await agent.end();
    expect(agent.process.exitCode).toBe(0);
    expect(unexplained(marks, server)).toEqual([]);
    expect(messages).toMatch(/^The agent ends: \d+ lines passed on, 0 gaps, 0 restarts$/m);
  });

  test("a second start: the time between the two is a gap", async () => {
    using folder = temporaryFolder();
    await using server = new LogServer();
    const args = [...server.options, `--state=${folder.path}/state`];
    await (await RunningAgent.start(args)).end();
    const between = Date.now() / 1000;
    await Bun.sleep(1500);
    const again = await RunningAgent.start(args);
    await again.end();
    const [gap, ...others] = gapsOf(server);
    expect(others).toEqual([]);
    expect(gap!.from).toBeLessThanOrEqual(between);
    expect(gap!.to).toBeGreaterThan(between + 1);
    expect(gap!.to - gap!.from).toBeLessThan(8);
  });

  test("the first agent is killed at once: the next one reports a gap from its start on", async () => {
    using folder = temporaryFolder();
    await using server = new LogServer();
    const args = [...server.options, `--state=${folder.path}/state`];
    const first = await RunningAgent.start(args);
    const started = Date.now() / 1000;
    await first.end("SIGKILL");
    const again = await RunningAgent.start(args);
    await again.end();
    expect(gapsOf(server)).toMatchObject([{ from: expect.any(Number) }]);
    expect(gapsOf(server)[0]!.from).toBeLessThanOrEqual(started);
  });

  test("a machine where nothing matches the filter: the state goes on all the same", async () => {
    using folder = temporaryFolder();
    await using server = new LogServer();
    const state = `${folder.path}/state`;
    const agent = await RunningAgent.start([...server.options, `--state=${state}`, "--min-duration=1d"]);
    await Bun.sleep(4000);
    const { traced_until } = JSON.parse(readFileSync(state, "utf8")) as { traced_until: string };
    expect(secondsOf(traced_until)).toBeGreaterThan(Date.now() / 1000 - 2.5);
    expect(statSync(state).mode & 0o777).toBe(0o600);
    await agent.end();
  });

  test("--quiet: nothing is printed while all is well, and a tracer that dies is", async () => {
    using folder = temporaryFolder();
    await using server = new LogServer();
    await using agent = new RunningAgent(["-q", ...server.options, `--state=${folder.path}/state`]);
    await until(() => agent.child("tracer") > 0, "the tracer runs");
    await Bun.sleep(3000);
    expect(agent.messages).toBe("");
    process.kill(agent.child("tracer"), "SIGKILL");
    await until(() => agent.messages.includes("the stream has a gap"), "the gap is reported");
    const messages = (await agent.end()).trim().split("\n");
    expect(messages.filter((line) => !line.startsWith("exitsnoop: "))).toEqual([]);
  });

  test("another agent with the same state file: status 1, and a sentence", async () => {
    using folder = temporaryFolder();
    await using server = new LogServer();
    const args = [...server.options, `--state=${folder.path}/state`];
    await using _first = await RunningAgent.start(args);
    const second = new RunningAgent(args);
    await second.process.exited;
    expect(second.process.exitCode).toBe(1);
    await until(() => second.messages !== "", "it says why");
    expect(second.messages).toBe(
      `exitsnoop: another exitsnoop agent uses ${folder.path}/state; end that one, or name another file with --state\n`,
    );
  });

  test("a state file that lacks its end: a warning, and it is replaced", async () => {
    using folder = temporaryFolder();
    await using server = new LogServer();
    const state = `${folder.path}/state`;
    writeFileSync(state, '{"traced_until":"2026-11-');
    const agent = await RunningAgent.start([...server.options, `--state=${state}`]);
    expect(agent.messages).toContain("does not have the form of a state file, and is replaced");
    await agent.end();
    expect(readFileSync(state, "utf8")).toMatch(/^\{"traced_until":"[^"]{30}"\}\n$/);
  });

  test("a file that is longer than a state: status 1, and it stays as it is", async () => {
    using folder = temporaryFolder();
    await using server = new LogServer();
    const state = `${folder.path}/state`;
    writeFileSync(state, "root:x:0:0\n".repeat(20));
    const { status, stderr } = await runToEnd([binary, "agent", ...server.options, `--state=${state}`]);
    expect(status).toBe(1);
    expect(stderr).toContain("does not have the form of a state file, and is not overwritten");
    expect(readFileSync(state, "utf8")).toBe("root:x:0:0\n".repeat(20));
  });

  test("an address that is in use: status 1, and nothing runs on", async () => {
    using folder = temporaryFolder();
    using other = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
    const { status, stderr } = await runToEnd([
      ...[binary, "agent"],
      ...[`--prometheus=127.0.0.1:${other.port}`, `--state=${folder.path}/state`],
    ]);
    expect(status).toBe(1);
    expect(stderr).toContain("exitsnoop: the exporter ended with status 1, so the agent ends, too");
  });

  test("a user who may not trace: status 1, and the reason of the tracer", async () => {
    using folder = temporaryFolder();
    await using server = new LogServer();
    const { status, stderr } = await runToEnd([
      ...["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all"],
      ...[binary, "agent", ...server.options, `--state=${folder.path}/state`],
    ]);
    expect(status).toBe(1);
    expect(stderr).toContain("the tracer ended with status 1, so the agent ends, too");
  });
});
