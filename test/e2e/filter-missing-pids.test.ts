/**
 * -p and -P of processes that do not run. Their exits are in the past, and only an unrelated
 * process that reuses the pid could match.
 */
import { describe, expect, test } from "bun:test";
import { chmodSync, copyFileSync, readdirSync } from "node:fs";
import { asNobody } from "../support/privileged.ts";
import { whileProcessesExit, binary, fixture, runToEnd, shell, temporaryFolder, Tracer } from "../support/tracer.ts";

/** Returns the pid of a process that has ended. It is unlikely to be reused soon. */
async function endedPid(): Promise<number> {
  return (await runToEnd(["true"])).pid;
}

const refused = (message: string) => ({ status: 1, stdout: "", stderr: `exitsnoop: ${message}\n` });
const ADVICE = "(pgrep NAME prints those that are)";

describe("-p of no running process", () => {
  const trace = (...args: string[]) => runToEnd([binary, ...args, "--for", "30s"]);

  test("-p of a process that has ended: one message and status 1", async () => {
    const pid = await endedPid();
    expect(await trace("-p", `${pid}`)).toMatchObject(refused(`-p ${pid}: no such process is running ${ADVICE}`));
    expect(await trace("-qwj", "-p", `${pid}`)).toMatchObject(
      refused(`-p ${pid}: no such process is running ${ADVICE}`),
    );
  });

  test("-p of numbers that no process can have: one message that lists them, and status 1", async () => {
    const pids = "4194301 4194302\n4194303,4194304";
    const named = pids.replaceAll(/[ \n,]/g, ", ");
    expect(await trace("-p", pids)).toMatchObject(refused(`-p ${named}: no such processes are running ${ADVICE}`));
  });

  test("-p of a zombie, whose exit is over: one message and status 1", async () => {
    const parent = Bun.spawn(shell("sleep 0 & echo $!; exec sleep 60"), { stdout: "pipe" });
    const { value } = await parent.stdout[Symbol.asyncIterator]().next();
    const pid = new TextDecoder().decode(value).trim();
    while ((await Bun.file(`/proc/${pid}/cmdline`).text()) !== "") await Bun.sleep(10);
    expect(await trace("-p", pid)).toMatchObject(refused(`-p ${pid}: no such process is running ${ADVICE}`));
    parent.kill();
    await parent.exited;
  });

  test("-p of a thread: one message that points to its Tgid, and status 1", async () => {
    const tid = readdirSync("/proc/self/task").find((name) => name !== String(process.pid))!;
    expect(await trace("-p", tid)).toMatchObject(
      refused(`-p ${tid}: a thread, not a process; give its Tgid in /proc/${tid}/status`),
    );
  });

  test("-p of a process that has ended, with a COMMAND: COMMAND is not run", async () => {
    const pid = await endedPid();
    const { status, stdout } = await trace("-p", `${pid}`, "--", "echo", "run");
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  });
});

describe("-p and -P without an error", () => {
  test("-p of several processes, one of which runs: traces it and warns about the others", async () => {
    const child = Bun.spawn(["sleep", "60"]);
    const ended = [await endedPid(), 4_194_303].toSorted((a, b) => a - b);
    const args = ["--json", "-p", `${child.pid} ${ended.join(",")}`, "--count", "1"];
    const tracer = await Tracer.start(args);
    child.kill();
    const { status, events, stderr } = await tracer.end(null);
    expect({ status, pids: events.map(({ pid }) => pid) }).toEqual({ status: 0, pids: [child.pid] });
    expect(stderr).toStartWith(`exitsnoop: -p ${ended.join(", ")}: no such processes are running ${ADVICE}\nTracing`);
  });

  test("-P of a process that does not run: traces, after a warning", async () => {
    const { status, stderr } = await runToEnd([binary, "-P", "4194303", "--for", "100ms"]);
    expect(status).toBe(0);
    expect(stderr).toStartWith(`exitsnoop: -P 4194303: no such process is running ${ADVICE}\nTracing`);
  });

  test("-p of a process of which only the main thread has exited: prints its exit", async () => {
    const child = Bun.spawn([fixture("leaderless")]);
    const isZombie = async () => / Z /.test(await Bun.file(`/proc/${child.pid}/stat`).text());
    for (let i = 0; i < 200 && !(await isZombie()); i++) await Bun.sleep(20);
    expect(await isZombie()).toBe(true);
    const tracer = await Tracer.start(["--json", "-p", `${child.pid}`, "--count", "1"]);
    child.kill("SIGKILL");
    const { status, events } = await tracer.end(null);
    expect({ status, pids: events.map(({ pid }) => pid) }).toEqual({ status: 0, pids: [child.pid] });
  });

  test("-p of another user's process, without privileges over it: tracing begins", async () => {
    using folder = temporaryFolder();
    chmodSync(folder.path, 0o755);
    copyFileSync(binary, `${folder.path}/exitsnoop`);
    const command = [...asNobody("bpf", "perfmon"), `${folder.path}/exitsnoop`, "-p", "1", "--for", "100ms"];
    const { status, stderr } = await runToEnd(command);
    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringMatching(/^Tracing/) });
  });

  test("-p in a PID namespace: is not checked, since its pids are not those of the host", async () => {
    const command = ["unshare", "--pid", "--fork", "--mount-proc", binary, "-p", "4194303", "--for", "100ms"];
    expect(await runToEnd(command)).toMatchObject({ status: 0, stderr: expect.stringMatching(/^Tracing/) });
  });
});

test("-p of a process that exits while the tracer starts: prints its exit, or fails because it does not run", async () => {
  const outcomes = new Set<string>();
  for (let delay = 0; delay < 200; delay += 8) {
    const child = Bun.spawn(["sleep", "60"]);
    const tracing = runToEnd([binary, "--json", "-p", `${child.pid}`, "--count", "1", "--for", "20s"]);
    await Bun.sleep(delay);
    child.kill();
    const { status, stdout, stderr } = await whileProcessesExit(tracing);
    if (status === 1) expect(stderr).toBe(`exitsnoop: -p ${child.pid}: no such process is running ${ADVICE}\n`);
    else
      expect({ stdout, stderr }).toMatchObject({
        stdout: expect.stringContaining(`"pid":${child.pid},`),
        stderr: expect.stringMatching(/1 exit in [^\n]*, 0 lost/),
      });
    outcomes.add(`${status}`);
  }
  expect([...outcomes].toSorted()).toEqual(["0", "1"]);
});
