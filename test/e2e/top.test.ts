/** exitsnoop top on a pseudo-terminal: its screen and keys, and the terminal afterwards. */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { parseSummaries } from "../support/live-summaries.ts";
import { Terminal } from "../support/terminal.ts";
import { binary, fixture, runToEnd, temporaryFolder, Tracer, whileProcessesExit } from "../support/tracer.ts";

const ENTER_SCREEN = "\x1b[?1049h";
const LEAVE_SCREEN = "\x1b[?1049l";

/** A shell that saves the modes of its terminal before and after exitsnoop top. */
class TopSession implements Disposable {
  readonly #folder = temporaryFolder();
  readonly terminal: Terminal;

  constructor(options = "--interval 250ms", size: { cols?: number; rows?: number } = {}) {
    const top = `echo $$ > pid; exec "$0" top ${options}`;
    const script = `stty -g > before; bash -c '${top}' "$0"; echo "status $?"; stty -g > after`;
    this.terminal = new Terminal(["bash", "-c", script, binary], {
      ...size,
      cwd: this.#folder.path,
      env: { TERM: "xterm", LC_ALL: "C.UTF-8" },
    });
  }

  get pid(): number {
    return Number(this.#read("pid"));
  }

  #read(name: string): string {
    return readFileSync(`${this.#folder.path}/${name}`, "utf8").trim();
  }

  /** Waits for the end. Returns what the user finds then. */
  async end() {
    await this.terminal.until(/status \d+/);
    await this.terminal.end();
    const { shown } = this.terminal;
    return {
      status: Number(/status (\d+)/.exec(shown)![1]),
      isRestored: this.#read("before") === this.#read("after"),
      hasLeft: shown.lastIndexOf(LEAVE_SCREEN) > shown.lastIndexOf(ENTER_SCREEN),
      text: shown.slice(shown.lastIndexOf(LEAVE_SCREEN)),
    };
  }

  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }
}

const restored = { isRestored: true, hasLeft: true };

test("keys: sort, group, filter and quit; the closing line follows", async () => {
  using session = new TopSession("--interval 250ms", { cols: 200 });
  const { terminal } = session;
  await whileProcessesExit(terminal.until(/\d+ +\d+ +\d+ .* exit-statuses/));
  let at = terminal.shown.length;
  terminal.type("e");
  at = await terminal.until("sorted by exits", at);
  terminal.type("b");
  at = await terminal.until("by exe, sorted by exits", at);
  await whileProcessesExit(terminal.until(/build\/fixtures\/exit-statuses/, at));
  terminal.type("/no-such-name\r");
  at = await terminal.until('with "no-such-name"', at);
  terminal.type("?");
  at = await terminal.until("show only keys with a text", at);
  terminal.type("qq");
  const end = await session.end();
  expect(end).toMatchObject({ status: 0, ...restored });
  expect(end.text).toMatch(/\d+ exits in [\d.]+ s: .*0 lost\r\n/);
});

test("a smaller terminal: the screen fits at once", async () => {
  using session = new TopSession("--interval 30s", { cols: 120, rows: 40 });
  const { terminal } = session;
  await terminal.until("exitsnoop top: counting");
  const at = terminal.shown.length;
  terminal.resize(60, 10);
  await terminal.until("\x1b[10;1H", at);
  terminal.type("q");
  expect(await session.end()).toMatchObject({ status: 0, ...restored });
});

describe("the terminal is restored after", () => {
  test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("%s, which ends the trace in order", async (signal) => {
    using session = new TopSession();
    await session.terminal.until(ENTER_SCREEN);
    process.kill(session.pid, signal);
    const end = await session.end();
    expect(end).toMatchObject({ status: 0, ...restored });
    expect(end.text).toMatch(/0 lost/);
  });

  test.each(["SIGQUIT", "SIGSEGV", "SIGABRT", "SIGBUS", "SIGILL", "SIGFPE", "SIGUSR2", "SIGALRM", "SIGXCPU"] as const)(
    "%s, which kills exitsnoop",
    async (signal) => {
      using session = new TopSession();
      await session.terminal.until(ENTER_SCREEN);
      process.kill(session.pid, signal);
      const end = await session.end();
      expect(end).toMatchObject(restored);
      expect([128 + constants.signals[signal], 132, 133, 134]).toContain(end.status);
    },
  );

  test("Ctrl-C, typed", async () => {
    using session = new TopSession();
    await session.terminal.until(ENTER_SCREEN);
    session.terminal.type("\x03");
    expect(await session.end()).toMatchObject({ status: 0, ...restored });
  });

  test("--for, in time", async () => {
    using session = new TopSession("--interval 250ms --for 1s");
    expect(await session.end()).toMatchObject({ status: 0, ...restored });
  });
});

