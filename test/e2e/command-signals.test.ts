/** Signals while COMMAND runs: it gets each signal as often as it would without exitsnoop. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, copyFileSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { Terminal } from "../support/terminal.ts";
import { binary, parseClosingLine, fixture, runToEnd, shell, temporaryFolder } from "../support/tracer.ts";

const quiet = ["--quiet", "--output", "/dev/null"];
const STATUS = 9;
const numbers = constants.signals;
const UNCATCHABLE = ["SIGKILL", "SIGSTOP"];
/** Signals that also stop the tracer: a shell waits until its whole job is stopped. */
const STOPPING = ["SIGTSTP", "SIGTTIN"];
const named = Object.entries(numbers).filter(([name]) => !UNCATCHABLE.includes(name));
const all: [string, number][] = [...named, ["34", 34], ["40", 40], ["64", 64]];

/** Has a copy of COMMAND that user nobody can execute, wherever the sources are. */
const folder = temporaryFolder();
beforeAll(() => {
  chmodSync(folder.path, 0o755);
  copyFileSync(fixture("count-signals"), `${folder.path}/count-signals`);
});
afterAll(() => folder[Symbol.dispose]());

/** Starts a tracer in its own process group, with test/fixtures/count-signals.c as COMMAND. */
async function counting(ms: number, { options = [] as string[], words = [] as string[], via = [] as string[] } = {}) {
  const command = [
    "setsid",
    ...via,
    binary,
    ...quiet,
    ...options,
    "--",
    `${folder.path}/count-signals`,
    String(ms),
    ...words,
  ];
  const child = Bun.spawn(command, { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const output = child.stdout.getReader();
  let text = "";
  while (!text.includes("\n")) {
    const { value, done } = await output.read();
    if (done) throw new Error(`COMMAND did not start: ${await child.stderr.text()}`);
    text += new TextDecoder().decode(value);
  }
  const pid = Number(/^ready (\d+)/.exec(text)![1]);
  return {
    pid,
    tracer: child.pid,
    /** Waits for the end. `counts` has the signals that COMMAND got, as "SIGNAL:COUNT ". */
    async end() {
      for (let part = await output.read(); !part.done; part = await output.read())
        text += new TextDecoder().decode(part.value);
      const [status, stderr] = [await child.exited, await child.stderr.text()];
      return { status, stderr, counts: text.replace(/^ready.*\n/, "").trim() };
    },
  };
}

const gets = (counts: string) => ({ status: STATUS, stderr: "", counts });

describe("a signal to the process group reaches COMMAND once", () => {
  test.each(all.filter(([name]) => !STOPPING.includes(name)))(
    "%s to the process group reaches COMMAND once",
    async (_, signal) => {
      const command = await counting(250);
      process.kill(-command.tracer, signal);
      expect(await command.end()).toEqual(gets(`${signal}:1`));
    },
  );

  test("SIGTERM to the process group reaches COMMAND once, in 30 of 30 runs", async () => {
    for (let round = 0; round < 30; round++) {
      const command = await counting(300);
      process.kill(-command.tracer, "SIGTERM");
      expect(await command.end()).toEqual(gets("15:1"));
    }
  });

  test("a signal to the process group does not reach COMMAND in its own process group", async () => {
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP", "SIGUSR1"] as const) {
      const command = await counting(250, { words: ["own-group"] });
      process.kill(-command.tracer, signal);
      expect(await command.end()).toEqual(gets(""));
    }
  });

  test("SIGTERM to the process group reaches COMMAND of another user once", async () => {
    const command = await counting(250, { options: ["--as", "nobody"] });
    process.kill(-command.tracer, "SIGTERM");
    expect(await command.end()).toEqual(gets("15:1"));
  });

  test("queued realtime signals to the process group and to the tracer alone all reach COMMAND", async () => {
    const command = await counting(500);
    for (let i = 0; i < 6; i++) {
      process.kill(-command.tracer, 34);
      if (i % 2) process.kill(command.tracer, 34);
    }
    expect(await command.end()).toEqual(gets("34:9"));
  });

  test("SIGTERM to the process group, sent repeatedly, does not end the tracer", async () => {
    const command = await counting(600);
    for (let i = 0; i < 5; i++) {
      process.kill(-command.tracer, "SIGTERM");
      await Bun.sleep(50);
    }
    const { status, stderr, counts } = await command.end();
    expect({ status, stderr }).toEqual({ status: STATUS, stderr: "" });
    expect(counts).toMatch(/^15:[1-5]$/);
  });
});

test("timeout(1), which signals its child and then its group, does not end the tracer before COMMAND", async () => {
  for (let round = 0; round < 8; round++) {
    const command = ["timeout", "0.3", binary, ...quiet, "--", fixture("count-signals"), "600"];
    const { stdout, stderr } = await runToEnd(command);
    expect(stderr).toBe("");
    // COMMAND gets one or both, as without exitsnoop, and SIGCONT, unless it is killed before
    expect(stdout).toMatch(/^(ready \d+\n15:[12] 18:[12] \n)?$/);
  }
});

describe("a signal to the tracer alone is forwarded once", () => {
  // the tracer handles SIGCHLD and SIGTTOU itself
  test.each(all.filter(([name]) => name !== "SIGCHLD" && name !== "SIGTTOU"))(
    "%s to the tracer alone is forwarded once",
    async (_, signal) => {
      const command = await counting(250);
      process.kill(command.tracer, signal);
      expect(await command.end()).toEqual(gets(`${signal}:1`));
    },
  );

  test("signals 32 and 33, which the C library reserves, are forwarded to COMMAND", async () => {
    for (const signal of [32, 33]) {
      const child = Bun.spawn([binary, ...quiet, "--", ...shell("echo ready; exec sleep 60")], { stdout: "pipe" });
      await child.stdout.getReader().read();
      process.kill(child.pid, signal);
      expect(await child.exited).toBe(128 + signal);
    }
  });

  test("SIGTERM and SIGHUP that the caller ignores or blocks: the tracer forwards them and runs on", async () => {
    for (const via of [
      ["perl", "-e", '$SIG{TERM} = $SIG{HUP} = "IGNORE"; exec @ARGV'],
      ["perl", "-e", "use POSIX; sigprocmask(0, POSIX::SigSet->new(1, 15)); exec @ARGV"],
    ]) {
      const command = await counting(250, { via });
      process.kill(command.tracer, "SIGTERM");
      process.kill(command.tracer, "SIGHUP");
      const { status, stderr, counts } = await command.end();
      expect({ status, stderr }).toEqual({ status: STATUS, stderr: "" });
      expect(counts).toBe(via[2]!.includes("sigprocmask") ? "" : "1:1 15:1");
    }
  });

  test("pidof(1) and pgrep(1), as for pkill(1), find the tracer by its name, and not the launcher", async () => {
    const command = await counting(2000);
    const { stdout } = await runToEnd(["pgrep", "-P", String(command.tracer), "exitsnoop"]);
    expect(stdout).toBe("");
    const found = (await runToEnd(["pidof", "exitsnoop"])).stdout.trim().split(" ");
    expect(found).toContain(String(command.tracer));
    const children = readFileSync(`/proc/${command.tracer}/task/${command.tracer}/children`, "utf8").trim().split(" ");
    expect(children.filter((pid) => found.includes(pid))).toEqual([]);
    expect(await command.end()).toEqual(gets(""));
  });

  test("SIGUSR2 from PR_SET_PDEATHSIG at the exit of the tracer's parent is forwarded", async () => {
    const traced = [binary, ...quiet, "--", fixture("count-signals"), "2000"];
    const parent = ["bash", "-c", '"$@" & sleep 1', "bash"];
    const { stdout } = await runToEnd([...parent, "setpriv", "--pdeathsig", "USR2", ...traced]);
    expect(stdout).toContain("12:1");
  });

  test("SIGALRM to the tracer alone is forwarded while --for runs", async () => {
    const command = await counting(250, { options: ["--for", "30s"] });
    process.kill(command.tracer, "SIGALRM");
    expect(await command.end()).toEqual(gets("14:1"));
  });

  test("SIGTERM to the tracer reaches COMMAND of another user: only the launcher has CAP_KILL", async () => {
    const command = await counting(400, { options: ["--as", "nobody"] });
    expect(readFileSync(`/proc/${command.tracer}/status`, "utf8")).toMatch(/^CapPrm:\t0{16}$/m);
    process.kill(command.tracer, "SIGTERM");
    expect(await command.end()).toEqual(gets("15:1"));
  });

  test("a signal of sigqueue() is forwarded with its si_code and sender", async () => {
    const waits =
      "import signal as s; s.pthread_sigmask(0, [40]); print('ready', flush=True); i = s.sigwaitinfo([40]); print(i.si_code, i.si_pid)";
    const child = Bun.spawn([binary, ...quiet, "--", "python3", "-c", waits], { stdout: "pipe", stderr: "pipe" });
    const output = child.stdout.getReader();
    await output.read();
    const sender = Bun.spawn(["/bin/kill", "-40", "-q", "7", String(child.pid)]);
    await sender.exited;
    let text = "";
    for (let part = await output.read(); !part.done; part = await output.read())
      text += new TextDecoder().decode(part.value);
    // SI_QUEUE, and the sender's pid
    expect(text.trim()).toBe(`-1 ${sender.pid}`);
    expect(await child.exited).toBe(0);
  });
});

describe("the second SIGINT or SIGTERM to the tracer alone", () => {
  test("a second SIGINT or SIGTERM within a second ends the tracer, and is forwarded", async () => {
    const command = ["setsid", binary, "-o", "/dev/null", "--", fixture("count-signals"), "1500"];
    const child = Bun.spawn(command, { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
    const output = child.stdout.getReader();
    await output.read();
    child.kill("SIGINT");
    await Bun.sleep(200);
    child.kill("SIGTERM");
    expect(await child.exited).toBe(0);
    expect(await child.stderr.text()).toContain("1 process still running, no longer traced: count-signals[");
    expect(new TextDecoder().decode((await output.read()).value)).toBe("2:1 15:1 \n");
  });

  test("a second SIGINT after more than a second does not end the tracer", async () => {
    const command = await counting(1800);
    process.kill(command.tracer, "SIGINT");
    await Bun.sleep(1200);
    process.kill(command.tracer, "SIGINT");
    expect(await command.end()).toEqual(gets("2:2"));
  });
});

test("Ctrl-Z stops the tracer with COMMAND, and SIGCONT lets both go on", async () => {
  const command = await counting(1200);
  const state = (pid: number) => /^State:\s+(\S)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1];
  process.kill(-command.tracer, "SIGTSTP");
  await Bun.sleep(200);
  // COMMAND handles SIGTSTP. Without a shell the process group is orphaned, and the default action
  // does not stop it.
  expect(["S", "T"]).toContain(state(command.tracer)!);
  process.kill(-command.tracer, "SIGCONT");
  await Bun.sleep(100);
  expect(state(command.tracer)).toBe("S");
  expect(await command.end()).toEqual(gets("18:1 20:1"));
});

test("SIGTERM ends a tracer whose COMMAND has exited while a descendant runs, and SIGUSR1 does not", async () => {
  using folder = temporaryFolder();
  const child = Bun.spawn([binary, "-o", `${folder.path}/out`, "--", ...shell("sleep 20 & echo $!; exit 5")], {
    stdout: "pipe",
    stderr: "pipe",
  });
  const sleeper = Number(
    await child.stdout
      .getReader()
      .read()
      .then(({ value }) => new TextDecoder().decode(value)),
  );
  await Bun.sleep(300);
  child.kill("SIGUSR1");
  await Bun.sleep(200);
  expect(child.exitCode).toBeNull();
  child.kill("SIGTERM");
  expect(await child.exited).toBe(5);
  expect(parseClosingLine(await child.stderr.text())).toEqual({ seen: 1, lost: 0 });
  process.kill(sleeper, "SIGKILL");
});

test("SIGUSR1 to a tracer without COMMAND does not end it", async () => {
  const child = Bun.spawn([binary, "-o", "/dev/null", "--for", "1500ms"], { stdout: "pipe", stderr: "pipe" });
  const errors = child.stderr.getReader();
  await errors.read();
  child.kill("SIGUSR1");
  expect(await child.exited).toBe(0);
});

test("COMMAND takes the terminal and sets TOSTOP: the tracer goes on writing", async () => {
  const script = `stty tostop; sh -c "sh -c 'exit 6'; sleep 0.5; sh -c 'exit 8'"; exit 5`;
  const terminal = new Terminal([binary, "-f", "ecli", "--", "bash", "-m", "-c", script]);
  expect(await terminal.end()).toBe(5);
  expect(terminal.shown).toMatch(/ 6 +\d+ +sh/);
  expect(terminal.shown).toMatch(/6 exits in [^\n]*, 0 lost/);
});
