/** `-o FILE` appends, and may be given twice. */
import { describe, expect, test } from "bun:test";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { exitInto, startService } from "../support/reopening.ts";
import { binary, fixture, parseClosingLine, parseEvents, runToEnd, shell, temporaryFolder } from "../support/tracer.ts";

/** Traces one shell that exits with this code, and returns stdout and stderr. */
const traceExit = (code: number, args: string[], via: string[] = []) =>
  runToEnd([...via, binary, ...args, "--", "sh", "-c", `exit ${code}`]);
const codesIn = (text: string) => parseEvents(text).events.map(({ exit_code }) => exit_code);

describe("-o FILE", () => {
  test("file with content: appended to, and a line on stderr says so", async () => {
    using folder = temporaryFolder();
    const file = `${folder.path}/events`;
    const first = await traceExit(1, ["-j", "-o", file]);
    expect(first.stderr).not.toContain("Appending");
    const size = readFileSync(file).length;
    const second = await traceExit(2, ["-j", "-o", file]);
    expect(codesIn(readFileSync(file, "utf8"))).toEqual([1, 2]);
    expect(second.stderr).toMatch(/^Tracing [^\n]*\nAppending to /);
    expect(second.stderr).toContain(`Appending to ${file}, which has ${size} bytes; --truncate empties it first\n`);
    const quiet = await traceExit(3, ["-q", "-j", "-o", file]);
    expect(quiet.stderr).toBe("");
  });

  test.each(["table", "csv", "ecli"])("%s: one header, however often the file is appended to", async (format) => {
    using folder = temporaryFolder();
    const file = `${folder.path}/events`;
    for (const code of [1, 2, 3]) await traceExit(code, ["-f", format, "-o", file]);
    const lines = readFileSync(file, "utf8").trimEnd().split("\n");
    expect(lines).toHaveLength(4);
    expect(lines.filter((line) => /pid/i.test(line))).toEqual([lines[0]!]);
  });

  test("--truncate: empties the file, and writes a header", async () => {
    using folder = temporaryFolder();
    const file = `${folder.path}/events`;
    writeFileSync(file, "old\n");
    const { stderr } = await traceExit(1, ["-f", "csv", "--truncate", "-o", file]);
    expect(stderr).not.toContain("Appending");
    expect(readFileSync(file, "utf8")).toMatch(/^time,pid,[^\n]*\n[^\n]*\n$/);
  });

  test("--truncate of a tracer that cannot trace: the file keeps its content", async () => {
    using folder = temporaryFolder();
    const file = `${folder.path}/events`;
    writeFileSync(file, "old\n");
    const { status } = await runToEnd([binary, "--truncate", "-o", file, "-p", "4194303"]);
    expect(status).toBe(1);
    const { status: other } = await runToEnd([binary, "--truncate", "-o", file, "--btf", "/dev/null"]);
    expect(other).toBe(1);
    expect(readFileSync(file, "utf8")).toBe("old\n");
  });

  test("--truncate and a COMMAND that does not exist: the file keeps its content", async () => {
    using folder = temporaryFolder();
    const file = `${folder.path}/events`;
    writeFileSync(file, "old\n");
    const { status } = await runToEnd([binary, "--truncate", "-o", file, "--", "/nonexistent/command"]);
    expect(status).toBe(127);
    expect(readFileSync(file, "utf8")).toBe("old\n");
  });

  test("file that is emptied while it is open: no NUL bytes", async () => {
    using folder = temporaryFolder();
    const file = `${folder.path}/events`;
    const script = `sh -c 'exit 1'; for i in 1 2 3 4 5 6 7 8 9 10; do [ -s ${file} ] && break; sleep 0.1; done; : >${file}; exit 2`;
    await runToEnd([binary, "-j", "-o", file, "--", "sh", "-c", script]);
    const text = readFileSync(file, "utf8");
    expect(text).not.toContain("\0");
    expect(codesIn(text).at(-1)).toBe(2);
    expect(codesIn(text)).not.toContain(1);
  });

  test.each([
    ["/dev/stdout", `exec "$0" "$@" -o /dev/stdout --truncate -o "$X" -- false >>"$F"`],
    ["-", `exec "$0" "$@" -o - -- false >>"$F"`],
    ["/dev/fd/7", `exec "$0" "$@" -o /dev/fd/7 -- false 7>>"$F"`],
  ])("-o %s, opened for appending by the shell: keeps what is there", async (_, script) => {
    using folder = temporaryFolder();
    const [F, X] = [`${folder.path}/log`, `${folder.path}/other`];
    writeFileSync(F, "first\n");
    const { stderr } = await runToEnd(["sh", "-c", script, binary, "-j"], { env: { F, X } });
    expect(stderr).not.toContain("Appending");
    expect(readFileSync(F, "utf8")).toMatch(/^first\n\{"event":"exit",[^\n]*\}\n$/);
  });
});

