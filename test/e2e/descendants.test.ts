/**
 * `exitsnoop -- COMMAND` traces COMMAND and its descendants only, and passes on its exit status.
 */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { Terminal } from "../support/terminal.ts";
import { binary, parseClosingLine, fixture, parseEvents, runToEnd, shell, temporaryFolder } from "../support/tracer.ts";

/** Traces a command, with the events written to a file. */
async function traceCommand(options: string[], command: string[], via: string[] = []) {
  using folder = temporaryFolder();
  const file = `${folder.path}/events`;
  const ended = await runToEnd([...via, binary, "--json", "--output", file, ...options, "--", ...command]);
  return { ...ended, ...parseEvents(readFileSync(file, "utf8")) };
}

describe("selection of descendants", () => {
  test("COMMAND's descendants, including daemons, are traced, and concurrent other processes are not", async () => {
    const script = `
      sh -c 'exit 11' & wait $!
      (sh -c 'exit 12'; exit 13)
      setsid sh -c 'sleep 0.3; exit 14' &
      ( ( sleep 0.4; exit 15 ) & )
      timeout 0.2 sleep 5
      perl -e 'exit(fork() ? 16 : 17)' 2>/dev/null
      exit 42`;
    const others = Bun.spawn([fixture("exit-statuses"), "burst", "300"], { stdout: "pipe" });
    const { events, status, stderr } = await traceCommand([], shell(script));
    const { first, last } = JSON.parse(await others.stdout.text()) as { first: number; last: number };
    expect(status).toBe(42);
    expect(first).toBeLessThan(last);
    const own = new Set(events.map(({ pid }) => pid));
    const codes = events.map(({ exit_code, signal }) => exit_code ?? signal);
    for (const code of [11, 12, 13, 14, 15, 16, 17, 42, 124, "SIGTERM"]) expect(codes).toContain(code);
    expect(events.filter(({ comm }) => comm === "exit-statuses")).toEqual([]);
    expect(events.filter(({ pid }) => pid === others.pid)).toEqual([]);
    expect(own.size).toBe(events.length);
    expect(parseClosingLine(stderr)).toEqual({ seen: events.length, lost: 0 });
  });

  test("COMMAND with 200 children beside a constant load of other processes: all are traced", async () => {
    let isOver = false;
    const load = (async () => {
      while (!isOver) await runToEnd([fixture("exit-statuses"), "burst", "100"]);
    })();
    const { events, status } = await traceCommand([], [fixture("exit-statuses"), "burst", "200"]);
    isOver = true;
    await load;
    const [leader] = events.filter(({ comm }) => comm === "exit-statuses").slice(-1);
    expect(status).toBe(0);
    expect(events.length).toBe(201);
    expect(events.filter(({ ppid }) => ppid === leader!.pid).length).toBe(200);
  });

  test("--failed with COMMAND: prints only failed exits of descendants", async () => {
    const { events } = await traceCommand(["-x"], shell("sh -c 'exit 0'; sh -c 'exit 3'; exit 0"));
    expect(events.map(({ exit_code }) => exit_code)).toEqual([3]);
  });

  test("COMMAND that exits at once: its exit is traced, in 50 of 50 runs", async () => {
    for (let round = 0; round < 50; round++) {
      const { events, status, stderr } = await traceCommand([], ["true"]);
      expect({ round, status, comms: events.map(({ comm }) => comm) }).toEqual({ round, status: 0, comms: ["true"] });
      expect(parseClosingLine(stderr)).toEqual({ seen: 1, lost: 0 });
    }
  });
});

describe("exit status", () => {
  test.each([
    ["exit 0", 0],
    ["exit 7", 7],
    ["exit 255", 255],
    ["kill -KILL $$", 137],
    ["kill -TERM $$", 143],
    ["kill -SEGV $$", 139],
  ])("COMMAND ends by %s: exitsnoop exits with %d", async (script, expected) => {
    const { status } = await traceCommand([], shell(script));
    expect(status).toBe(expected);
  });

  test.each([
    ["no-such-command-here", 127, "no such file"],
    ["/no/such/command", 127, "no such file"],
    ["/etc/passwd", 126, "permission denied"],
    ["/", 126, "permission denied"],
  ])("COMMAND %s cannot be run: status %d and the reason", async (command, expected, reason) => {
    const { status, stderr, events } = await traceCommand([], [command]);
    expect(status).toBe(expected);
    expect(stderr).toContain(`exitsnoop: ${command} cannot be run: ${reason}`);
    expect(stderr).not.toMatch(/\bat .*:\d+/);
    expect(events).toEqual([]);
  });

  test("tracing fails: COMMAND is not run", async () => {
    using folder = temporaryFolder();
    const command = [binary, "--ring-size", "1G", "-q", "--", "touch", `${folder.path}/ran`];
    const ended = await runToEnd(["sh", "-c", 'ulimit -n 12; exec "$@"', "sh", ...command]);
    expect(ended.status).toBe(1);
    expect(await Bun.file(`${folder.path}/ran`).exists()).toBe(false);
  });
});