test("Ctrl-Z and fg: the shell has its terminal meanwhile, and the screen comes back", async () => {
  const terminal = new Terminal(["bash", "--norc", "-i"], {
    env: { TERM: "xterm", PS1: "prompt> ", LC_ALL: "C.UTF-8" },
  });
  await terminal.until("prompt> ");
  terminal.type(`${binary} top --interval 30s\r`);
  let at = await terminal.until("counting");
  terminal.type("\x1a");
  at = await terminal.until(LEAVE_SCREEN, at);
  at = await terminal.until("Stopped", at);
  terminal.type("stty -a | grep -c ' icanon.* echo '; echo modes\r");
  at = await terminal.until(/\r1\r\nmodes/, at);
  terminal.type("fg\r");
  at = await terminal.until(ENTER_SCREEN, at);
  at = await terminal.until("counting", at);
  terminal.type("q");
  at = await terminal.until(LEAVE_SCREEN, at);
  at = await terminal.until("prompt> ", at);
  terminal.type("exit\r");
  expect(await terminal.end()).toBe(0);
});

test("Ctrl-Z without a shell that could continue it: the screen and its keys stay", async () => {
  using session = new TopSession("--interval 30s");
  const { terminal } = session;
  await terminal.until("counting");
  let at = terminal.shown.length;
  terminal.type("\x1a");
  at = await terminal.until(LEAVE_SCREEN, at);
  at = await terminal.until(ENTER_SCREEN, at);
  await terminal.until("counting", at);
  terminal.type("q");
  expect(await session.end()).toMatchObject({ status: 0, ...restored });
});

test("sums of all intervals: those of a recording of the same time", async () => {
  const [top, recorder] = await Promise.all([
    Tracer.start(["top", "-j", "--interval", "250ms", "--by", "parent"]),
    Tracer.start(["-j"]),
  ]);
  const pids = [];
  for (let i = 0; i < 8; i++) {
    pids.push((await runToEnd([fixture("exit-statuses"), "burst", "300"])).pid);
    await Bun.sleep(100);
  }
  const [shown, recording] = await Promise.all([top.end(), recorder.end()]);
  const rows = parseSummaries(shown).flat();
  for (const pid of pids) {
    const own = rows.filter(({ ppid }) => ppid === pid);
    const events = recording.events.filter(({ ppid }) => ppid === pid);
    expect(events.length).toBe(300);
    const sums = own.reduce(
      (sum, row) => ({
        exits: sum.exits + row.exits,
        failed: sum.failed + row.failed,
        killed: sum.killed + row.killed,
      }),
      { exits: 0, failed: 0, killed: 0 },
    );
    expect(sums).toEqual({
      exits: events.length,
      failed: events.filter(({ exit_code }) => exit_code).length,
      killed: events.filter(({ signal }) => signal).length,
    });
  }
});

test("without a terminal: a table for each interval", async () => {
  const tracer = await Tracer.start(["top", "--interval", "250ms", "--by", "code"]);
  for (let i = 0; i < 5; i++) await runToEnd([fixture("exit-statuses"), "burst", "50"]);
  await Bun.sleep(1200);
  const { stdout, status } = await tracer.end();
  expect(status).toBe(0);
  expect(stdout).not.toContain("\x1b");
  expect(stdout.match(/^\d\d:\d\d:\d\d: the last [\d.]+m?s, CPUs busy for [\d.]+[mu]?s$/gm)!.length).toBeGreaterThan(2);
});
