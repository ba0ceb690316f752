/** The table for people and the blocks of --wide, on pseudo-terminals of several sizes. */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { Terminal } from "../support/terminal.ts";
import { binary, fixture, shell, temporaryFolder } from "../support/tracer.ts";

interface Screen {
  lines: string[];
  status: number;
}

/**
 * Runs exitsnoop on a terminal. Returns its lines without blanks at the end, which the lines of
 * COMMAND's own output are among.
 */
async function onTerminal(args: string[], cols: number, rows = 50, env: NodeJS.ProcessEnv = {}): Promise<Screen> {
  const command = [binary, "--color=never", ...args];
  const terminal = new Terminal(command, { cols, rows, env: { LC_ALL: "C.UTF-8", ...env } });
  const status = await terminal.end();
  await terminal.until(/ lost\r\n/);
  return { lines: terminal.shown.split("\r\n").map((line) => line.trimEnd()), status };
}

/** Returns the line of the exit with this command. */
function lineOf({ lines }: Screen, command: string): string {
  const line = lines.find((text) => /^\d\d:/.test(text) && text.includes(command));
  if (line === undefined) throw new Error(`no line has ${command}: ${lines.join("\n")}`);
  return line;
}

const script = `sh -c 'exit 137'; timeout 0.1 sleep 60; sh -c 'kill -9 $$' a-long-argument-that-needs-${"x".repeat(40)}; exit 3`;

describe("the table on a terminal:", () => {
  test("120 columns: the parent, the lifetime, the command and the killer", async () => {
    const screen = await onTerminal(["--", ...shell(script)], 120);
    expect(screen.status).toBe(3);
    expect(screen.lines[1]).toBe("TIME         PID     PARENT                 EXIT_CODE    DURATION COMMAND");
    expect(lineOf(screen, "sh -c 'exit 137'")).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} \d+ +sh\[\d+\] +137 +[\d.]+[mu]s sh -c 'exit 137'$/,
    );
    const killed = /timeout\[(\d+)\] +SIGTERM +[\d.]+m?s sleep 60 ← killed by timeout\[(\d+)\]$/.exec(
      lineOf(screen, "sleep 60 ←"),
    );
    expect(killed?.[1]).toBe(killed?.[2] ?? "none");
    expect(screen.lines.at(-2)).toMatch(/^5 exits in [\d.]+ s: 3 failed, 2 killed, 0 lost$/);
  });

  test.each([60, 80, 97, 98, 120, 200])("%d columns: no line is wider, and each killer is complete", async (cols) => {
    const { lines } = await onTerminal(["--", ...shell(script)], cols);
    const table = lines.slice(
      lines.findIndex((line) => line.startsWith("TIME")),
      -2,
    );
    for (const line of table) expect(Bun.stringWidth(line)).toBeLessThanOrEqual(cols);
    expect(table[0]!.includes(" PARENT ")).toBe(cols >= 98);
    for (const killer of ["← killed by itself", /← killed by timeout\[\d+\]/]) expect(table.join("\n")).toMatch(killer);
  });

  test("a locale without UTF-8: ASCII", async () => {
    const screen = await onTerminal(["--", ...shell(script)], 80, 50, { LC_ALL: "C" });
    expect(screen.lines.join("\n")).toContain("sleep 60 <- killed by timeout[");
    expect(screen.lines.join("\n")).not.toMatch(/[^\x20-\x7e\n]/);
  });

  test("the header comes again after a screenful", async () => {
    const { lines } = await onTerminal(["--", fixture("exit-statuses"), "burst", "60"], 80, 12);
    // without the pid that the fixture prints at some time
    const table = lines.filter((line) => !/^\d+$/.test(line));
    const headers = table.flatMap((line, i) => (line.startsWith("TIME") ? [i] : []));
    expect(headers.length).toBeGreaterThanOrEqual(5);
    expect(headers[2]! - headers[1]!).toBe(11);
  });

  test("-C=-parent: the table without PARENT", async () => {
    const screen = await onTerminal(["-n", "sleep", "--count", "1", "-C=-parent", "--", "sleep", "0.1"], 120);
    expect(lineOf(screen, "sleep 0.1")).toMatch(/^\S+ \d+ +0 +[\d.]+m?s sleep 0\.1$/);
  });
});

describe("--wide on a terminal:", () => {
  test("a block for each exit", async () => {
    const { lines } = await onTerminal(["-w", "--", ...shell("sleep 0.2; exit 4")], 100);
    const text = lines.join("\n");
    expect(text).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} {2}sleep\[\d+\] {2}exit 0 {2}after [\d.]+m?s\n {4}sleep 0\.2\n {4}from [^]* → sh\s+parent sh\[/m,
    );
    expect(text).toMatch(/ {2}sh\[\d+\] {2}exit 4 {2}after /);
    expect(text).toMatch(/ {3}user root {3}exe \/\S+/);
    expect(text).toContain("peak memory ");
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(100);
  });
});

test("stdout is a file and stderr a terminal: the table is the tutorial's", async () => {
  using folder = temporaryFolder();
  const out = `${folder.path}/out`;
  await onTerminal(["-o", out, "--", "true"], 120);
  expect(readFileSync(out, "utf8")).toMatch(
    /^TIME     PID     PPID    EXIT_CODE        DURATION_NS COMM\n\d\d:\d\d:\d\d \d+ +\d+ +0 +\d+ true\n$/,
  );
});