describe("COMMAND's inherited state", () => {
  test("COMMAND inherits stdin, stdout, environment and working directory, and gets its arguments", async () => {
    using folder = temporaryFolder();
    const script = 'read line; echo "<$line>"; printf "[%s]" "$@"; echo "$MARK"; pwd';
    const child = Bun.spawn(
      [binary, "-q", "-o", `${folder.path}/events`, "--", ...shell(script), "-x", "--", "a b", ""],
      {
        stdin: new Blob(["a line\n"]),
        stdout: "pipe",
        stderr: "pipe",
        cwd: folder.path,
        env: { ...process.env, MARK: "marked" },
      },
    );
    expect(await child.stdout.text()).toBe(`<a line>\n[-x][--][a b][]marked\n${folder.path}\n`);
    expect(await child.exited).toBe(0);
    expect(await child.stderr.text()).toBe("");
  });

  test("COMMAND gets arguments and environment that are not UTF-8 byte for byte", async () => {
    const script = String.raw`
      MARK=$(printf 'a\377\303b'); export MARK
      exec "$@" sh -c 'printf "%s|%s|%s|" "$1" "$MARK" "$2" | od -An -tx1' sh "$MARK" '' `;
    const { stdout, status } = await runToEnd([...shell(script), binary, "-q", "-o", "/dev/null", "--"]);
    const mark = "61 ff c3 62 7c";
    expect({ status, stdout }).toEqual({ status: 0, stdout: ` ${mark} ${mark} 7c\n` });
  });

  test("COMMAND gets no descriptor of the tracer, the caller's limits, and no ignored or blocked signal", async () => {
    const script = "ls /proc/self/fd; ulimit -n; grep -E '^Sig(Blk|Ign|Cgt)' /proc/self/status";
    const { stdout } = await traceCommand([], shell(script), shell('ulimit -S -n 777; "$@"'));
    const plain = await runToEnd(["sh", "-c", `ulimit -S -n 777; exec sh -c "${script}"`]);
    expect(stdout).toBe(plain.stdout);
  });

  test("SIGCHLD inherited as ignored: COMMAND is traced and inherits it as ignored", async () => {
    const ignoringSigchld = ["perl", "-e", '$SIG{CHLD} = "IGNORE"; exec @ARGV'];
    // SIGCHLD is 17, bit 16 of SigIgn. COMMAND is grep, since a shell would reset SIGCHLD.
    const { stdout, events, status } = await traceCommand(
      [],
      ["grep", "-E", "^SigIgn|nothing", "/proc/self/status", "/no/file"],
      ignoringSigchld,
    );
    expect({ stdout, status }).toEqual({ stdout: "/proc/self/status:SigIgn:\t0000000000010000\n", status: 2 });
    expect(events.map(({ exit_code }) => exit_code)).toEqual([2]);
  });

  test("without --output: events go to stderr", async () => {
    const { stdout, stderr, status } = await runToEnd([binary, "--no-header", "--", ...shell("echo out; exit 3")]);
    expect({ stdout, status }).toEqual({ stdout: "out\n", status: 3 });
    expect(stderr).toMatch(/^Tracing sh and its descendants.*\n.* 3 +\d+ sh\n1 exit in [^\n]*, 0 lost\n$/);
  });

  test("--as: COMMAND runs with the user's ids, groups and home", async () => {
    const { stdout, events } = await traceCommand(
      ["--as", "nobody"],
      shell('id -u; id -ru; id -G; echo "$HOME $USER"; exit 4'),
    );
    const gid = (await runToEnd(["id", "-G", "nobody"])).stdout;
    const home = (await runToEnd(["sh", "-c", "getent passwd nobody | cut -d: -f6"])).stdout.trim();
    const uid = (await runToEnd(["id", "-u", "nobody"])).stdout;
    expect(stdout).toBe(`${uid}${uid}${gid}${home} nobody\n`);
    expect(events.at(-1)).toMatchObject({ uid: Number(uid), exit_code: 4 });
  });
});