test("-o FILE that another process opens and keeps open: one write waits at most two seconds, and nothing is lost", async () => {
  using folder = temporaryFolder();
  const file = `${folder.path}/events`;
  const tracer = await startService(["-j", "-o", file]);
  await exitInto(file, 1);
  const tail = Bun.spawn(["timeout", "20", "tail", "-f", file], { stdout: "ignore", stderr: "ignore" });
  await Bun.sleep(300);
  const begun = performance.now();
  await exitInto(file, 2);
  expect(performance.now() - begun).toBeWithin(1000, 8000);
  const again = performance.now();
  await exitInto(file, 3);
  expect(performance.now() - again).toBeLessThan(1500);
  // a file that every user can read is not waited for
  chmodSync(file, 0o644);
  const readers = ["-f", "-F"].map((option) =>
    Bun.spawn(["timeout", "20", "tail", option, file], { stdout: "ignore", stderr: "ignore" }),
  );
  await Bun.sleep(300);
  const readable = performance.now();
  await exitInto(file, 4);
  expect(performance.now() - readable).toBeLessThan(1500);
  for (const reader of [tail, ...readers]) reader.kill();
  const { stderr } = await tracer.end();
  expect(parseClosingLine(stderr)).toEqual({ seen: 4, lost: 0 });
});

describe("-o twice", () => {
  test("file and stdout: get the same bytes", async () => {
    using folder = temporaryFolder();
    const file = `${folder.path}/events`;
    const script = `${fixture("exit-statuses")} burst 200 >/dev/null`;
    const { stdout, stderr } = await runToEnd([binary, "-j", "-w", "-o", file, "-o", "-", "--", "sh", "-c", script]);
    expect(readFileSync(file, "utf8")).toBe(stdout);
    const { seen, lost } = parseClosingLine(stderr);
    expect({ seen, lost }).toEqual({ seen: parseEvents(stdout).events.length, lost: 0 });
    expect(seen).toBeGreaterThan(200);
  });

  test("file without space and stdout: the exits count as lost, and only the file lacks them", async () => {
    const script = `${fixture("exit-statuses")} burst 50 >/dev/null`;
    const result = await runToEnd([binary, "-j", "-o", "/dev/full", "-o", "-", "--", "sh", "-c", script]);
    expect(result.stderr).toContain("cannot write to /dev/full: no space left on device");
    const { events, lostLines } = parseEvents(result.stdout);
    expect({ written: events.length > 50, lostLines }).toEqual({ written: true, lostLines: 0 });
    expect(parseClosingLine(result.stderr)).toEqual({ seen: 0, lost: events.length });
  });

  test("reader that closes stdout: the trace goes on to the file", async () => {
    using folder = temporaryFolder();
    const file = `${folder.path}/events`;
    const script = `{ "$@" 2>${folder.path}/err; echo $? >${folder.path}/status; } | head -1`;
    const child = `${fixture("exit-statuses")} burst 20 >/dev/null; sleep 0.5; exit 7`;
    await runToEnd([...shell(script), binary, "-j", "-o", file, "-o", "-", "--", "sh", "-c", child]);
    expect(readFileSync(`${folder.path}/status`, "utf8")).toBe("7\n");
    expect(codesIn(readFileSync(file, "utf8")).at(-1)).toBe(7);
    const stderr = readFileSync(`${folder.path}/err`, "utf8");
    expect(stderr).toContain("the reader of standard output closed it; the trace goes on for the other outputs\n");
    expect(parseClosingLine(stderr).lost).toBe(0);
  });

  test.each([
    [["-o", "events", "-o", "events"], 2, /--output events is given twice; leave one out/],
    [["-o", "events", "-o", "./events"], 1, /--output is given twice with the same file; leave one out/],
    [["-o", "other", "-o", "events", "-o", "./events"], 1, /--output is given twice with the same file; leave one out/],
    [["-o", "-", "-o", "/dev/stdout"], 2, /--output \/dev\/stdout is given twice; leave one out/],
    [["--truncate"], 2, /--truncate needs a file to empty/],
    [["--truncate", "-o", "-"], 2, /--truncate needs a file to empty/],
  ])("options %j: refused with status %p", async (args, status, message) => {
    using folder = temporaryFolder();
    const result = await runToEnd([binary, ...args], { cwd: folder.path });
    expect(result).toMatchObject({ status, stdout: "" });
    expect(result.stderr).toMatch(message);
  });
});
