/** `exitsnoop -- COMMAND`: COMMAND and all that descends from it, nobody else; its terminal, its status. */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { binary, parseClosingLine, fixture, parseEvents, runToEnd, shell, temporaryFolder } from "../support/tracer.ts";

/** Traces a command into a file. */
async function traced(options: string[], command: string[], via: string[] = []) {
  using folder = temporaryFolder();
  const file = `${folder.path}/events`;
  const ended = await runToEnd([...via, binary, "--json", "--output", file, ...options, "--", ...command]);
  return { ...ended, ...parseEvents(readFileSync(file, "utf8")) };
}

describe("who is traced", () => {
  test("all descendants, daemons too, and none of the strangers beside them", async () => {
    const script = `
      echo $$
      sh -c 'exit 11' & echo $!; wait $!
      (sh -c 'exit 12'; exit 13)
      setsid sh -c 'sleep 0.3; exit 14' &
      ( ( sleep 0.4; exit 15 ) & )
      timeout 0.2 sleep 5
      perl -e 'exit(fork() ? 16 : 17)' 2>/dev/null
      exit 42`;
    const strangers = Bun.spawn([fixture("exit-statuses"), "burst", "300"], { stdout: "pipe" });
    const { events, status, stderr } = await traced([], shell(script));
    const { first, last } = JSON.parse(await strangers.stdout.text()) as { first: number; last: number };
    expect(status).toBe(42);
    expect(first).toBeLessThan(last);
    // whoever is in there has a parent in there, or was left by one
    const own = new Set(events.map(({ pid }) => pid));
    const codes = events.map(({ exit_code, signal }) => exit_code ?? signal);
    for (const code of [11, 12, 13, 14, 15, 42, 124, "SIGTERM"]) expect(codes).toContain(code);
    expect(events.filter(({ comm }) => comm === "exit-statuses")).toEqual([]);
    expect(events.filter(({ pid }) => pid === strangers.pid)).toEqual([]);
    expect(own.size).toBe(events.length);
    expect(parseClosingLine(stderr)).toEqual({ seen: events.length, lost: 0 });
  });

  test("strangers all the time, and each of 200 children", async () => {
    let isOver = false;
    const load = (async () => {
      while (!isOver) await runToEnd([fixture("exit-statuses"), "burst", "100"]);
    })();
    const { events, status } = await traced([], [fixture("exit-statuses"), "burst", "200"]);
    isOver = true;
    await load;
    const [leader] = events.filter(({ comm }) => comm === "exit-statuses").slice(-1);
    expect(status).toBe(0);
    expect(events.length).toBe(201);
    expect(events.filter(({ ppid }) => ppid === leader!.pid).length).toBe(200);
  });

  test("filters narrow it down", async () => {
    const { events } = await traced(["-x"], shell("sh -c 'exit 0'; sh -c 'exit 3'; exit 0"));
    expect(events.map(({ exit_code }) => exit_code)).toEqual([3]);
  });

  test("with its own death at once, 50 times", async () => {
    for (let round = 0; round < 50; round++) {
      const { events, status, stderr } = await traced([], ["true"]);
      expect({ round, status, comms: events.map(({ comm }) => comm) }).toEqual({ round, status: 0, comms: ["true"] });
      expect(parseClosingLine(stderr)).toEqual({ seen: 1, lost: 0 });
    }
  });
});

describe("its exit status is ours", () => {
  test.each([
    ["exit 0", 0],
    ["exit 7", 7],
    ["exit 255", 255],
    ["kill -KILL $$", 137],
    ["kill -TERM $$", 143],
    ["kill -SEGV $$", 139],
  ])("%s", async (script, expected) => {
    const { status } = await traced([], shell(script));
    expect(status).toBe(expected);
  });

  test.each([
    ["no-such-command-here", 127, "no such file"],
    ["/no/such/command", 127, "no such file"],
    ["/etc/passwd", 126, "permission denied"],
    ["/", 126, "permission denied"],
  ])("%s cannot be run: %p", async (command, expected, reason) => {
    const { status, stderr, events } = await traced([], [command]);
    expect(status).toBe(expected);
    expect(stderr).toContain(`exitsnoop: ${command} cannot be run: ${reason}`);
    expect(stderr).not.toMatch(/\bat .*:\d+/);
    expect(events).toEqual([]);
  });

  test("what cannot be traced is not run", async () => {
    using folder = temporaryFolder();
    const command = [binary, "--ring-size", "1G", "-q", "--", "touch", `${folder.path}/ran`];
    const ended = await runToEnd(["sh", "-c", 'ulimit -n 12; exec "$@"', "sh", ...command]);
    expect(ended.status).toBe(1);
    expect(await Bun.file(`${folder.path}/ran`).exists()).toBe(false);
  });
});

