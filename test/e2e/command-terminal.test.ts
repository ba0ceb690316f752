/**
 * COMMAND on a terminal: no line lands in the screen of an editor, a pager or a shell's prompt, and
 * the lines that were held back come later.
 */
import { describe, expect, test } from "bun:test";
import { Terminal } from "../support/terminal.ts";
import { binary, fixture, temporaryFolder } from "../support/tracer.ts";

/** Matches a line of the format ecli: time, pid, ppid and what follows. */
const EVENT = /\d\d:\d\d:\d\d +\d+ +\d+ +\S+ +\d+ /;
/** xterm's sequences that open and close the alternate screen. */
const [ENTER_SCREEN, LEAVE_SCREEN] = ["\x1b[?1049h", "\x1b[?1049l"];
/** readline's sequences at the begin and at the end of a line that is typed. */
const [BEGIN_TYPING, END_TYPING] = ["\x1b[?2004h", "\x1b[?2004l"];
const editor = Bun.which("vim") ?? "vi";

/** Runs a program in a new terminal. */
const start = (command: string[]) =>
  new Terminal(command, { cols: 100, cwd: "/", env: { TERM: "xterm", HOME: "/nonexistent", PS1: "PROMPT> " } });

/** Returns the parts of a text between two sequences; the last part may be open. */
function partsBetween(text: string, begin: string, end: string): string[] {
  return text
    .split(begin)
    .slice(1)
    .map((part) => part.split(end)[0]!);
}

describe("COMMAND that takes the terminal", () => {
  test("an editor: no line in its screen, also during its system(), and all lines after it", async () => {
    const screen = start([binary, "-f", "ecli", "--", editor, "-u", "NONE", "/etc/passwd"]);
    let at = await screen.until(ENTER_SCREEN);
    await Bun.sleep(500);
    screen.type(":call system('exit 41')\r");
    await Bun.sleep(500);
    screen.type(":!sh -c 'exit 42'\r");
    at = await screen.until("ENTER", at);
    screen.type("\r");
    await Bun.sleep(500);
    screen.type(":!sh -c 'exit 43'; sleep 3\r");
    await screen.until(/ 42 +\d+ +sh/);
    at = await screen.until("ENTER", at);
    screen.type("\r:q!\r");
    expect(await screen.end()).toBe(0);
    for (const part of partsBetween(screen.shown, ENTER_SCREEN, LEAVE_SCREEN)) {
      expect(part).not.toMatch(EVENT);
      expect(part).not.toContain("Tracing");
    }
    const last = screen.shown.slice(screen.shown.lastIndexOf(LEAVE_SCREEN));
    expect(last).toMatch(/ 0 +\d+ +vim?\S*\r\n\d+ exits?[^\n]*, 0 lost/);
    // vim without +eval has no system()
    for (const code of [42, 43]) expect(screen.shown).toMatch(new RegExp(` ${code} +\\d+ +sh`));
  });

  test("a pager while other processes exit: no line in its screen, and all lines after it", async () => {
    const script = "(for i in 1 2 3; do sleep 0.2; done; exit 44) & less /etc/services";
    const screen = start([binary, "-f", "ecli", "--", "sh", "-c", script]);
    const at = await screen.until(ENTER_SCREEN);
    await Bun.sleep(1200);
    screen.type("q");
    expect(await screen.end()).toBe(0);
    for (const part of partsBetween(screen.shown, ENTER_SCREEN, LEAVE_SCREEN)) expect(part).not.toMatch(EVENT);
    expect(screen.shown.slice(at)).toMatch(/ 44 +\d+ +sh\r\n/);
    expect(screen.shown).toMatch(/6 exits[^\n]*, 0 lost/);
  });

  test("an interactive shell: no line while one is typed, and all lines while a command runs or at the end", async () => {
    const screen = start([binary, "-f", "ecli", "--", "bash", "--norc", "--noprofile", "-i"]);
    let at = await screen.until(BEGIN_TYPING);
    expect(screen.shown).toMatch(/^Tracing bash and its descendants; Ctrl-C goes to bash\r\n/);
    screen.type("(sleep 0.3; exit 45) &\r");
    at = await screen.until(BEGIN_TYPING, at);
    screen.type("echo a long line");
    await Bun.sleep(1000);
    screen.type(" is typed\r");
    at = await screen.until(BEGIN_TYPING, at);
    screen.type("sleep 3\r");
    await screen.until(/ 45 +\d+ +bash/, at);
    at = await screen.until(BEGIN_TYPING, at);
    screen.type("exit 9\r");
    expect(await screen.end()).toBe(9);
    const typed = partsBetween(screen.shown, BEGIN_TYPING, END_TYPING);
    expect(typed.length).toBe(4);
    for (const part of typed) expect(part).not.toMatch(EVENT);
    expect(screen.shown).toMatch(/ 9 +\d+ +bash\r\n4 exits[^\n]*, 0 lost/);
  });

  test("more than 1 MiB of lines: the oldest are lost, reported and counted, and the rest is complete", async () => {
    const count = 8000;
    // a program that switches canonical mode off, and 8000 exits of 300 bytes each meanwhile
    const script = `stty -icanon; ${fixture("exit-statuses")} burst ${count} >/dev/null; sleep 0.2; stty icanon; sleep 1`;
    const screen = start([binary, "-j", "--", "sh", "-c", script]);
    expect(await screen.end()).toBe(0);
    const events = screen.shown.match(/^\{"event":"exit".*\}\r$/gm)!;
    const [, seen, lost] = /^(\d+) exits[^\n]*, (\d+) lost\r$/m.exec(screen.shown)!;
    expect(Number(lost)).toBeGreaterThan(count / 8);
    expect(events.length).toBe(Number(seen));
    expect(Number(seen) + Number(lost)).toBeGreaterThanOrEqual(count + 5);
    expect(screen.shown).toMatch(
      /^exitsnoop: \d+ exits lost: more than 1024 KiB of lines were held back while sh had the terminal; -o FILE writes them to a file\r$/m,
    );
    const lostLines = screen.shown.match(/^\{"event":"lost".*\}\r$/gm)!;
    expect(lostLines.length).toBe(1);
    expect(lostLines[0]).toContain(`"count":${lost}`);
  }, 120_000);

  test("more than 1 MiB of lines, and a file without space: no exit counts as lost twice", async () => {
    const script = `stty -icanon; ${fixture("exit-statuses")} burst 6000 >/dev/null; sleep 0.2; stty icanon; sleep 0.5`;
    const screen = start([binary, "-j", "-o", "-", "-o", "/dev/full", "--", "sh", "-c", script]);
    expect(await screen.end()).toBe(0);
    expect(screen.shown).toMatch(/^exitsnoop: \d+ exits lost: more than 1024 KiB of lines were held back/m);
    expect(screen.shown).toMatch(/^0 exits in [^\n]*, 60\d\d lost\r$/m);
  }, 120_000);

  test("-o FILE: the file has the lines while the terminal is in another mode", async () => {
    using folder = temporaryFolder();
    const file = `${folder.path}/events`;
    const script = `stty -icanon; sh -c 'exit 46'; sleep 0.5; grep -c '"exit_code":46' ${file}; exit 3`;
    const screen = start([binary, "-j", "-o", file, "--", "sh", "-c", script]);
    expect(await screen.end()).toBe(3);
    expect(screen.shown).toMatch(/^Tracing sh [^\n]*\r?\n1\r?\n5 exits[^\n]*, 0 lost\r?\n$/);
  });
});
