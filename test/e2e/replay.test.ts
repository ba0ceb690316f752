/** A recording of real exits, replayed as nobody, compared with what was live. */
import { describe, expect, test } from "bun:test";
import { appendFileSync, readFileSync, truncateSync } from "node:fs";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { type Filter, filters, listFilters, pidTargets, removingFilters } from "../support/filter-cases.ts";
import { FilterMatrix } from "../support/filter-matrix.ts";
import { record, setUpReplay as setUp } from "../support/live-recordings.ts";
import { Pipe } from "../support/pipe.ts";
import { parseClosingLine, parseEvents, runToEnd, temporaryFolder, Tracer } from "../support/tracer.ts";

describe("replay:", () => {
  test("a recording of -j -w: writes its bytes, plain, compressed and from stdin", async () => {
    using set = await setUp();
    const [recording] = await record(["-j", "-w"]);
    expect(parseEvents(recording!).events.length).toBeGreaterThan(10);
    const files = [
      set.write(recording!),
      set.write(gzipSync(recording!), `${set.file}.gz`),
      set.write(zstdCompressSync(recording!), `${set.file}.zst`),
    ];
    for (const file of files) {
      const { status, stdout, stderr } = await set.replay(["-j", "-w", file]);
      expect(stderr).toMatch(/^\d+ exits in [^\n]*, 0 lost\n$/);
      expect({ status, isSame: stdout === recording }).toEqual({ status: 0, isSame: true });
    }
    expect((await set.replay(["-j", "-w", "-"], recording)).stdout).toBe(recording!);
    expect((await set.replay(["-j", "-w", ...files])).stdout).toBe(recording!.repeat(3));
  });

  test("a recording beside live tracers of other formats: has their lines, apart from the times that each takes", async () => {
    using set = await setUp();
    const columns =
      "pid,ppid,exit_code,signal,comm,parent_comm,uid,user,killed_by,args,exe,cwd,cgroup,unit,tty,started_by";
    const options = [
      ["-C", columns],
      ["--csv", "-C", columns],
      ["-j", "-C", columns],
      ["-f", "table", "-C", `${columns},ancestors,sid,pgid,threads,ns_pid`],
    ];
    const [recording, ...live] = await record(["-j", "-w"], ...options);
    set.write(recording!);
    for (const [i, line] of options.entries()) {
      const { stdout } = await set.replay([...line, set.file]);
      expect(stdout).toBe(live[i]!);
    }
  });

  test("each filter of the kernel's tests: selects what the kernel selects", async () => {
    using set = await setUp();
    await using matrix = await FilterMatrix.start(0);
    const { members, cgroup, folder } = matrix;
    const targets = { ...pidTargets(members), cgroup, folder, age: "1h" };
    const isOfRecording = ({ args }: Filter) => args(targets)[0] !== "--tree" && !args(targets).includes("1h");
    const all = [...filters, ...listFilters, ...removingFilters].filter(isOfRecording);
    const tracer = await Tracer.start(["-j", "-w"]);
    await matrix.exitAll();
    const { stdout } = await tracer.end();
    set.write(stdout);
    for (const filter of all) {
      const { stdout: selected } = await set.replay(["-j", ...filter.args(targets), set.file]);
      const own = parseEvents(selected).events.filter(({ pid }) => members.some((member) => member.pid === pid));
      const expected = members.filter((member) => filter.matches(member, members)).map(({ pid }) => pid);
      expect({ filter: filter.name, found: own.map(({ pid }) => pid).toSorted() }).toEqual({
        filter: filter.name,
        found: expected.toSorted(),
      });
    }
  });

  test("a file that is cut and broken: has the other exits, counts the lines and ends with 0", async () => {
    using set = await setUp();
    const [recording] = await record(["-j"]);
    set.write(recording!);
    const count = parseEvents(recording!).events.length;
    truncateSync(set.file, recording!.length - 20);
    const cut = await set.replay(["-j", set.file]);
    expect(cut.status).toBe(0);
    expect(parseEvents(cut.stdout).events).toHaveLength(count - 1);
    expect(cut.stderr).toStartWith(
      `exitsnoop: 1 line left out: 1 is cut off (${set.file}:${count})\n${count - 1} exits in `,
    );
    appendFileSync(set.file, `\nhello\n${recording!}`);
    const broken = await set.replay(["-j", set.file]);
    expect(parseEvents(broken.stdout).events).toHaveLength(2 * count - 1);
    expect(broken.stderr).toStartWith("exitsnoop: 2 lines left out: 1 is not JSON ");
  });

  test("a file without any event, such as a table: the message names what replay reads", async () => {
    using set = await setUp();
    set.write("TIME PID PPID\n16:00:01 4242 1\n");
    const { status, stderr } = await set.replay([set.file]);
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr:
        `exitsnoop: 2 lines left out: 2 are not JSON (first: ${set.file}:1); ` +
        "exitsnoop replay reads what exitsnoop -j wrote\n0 exits in 0 s, 0 lost\n",
    });
  });

  test("a compressed file that is cut: has the exits before, and ends with 1 after the other files", async () => {
    using set = await setUp();
    const [recording] = await record(["-j"]);
    set.write(recording!);
    const lines = parseEvents(recording!).events.length;
    const zstd = zstdCompressSync(recording!);
    for (const cut of [gzipSync(recording!).subarray(0, -6), Buffer.concat([zstd, zstd.subarray(0, -6)])]) {
      const name = set.write(cut, `${set.file}.cut`);
      const { status, stdout, stderr } = await set.replay(["-j", name, set.file]);
      expect(status).toBe(1);
      expect(parseEvents(stdout).events).toHaveLength(2 * lines);
      expect(stderr).toStartWith(
        `exitsnoop: cannot read the rest of ${name}: unexpected end of file; the exits in it are missing\n`,
      );
    }
  });

  test("a file that is the output as well: is refused, and stays as it is", async () => {
    using set = await setUp();
    set.write('{"event":"other"}\n');
    for (const script of [
      '"$0" replay -j "$1" >> "$1"',
      '"$0" replay -j - < "$1" >> "$1"',
      '"$0" replay -j -o "$1" "$1"',
    ]) {
      const { status, stderr } = await runToEnd(["sh", "-c", script, set.copy.binary, set.file]);
      expect({ status, stderr }).toEqual({
        status: 1,
        stderr: expect.stringMatching(
          / is read, and is the output as well \(.*\); name another file for one of them\n$/,
        ),
      });
      expect(readFileSync(set.file, "utf8")).toBe('{"event":"other"}\n');
    }
  });

  test("a stream: writes each exit as it comes, and ends with 0 at SIGINT", async () => {
    using set = await setUp();
    const [recording] = await record(["-j"]);
    const child = Bun.spawn([set.copy.binary, "replay", "-j", "-"], { stdin: "pipe", stdout: "pipe", stderr: "pipe" });
    child.stdin.write(`${recording!.split("\n")[0]!}\n`);
    await child.stdin.flush();
    const { value } = await child.stdout.getReader().read();
    expect(new TextDecoder().decode(value)).toBe(`${recording!.split("\n")[0]!}\n`);
    child.kill("SIGINT");
    expect(await child.exited).toBe(0);
    expect(await child.stderr.text()).toBe("1 exit in 0 s, 0 lost\n");
  });

  test("standard output is a file: it is written without the native core", async () => {
    using set = await setUp();
    const [recording] = await record(["-j"]);
    const child = Bun.spawn([set.copy.binary, "replay", "-j", "-"], { stdin: "pipe", stdout: Bun.file(set.file) });
    child.stdin.write(recording!);
    await child.stdin.flush();
    while (readFileSync(set.file, "utf8") !== recording) await Bun.sleep(10);
    expect(readFileSync(`/proc/${child.pid}/maps`, "utf8")).not.toContain("memfd:exitsnoop");
    await child.stdin.end();
    expect(await child.exited).toBe(0);
  });

  test("a pipe, without a file that the native core could be loaded from: has the same bytes", async () => {
    using set = await setUp();
    const [recording] = await record(["-j"]);
    set.write(recording!);
    const command = ["sh", "-c", 'ulimit -f 0; exec "$0" replay -j "$1"', set.copy.binary, set.file];
    expect(await runToEnd(command)).toMatchObject({ status: 0, stdout: recording! });
  });

  test("a full disk: ends with 1, and the exits count as lost", async () => {
    using set = await setUp();
    const [recording] = await record(["-j"]);
    set.write(recording!);
    const { status, stderr } = await runToEnd(["sh", "-c", '"$0" replay "$1" > /dev/full', set.copy.binary, set.file]);
    const count = parseEvents(recording!).events.length;
    expect({ status, last: stderr.split("\n").at(-2) }).toEqual({
      status: 1,
      last: expect.stringMatching(new RegExp(`^0 exits in .*, ${count} lost$`)),
    });
  });

  test("a pipe whose reader goes away: ends with 0", async () => {
    using set = await setUp();
    const [recording] = await record(["-j"]);
    set.write(recording!.repeat(20_000));
    const { status, stdout } = await runToEnd([
      "bash",
      "-o",
      "pipefail",
      "-c",
      `"$0" replay "$1" | head -n 2`,
      set.copy.binary,
      set.file,
    ]);
    expect({ status, lines: stdout.split("\n").length }).toEqual({ status: 0, lines: 3 });
  });

  test.each(["SIGINT", "SIGTERM"] as const)(
    "a pipe whose reader has stopped, %s: ends with 0, and counts as lost what was not read",
    async (signal) => {
      using set = await setUp();
      using folder = temporaryFolder();
      using pipe = new Pipe(folder.path);
      const [recording] = await record(["-j"]);
      set.write(recording!.repeat(1000));
      const command = [set.copy.binary, "replay", "-j", set.file];
      const child = Bun.spawn(command, { stdout: Bun.file(pipe.path), stderr: "pipe" });
      await Bun.sleep(1000);
      child.kill(signal);
      const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
      expect(await child.exited).toBe(0);
      clearTimeout(timer);
      const text = await pipe.readToEnd();
      const { seen, lost } = parseClosingLine(await child.stderr.text());
      expect(seen).toBe(text.slice(0, text.lastIndexOf("\n")).split("\n").length);
      expect(lost).toBeGreaterThan(0);
    },
  );

  test.each([
    [["nowhere"], 1, "exitsnoop: cannot read nowhere: no such file or directory\n"],
    [
      ["/proc"],
      1,
      "exitsnoop: cannot read /proc: it is a directory without segments of --keep; name the files in it\n",
    ],
    [[], 2, "exitsnoop: exitsnoop replay needs FILE..., as in: exitsnoop replay exits.jsonl"],
    [
      ["--ring-size", "8M", "x"],
      2,
      "exitsnoop: --ring-size is for a trace, and replay reads what was recorded; leave it out\n",
    ],
    [["x", "--", "ls"], 2, "exitsnoop: exitsnoop replay takes nothing after --; leave it out\n"],
    [["--since", "soon", "x"], 2, "exitsnoop: --since soon: not a time; examples: "],
    [["--since", "now", "--until", "-1h", "x"], 2, "exitsnoop: --since is after --until, so no exit can match"],
  ])("%p: is refused with status %i", async (args, status, message) => {
    using set = await setUp();
    const result = await set.replay(args);
    expect({ status: result.status, stdout: result.stdout }).toEqual({ status, stdout: "" });
    expect(result.stderr).toStartWith(message);
  });
});