describe("what is its own", () => {
  test("stdin, stdout, arguments, environment and folder", async () => {
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

  test("arguments and environment to the byte, also where they are not UTF-8", async () => {
    const script = String.raw`
      MARK=$(printf 'a\377\303b'); export MARK
      exec "$@" sh -c 'printf "%s|%s|%s|" "$1" "$MARK" "$2" | od -An -tx1' sh "$MARK" '' `;
    const { stdout, status } = await runToEnd([...shell(script), binary, "-q", "-o", "/dev/null", "--"]);
    const mark = "61 ff c3 62 7c";
    expect({ status, stdout }).toEqual({ status: 0, stdout: ` ${mark} ${mark} 7c\n` });
  });

  test("no file of ours, the limits that we were given, no signal ignored or blocked", async () => {
    const script = "ls /proc/self/fd; ulimit -n; grep -E '^Sig(Blk|Ign|Cgt)' /proc/self/status";
    const { stdout } = await traced([], shell(script), shell('ulimit -S -n 777; "$@"'));
    const plain = await runToEnd(["sh", "-c", `ulimit -S -n 777; exec sh -c "${script}"`]);
    expect(stdout).toBe(plain.stdout);
  });

  test("also where whoever started us does not want to hear of children", async () => {
    const deaf = ["perl", "-e", '$SIG{CHLD} = "IGNORE"; exec @ARGV'];
    // SIGCHLD is 17, and its bit the 16th: COMMAND is as deaf as it would be without us (a shell would not stay so)
    const { stdout, events, status } = await traced(
      [],
      ["grep", "-E", "^SigIgn|nothing", "/proc/self/status", "/no/file"],
      deaf,
    );
    expect({ stdout, status }).toEqual({ stdout: "/proc/self/status:SigIgn:\t0000000000010000\n", status: 2 });
    expect(events.map(({ exit_code }) => exit_code)).toEqual([2]);
  });

  test("events go to stderr where no file is named", async () => {
    const { stdout, stderr, status } = await runToEnd([binary, "--no-header", "--", ...shell("echo out; exit 3")]);
    expect({ stdout, status }).toEqual({ stdout: "out\n", status: 3 });
    expect(stderr).toMatch(/^Tracing sh and its descendants.*\n.* 3 +\d+ sh\n1 exit, 0 lost\n$/);
  });

  test("--as another user, with that user's groups and home", async () => {
    const { stdout, events } = await traced(
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

/** Runs a command line in a terminal of its own, types Ctrl-C after a while, and returns what the terminal showed. */
async function inTerminal(command: string[], pauseMs: number): Promise<{ shown: string; status: number | null }> {
  let shown = "";
  const child = Bun.spawn(command, {
    terminal: {
      data(_terminal, data) {
        shown += new TextDecoder().decode(data);
      },
    },
  });
  for (let i = 0; i < 100 && !shown.includes("ready"); i++) await Bun.sleep(20);
  await Bun.sleep(pauseMs);
  child.terminal!.write("\x03");
  const status = await child.exited;
  await Bun.sleep(50);
  return { shown, status };
}

describe("signals", () => {
  test("Ctrl-C reaches COMMAND, and the closing line still comes", async () => {
    const { shown, status } = await inTerminal([binary, "--", ...shell("echo ready; sleep 10; exit 9")], 100);
    expect(shown).toContain("SIGINT");
    expect(shown).toMatch(/2 exits, 0 lost/);
    expect(status).toBe(130);
  });

  test("COMMAND may do with it what it likes, and we go on", async () => {
    const script = "trap 'echo caught' INT; echo ready; sleep 10; sh -c 'exit 6'; exit 5";
    const { shown, status } = await inTerminal([binary, "--color=never", "--", ...shell(script)], 100);
    expect(shown).toContain("caught");
    expect(shown).toMatch(/ 6 +\d+ sh/);
    expect(shown).toMatch(/3 exits, 0 lost/);
    expect(status).toBe(5);
  });

  test("a signal to us alone is handed on", async () => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      const child = Bun.spawn([binary, "--", ...shell("echo ready; sleep 10")], { stdout: "pipe", stderr: "pipe" });
      const reader = child.stdout[Symbol.asyncIterator]();
      await reader.next();
      child.kill(signal);
      const stderr = await child.stderr.text();
      expect(await child.exited).toBe(signal === "SIGINT" ? 130 : 143);
      expect(stderr).toContain(`${signal} `);
      // the shell's sleep is nobody's to signal, but still one of the descendants
      expect(stderr).toMatch(/[12] exits?, 0 lost/);
      if (signal === "SIGINT") break;
    }
  });
});

describe("when it ends", () => {
  test("with the last descendant", async () => {
    const { events, status } = await traced([], shell("(sleep 0.5; exit 21) & exit 3"));
    expect(status).toBe(3);
    expect(events.map(({ exit_code }) => exit_code)).toEqual([3, 0, 21]);
  });

  test("--no-wait: with COMMAND", async () => {
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

  test("--for and --count end us, and leave COMMAND be", async () => {
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
      expect(stderr).toMatch(/exitsnoop: sh \(\d+\) still runs, and is no longer traced/);
      expect(parseClosingLine(stderr).seen).toBeGreaterThanOrEqual(seen);
      for (let i = 0; i < 100 && !(await Bun.file(`${folder.path}/went-on`).exists()); i++) await Bun.sleep(50);
      expect(await Bun.file(`${folder.path}/went-on`).exists()).toBe(true);
    }
  });
});