/**
 * Runs a command in a new terminal, types Ctrl-C after `pauseMs`, and returns the terminal's
 * output.
 */
async function inTerminal(command: string[], pauseMs: number): Promise<{ shown: string; status: number }> {
  const terminal = new Terminal(command);
  await terminal.until("ready");
  await Bun.sleep(pauseMs);
  terminal.type("\x03");
  const status = await terminal.end();
  return { shown: terminal.shown, status };
}

describe("signals", () => {
  test("Ctrl-C ends COMMAND, and the tracer prints the closing line", async () => {
    const { shown, status } = await inTerminal([binary, "--", ...shell("echo ready; sleep 10; exit 9")], 100);
    expect(shown).toContain("SIGINT");
    expect(shown).toMatch(/2 exits in [^\n]*, 0 lost/);
    expect(status).toBe(130);
  });

  test("Ctrl-C that COMMAND handles: tracing goes on", async () => {
    const script = "trap 'echo caught' INT; echo ready; sleep 10; sh -c 'exit 6'; exit 5";
    const { shown, status } = await inTerminal([binary, "-f", "ecli", "--", ...shell(script)], 100);
    expect(shown).toContain("caught");
    expect(shown).toMatch(/ 6 +\d+ +sh/);
    expect(shown).toMatch(/3 exits in [^\n]*, 0 lost/);
    expect(status).toBe(5);
  });

  test.each(["SIGINT", "SIGTERM"] as const)("%s to the tracer alone is forwarded to COMMAND", async (signal) => {
    const child = Bun.spawn([binary, "--", ...shell("echo ready; sleep 3")], { stdout: "pipe", stderr: "pipe" });
    await child.stdout[Symbol.asyncIterator]().next();
    child.kill(signal);
    const stderr = await child.stderr.text();
    expect(await child.exited).toBe(signal === "SIGINT" ? 130 : 143);
    expect(stderr).toContain(`${signal} `);
    // the signal does not reach the shell's sleep, which is a descendant all the same
    expect(stderr).toMatch(/[12] exits? in [^\n]*, 0 lost/);
  });
});

describe("end of the trace", () => {
  test("tracing ends with the last descendant", async () => {
    const { events, status } = await traceCommand([], shell("(sleep 0.5; exit 21) & exit 3"));
    expect(status).toBe(3);
    expect(events.map(({ exit_code }) => exit_code)).toEqual([3, 0, 21]);
  });

  test("--no-wait: tracing ends with COMMAND", async () => {
    using folder = temporaryFolder();
    const started = performance.now();
    const command = [binary, "-j", "-o", `${folder.path}/events`, "--no-wait", "--", ...shell("sleep 3 & exit 3")];
    const child = Bun.spawn(command, { stdin: "ignore", stdout: "ignore", stderr: "ignore" });
    expect(await child.exited).toBe(3);
    expect(performance.now() - started).toBeLessThan(2500);
    expect(parseEvents(readFileSync(`${folder.path}/events`, "utf8")).events.map(({ exit_code }) => exit_code)).toEqual(
      [3],
    );
  });

  test("--for and --count end the tracer, and COMMAND runs on", async () => {
    using folder = temporaryFolder();
    for (const [options, seen] of [
      [["--for", "300ms"], 0],
      [["--count", "1"], 1],
    ] as const) {
      const child = Bun.spawn(
        [binary, ...options, "-o", "/dev/null", "--", ...shell("true & sleep 1; touch went-on; exit 3")],
        { stdin: "ignore", stdout: "ignore", stderr: "pipe", cwd: folder.path },
      );
      const stderr = await child.stderr.text();
      expect(await child.exited).toBe(0);
      // a shell that waits in vfork(2) is named without its arguments
      expect(stderr).toMatch(/process(es)? still running, no longer traced: sh\[\d+\]/);
      expect(parseClosingLine(stderr).seen).toBeGreaterThanOrEqual(seen);
      for (let i = 0; i < 100 && !(await Bun.file(`${folder.path}/went-on`).exists()); i++) await Bun.sleep(50);
      expect(await Bun.file(`${folder.path}/went-on`).exists()).toBe(true);
    }
  });
});
