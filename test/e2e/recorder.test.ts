/** --keep: exits are kept in segments of a directory, and the oldest are removed. */
import { describe, expect, test } from "bun:test";
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  statSync,
  existsSync,
  chownSync,
  rmdirSync,
} from "node:fs";
import { copyAsNobody, executableCopy, NOBODY } from "../support/privileged.ts";
import { exitWith, REOPEN_USER, startService, until } from "../support/reopening.ts";
import { type Burst, bytesIn, countedBurst, exitsIn, MIB, segmentName, segmentsIn } from "../support/segments.ts";
import {
  binary,
  fixture,
  parseClosingLine,
  parseEvents,
  runToEnd,
  shell,
  temporaryFolder,
  Tracer,
} from "../support/tracer.ts";

/** A filter that selects no exit: the test process outlives the tracer. */
const selectsNone = ["-p", String(process.pid)];

/** A directory for segments, of root's own. */
function recording() {
  const folder = temporaryFolder();
  const directory = `${folder.path}/kept`;
  mkdirSync(directory, { mode: 0o700 });
  return { directory, path: folder.path, [Symbol.dispose]: () => folder[Symbol.dispose]() };
}

/** Runs a trace without exits in a directory, which removes old segments at its start. */
function runBriefly(directory: string, keep: string, args: string[] = ["-j"]) {
  return runToEnd([binary, ...args, ...selectsNone, "--for", "200ms", "-o", directory, "--keep", keep]);
}

const replay = (...args: string[]) => runToEnd([binary, "replay", ...args]);

describe("many exits", () => {
  test("over several segments: none is lost, compared with wait4(), and replay reads the directory", async () => {
    using folder = recording();
    const { directory } = folder;
    const tracer = await startService(["-j", "-w", "-o", directory, "--keep", "100M"]);
    const bursts: Burst[] = [];
    for (let i = 0; i < 10; i++) bursts.push(await countedBurst(1000));
    await runToEnd([...shell(`kill -HUP ${tracer.process.pid}`)]);
    for (let i = 0; i < 10; i++) bursts.push(await countedBurst(1000));
    const { status, stderr } = await tracer.end();
    const exits = exitsIn(directory);
    expect({ status, ...parseClosingLine(stderr) }).toEqual({ status: 0, seen: exits.length, lost: 0 });
    expect(exits.length).toBe(20 * 1001);
    for (const { died, parent } of bursts) {
      const children = exits.filter(({ ppid }) => ppid === parent);
      expect(children.length).toBe(died);
      const codes = children.map(({ exit_code }) => exit_code);
      expect(codes).toEqual(Array.from({ length: died }, (_, i) => i & 0xff));
    }
    const names = segmentsIn(directory);
    expect(names.length).toBeGreaterThan(3);
    for (const name of names) {
      const { mode, size } = statSync(`${directory}/${name}`);
      expect({ mode, fits: size <= 6.25 * MIB }).toEqual({ mode: 0o100600, fits: true });
    }
    const all = await replay(directory, "-C", "pid", "--no-header");
    expect(all.stdout.trimEnd().split("\n").length).toBe(exits.length);
    const one = await replay(`${directory}/${names[1]}`, "-j");
    expect(one.stderr).not.toContain("left out");
    expect(parseEvents(one.stdout).events.length).toBeGreaterThan(100);
  });

  test("beyond the limit: the oldest segments are removed, the bound holds, the newest exits are there", async () => {
    using folder = recording();
    const { directory } = folder;
    const tracer = await startService(["-j", "-w", "-o", directory, "--keep", "4M"]);
    let most = 0;
    let last: Burst = { died: 0, parent: 0 };
    for (let i = 0; i < 12; i++) {
      last = await countedBurst(1000);
      most = Math.max(most, bytesIn(directory));
    }
    const { stderr } = await tracer.end();
    expect(parseClosingLine(stderr)).toEqual({ seen: 12 * 1001, lost: 0 });
    most = Math.max(most, bytesIn(directory));
    expect(most).toBeGreaterThan(2 * MIB);
    expect(most).toBeLessThanOrEqual(4 * MIB);
    expect(segmentsIn(directory)).not.toContain(segmentName(1));
    const exits = exitsIn(directory);
    expect(exits.filter(({ ppid }) => ppid === last.parent).length).toBe(last.died);
    // what is left is the end, without a gap
    const { stdout } = await replay(directory, "-j");
    expect(parseEvents(stdout).events.length).toBe(exits.length);
  });

  test.each([
    ["csv", ".csv", /^time,pid,/],
    ["table", ".txt", /^TIME +PID /],
  ])("as %s: each segment begins with the header, and ends with a line", async (format, end, header) => {
    using folder = recording();
    const { directory } = folder;
    const tracer = await startService(["-f", format, "-w", "-o", directory, "--keep", "16M"]);
    for (let i = 0; i < 8; i++) await countedBurst(1000);
    const { stderr } = await tracer.end();
    const texts = segmentsIn(directory).map((name) => readFileSync(`${directory}/${name}`, "utf8"));
    expect(texts.length).toBeGreaterThan(1);
    let lines = 0;
    for (const text of texts) {
      expect(text).toMatch(header);
      expect(text).toEndWith("\n");
      lines += text.split("\n").length - 2;
    }
    expect(parseClosingLine(stderr)).toEqual({ seen: lines, lost: 0 });
    expect(segmentsIn(directory).every((name) => name.endsWith(end))).toBeTrue();
  });
});

describe("a tracer that is killed", () => {
  test("while exits come: the next one goes on in a new segment, and replay names the line that was cut", async () => {
    using folder = recording();
    const { directory } = folder;
    const args = ["-j", "-w", "-o", directory, "--keep", "64M"];
    const first = await startService(args);
    const bursts = Promise.all([countedBurst(2000), countedBurst(2000)]);
    await until(() => bytesIn(directory) > 200_000);
    first.process.kill("SIGKILL");
    await first.process.exited;
    await bursts;
    const before = segmentsIn(directory);
    const newest = `${directory}/${before.at(-1)!}`;
    // a write is seldom interrupted within a line; a loss of power does this
    truncateSync(newest, statSync(newest).size - 20);
    const cut = readFileSync(newest);
    const second = await startService(args);
    await exitWith(77);
    await second.end();
    expect(readFileSync(newest).equals(cut)).toBeTrue();
    expect(segmentsIn(directory).length).toBe(before.length + 1);
    const whole = cut.toString().split("\n").length - 1;
    const { status, stdout, stderr } = await replay(directory, "-j");
    expect(status).toBe(0);
    expect(stderr).toContain(`1 line left out: 1 is cut off (${newest}:${whole + 1})\n`);
    const { events } = parseEvents(stdout);
    expect(events.at(-1)!.exit_code).toBe(77);
    expect(events.length).toBeGreaterThan(whole);
  });

  test("within a line that a full disk has cut: the line stays cut, and later exits are whole", async () => {
    using folder = temporaryFolder();
    const tracer = `setsid "$@" -j -w -u ${REOPEN_USER} -o kept --keep 64M`;
    const burst = `setpriv --reuid=${REOPEN_USER} --clear-groups ${fixture("exit-statuses")} burst 300 >/dev/null`;
    const script = `mount -t tmpfs -o size=400k tmpfs . && cd . && mkdir -m 700 kept && dd if=/dev/zero of=other bs=1k count=200 2>/dev/null
      ${tracer} 2>/dev/shm/$$ & pid=$!; until grep -q ^Tracing /dev/shm/$$; do sleep 0.1; done; ${burst}; sleep 1
      kill -KILL $pid; wait $pid; rm other; tail -c 1 kept/*1.jsonl | od -An -c
      ${tracer} --count 1 2>/dev/shm/$$ & pid=$!; until grep -q ^Tracing /dev/shm/$$; do sleep 0.1; done
      setpriv --reuid=${REOPEN_USER} --clear-groups sh -c 'exit 7'; wait $pid; ls kept; "$@" replay kept -C exit_code --no-header; rm /dev/shm/$$`;
    const { stdout, stderr } = await runToEnd(["unshare", "--mount", ...shell(script), binary], { cwd: folder.path });
    const [end, one, two, ...codes] = stdout.split("\n").map((text) => text.trim());
    expect({ end, one, two }).not.toMatchObject({ end: "\\n" });
    expect([one, two]).toEqual([segmentName(1), segmentName(2)]);
    expect(codes.filter(Boolean).at(-1)).toMatch(/^7/);
    expect(stderr).toMatch(/1 line left out: 1 is cut off \(kept\/exits-0000000001.jsonl:\d+\)/);
  });
});

test("a disk that fills up: exits are counted as lost, lines are whole, and a line has the number", async () => {
  using folder = temporaryFolder();
  const burst = `setpriv --reuid=${REOPEN_USER} --clear-groups ${fixture("exit-statuses")} burst 500 >/dev/null`;
  const script = `mount -t tmpfs -o size=8m tmpfs . && cd . && mkdir -m 700 kept && dd if=/dev/zero of=other bs=1k count=6000 2>/dev/null
    setsid "$@" -j -w -u ${REOPEN_USER} --ring-size 16M -o kept --keep 16M 2>/dev/shm/$$ & pid=$!; until grep -q ^Tracing /dev/shm/$$; do sleep 0.1; done
    for i in 1 2 3 4 5 6; do ${burst}; sleep 0.3; done; rm other; for i in 1 2; do ${burst}; sleep 1.5; done; kill -INT $pid; wait $pid; cat kept/*.jsonl; cat /dev/shm/$$ >&2; rm /dev/shm/$$`;
  const { stdout, stderr } = await runToEnd(["unshare", "--mount", ...shell(script), binary], { cwd: folder.path });
  expect(stderr).toMatch(/cannot write to kept: no space left on device; /);
  expect(stderr).toMatch(/kept can be written again; \d+ exits were lost/);
  const { events, lostLines } = parseEvents(stdout);
  expect(stdout).toEndWith("}\n");
  expect(parseClosingLine(stderr)).toEqual({ seen: events.length, lost: lostLines });
  expect(events.length + lostLines).toBe(8 * 501);
  expect(lostLines).toBeGreaterThan(500);
});

describe("other files in the directory", () => {
  test("whatever their names and kinds: none is changed or removed", async () => {
    using folder = recording();
    const { directory, path } = folder;
    const content = "not ours\n";
    writeFileSync(`${path}/target`, content);
    const files = [
      "notes.txt",
      "exits.jsonl",
      "exits-1.jsonl",
      `${segmentName(1)}.gz`,
      `x${segmentName(2)}`,
      "exits-0000000003.json",
      "exits-00000000030.jsonl",
    ];
    for (const name of files) writeFileSync(`${directory}/${name}`, content);
    symlinkSync(`${path}/target`, `${directory}/${segmentName(4)}`);
    symlinkSync(`${path}/nothing`, `${directory}/${segmentName(5)}`);
    mkdirSync(`${directory}/${segmentName(6)}`);
    await runToEnd(["mkfifo", `${directory}/${segmentName(7)}`]);
    const long = new Date("2001-01-01");
    for (const name of files) utimesSync(`${directory}/${name}`, long, long);
    const before = readdirSync(directory).map((name) => [name, lstatSync(`${directory}/${name}`).mtimeMs]);
    const tracer = await startService(["-j", "-w", "-o", directory, "--keep", "4M,1h"]);
    for (let i = 0; i < 8; i++) await countedBurst(1000);
    await tracer.end();
    for (const [name, mtimeMs] of before) expect(lstatSync(`${directory}/${name}`).mtimeMs).toBe(mtimeMs as number);
    for (const name of files) expect(readFileSync(`${directory}/${name}`, "utf8")).toBe(content);
    expect(readFileSync(`${path}/target`, "utf8")).toBe(content);
    expect(existsSync(`${path}/nothing`)).toBeFalse();
    // the first free number after all of them
    expect(segmentsIn(directory).at(-1)! > segmentName(8)).toBeTrue();
  });

  test("a link that is planted with the next segment's name: is not followed, and that number is skipped", async () => {
    using folder = recording();
    const { directory, path } = folder;
    writeFileSync(`${path}/target`, "");
    const tracer = await startService(["-j", "-w", "-o", directory, "--keep", "16M"]);
    symlinkSync(`${path}/target`, `${directory}/${segmentName(2)}`);
    symlinkSync(`${path}/new`, `${directory}/${segmentName(3)}`);
    for (let i = 0; i < 3; i++) await countedBurst(1000);
    const { stderr } = await tracer.end();
    expect(parseClosingLine(stderr)).toEqual({ seen: 3003, lost: 0 });
    expect(readFileSync(`${path}/target`, "utf8")).toBe("");
    expect(existsSync(`${path}/new`)).toBeFalse();
    expect(segmentsIn(directory)).toContain(segmentName(4));
    expect(exitsIn(directory).length).toBe(3003);
  });
});

describe("segments of an earlier run", () => {
  /** Writes segments of 1 MiB, the last one first, with these ages in days. */
  function write(directory: string, ages: readonly number[]): void {
    for (const [i, age] of ages.entries()) {
      const file = `${directory}/${segmentName(i + 1)}`;
      writeFileSync(file, Buffer.alloc(MIB, "\n"));
      const time = new Date(Date.now() - age * 86_400_000);
      utimesSync(file, time, time);
    }
  }
  const numbersIn = (directory: string) => segmentsIn(directory).map((name) => Number(name.slice(6, 16)));

  test("that leave no room for a new one: the oldest by number are removed, whatever their times", async () => {
    using folder = recording();
    // a clock that was set back: the newest segments have the oldest times
    write(folder.directory, [0, 1, 2, 3, 4, 5, 6]);
    expect((await runBriefly(folder.directory, "4M")).status).toBe(0);
    expect(numbersIn(folder.directory)).toEqual([5, 6, 7, 8]);
  });

  test("that are older than the time: are removed; one whose time is in the future stays", async () => {
    using folder = recording();
    write(folder.directory, [10, -3, 6, 8, 1]);
    expect((await runBriefly(folder.directory, "7d")).status).toBe(0);
    expect(numbersIn(folder.directory)).toEqual([2, 3, 5, 6]);
  });

  test("that become too old while no process exits: are removed", async () => {
    using folder = recording();
    write(folder.directory, [0, 0]);
    const tracer = await startService(["-j", "-o", folder.directory, "--keep", "10s"]);
    expect(numbersIn(folder.directory)).toEqual([1, 2, 3]);
    const old = new Date(Date.now() - 11_000);
    utimesSync(`${folder.directory}/${segmentName(1)}`, old, old);
    await until(() => !numbersIn(folder.directory).includes(1));
    expect(numbersIn(folder.directory)).toEqual([2, 3]);
    await tracer.end();
  });

  test("that are empty: are removed, so that restarts leave no files", async () => {
    using folder = recording();
    for (let i = 0; i < 3; i++) await runBriefly(folder.directory, "16M");
    expect(segmentsIn(folder.directory).length).toBe(1);
  });

  test("with the highest number: a message says so", async () => {
    using folder = recording();
    writeFileSync(`${folder.directory}/${segmentName(9_999_999_999)}`, "\n");
    const { status, stderr } = await runBriefly(folder.directory, "16M");
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: `exitsnoop: cannot keep exits in ${folder.directory}: its numbers are used up; name another directory\n`,
    });
  });
});

test("SIGHUP: begins a segment if the present one has exits", async () => {
  using folder = recording();
  const { directory } = folder;
  const tracer = await startService(["-j", "-o", directory, "--keep", "16M"]);
  for (const code of [1, 2]) {
    await exitWith(code);
    await until(() => exitsIn(directory).some(({ exit_code }) => exit_code === code));
    tracer.process.kill("SIGHUP");
    await until(() => segmentsIn(directory).length === code + 1);
    tracer.process.kill("SIGHUP");
    await Bun.sleep(300);
  }
  await exitWith(3);
  await tracer.end();
  const codes = segmentsIn(directory).map(
    (name) => parseEvents(readFileSync(`${directory}/${name}`, "utf8")).events.map(({ exit_code }) => exit_code)[0],
  );
  expect(codes).toEqual([1, 2, 3]);
});

describe("a directory", () => {
  test("that another exitsnoop uses: is refused, until that one ends or is killed", async () => {
    using folder = recording();
    const { directory } = folder;
    const tracer = await startService(["-j", "-o", directory, "--keep", "16M"]);
    const before = readdirSync(directory);
    expect(await runBriefly(directory, "16M")).toMatchObject({
      status: 1,
      stderr: `exitsnoop: cannot keep exits in ${directory}: another exitsnoop does; name another directory\n`,
    });
    expect(readdirSync(directory)).toEqual(before);
    tracer.process.kill("SIGKILL");
    await tracer.process.exited;
    expect((await runBriefly(directory, "16M")).status).toBe(0);
  });

  test("that a COMMAND outlives: is free once exitsnoop has ended", async () => {
    using folder = recording();
    const { directory } = folder;
    const command = ["sh", "-c", "sleep 5 >/dev/null 2>&1 & exit 0"];
    const args = ["-j", "-o", directory, "--keep", "16M", "--no-wait", "--", ...command];
    expect((await runToEnd([binary, ...args])).status).toBe(0);
    expect((await runBriefly(directory, "16M")).status).toBe(0);
  });

  const others = "other users may write to it; name a directory to which only you can write (chmod go-w)";
  test.each<[what: string, prepare: (directory: string) => void, reason: string]>([
    ["every user may write to", (directory) => chmodSync(directory, 0o1777), others],
    ["its group may write to", (directory) => chmodSync(directory, 0o770), others],
    ["another user owns", (directory) => chownSync(directory, 4321, 0), others],
    ["does not exist", (directory) => rmdirSync(directory), "there is no such directory; create it with mkdir -m 700"],
    [
      "is a file",
      (directory) => {
        rmdirSync(directory);
        writeFileSync(directory, "");
      },
      "it is no directory, which --keep needs",
    ],
  ])("that %s: is refused, and nothing is created", async (_, prepare, reason) => {
    using folder = recording();
    const { directory } = folder;
    prepare(directory);
    const { status, stderr } = await runBriefly(directory, "16M");
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: `exitsnoop: cannot keep exits in ${directory}: ${reason}\n`,
    });
    if (existsSync(directory) && statSync(directory).isDirectory()) expect(readdirSync(directory)).toEqual([]);
  });

  test.each<[what: string, plant: (lock: string, target: string) => void, reason: string]>([
    ["a symbolic link", (lock, target) => symlinkSync(target, lock), "is a symbolic link"],
    ["a hard link", (lock, target) => linkSync(target, lock), "has several hard links"],
    ["a directory", (lock) => mkdirSync(lock), "is no regular file"],
  ])("whose lock file is %s: is refused", async (_, plant, reason) => {
    using folder = recording();
    const { directory, path } = folder;
    const lock = `${directory}/.exitsnoop.lock`;
    writeFileSync(`${path}/target`, "");
    plant(lock, `${path}/target`);
    const { status, stderr } = await runBriefly(directory, "16M");
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: `exitsnoop: cannot keep exits in ${directory}: ${lock} ${reason}; name another directory with --output\n`,
    });
  });

  test("behind a symbolic link, as systemd makes it for DynamicUser: is used", async () => {
    using folder = recording();
    symlinkSync("kept", `${folder.path}/link`);
    expect((await runBriefly(`${folder.path}/link`, "16M")).status).toBe(0);
    expect(segmentsIn(folder.directory).length).toBe(1);
  });

  test("of a user with CAP_BPF and CAP_PERFMON, as of the service: is used, also for further segments", async () => {
    using copy = executableCopy();
    const directory = `${copy.path}/kept`;
    mkdirSync(directory, { mode: 0o700 });
    chownSync(directory, NOBODY, NOBODY);
    const via = ["setsid", ...copyAsNobody(copy.binary, ["bpf", "perfmon"])];
    const tracer = await Tracer.start(["-u", `${REOPEN_USER}`, "-jw", "-o", directory, "--keep", "200M,7d"], { via });
    for (let segment = 1; segment < 4; segment++) {
      await exitWith(segment);
      await until(() => exitsIn(directory).length === segment);
      tracer.process.kill("SIGHUP");
      await until(() => segmentsIn(directory).length === segment + 1);
    }
    expect((await tracer.end()).status).toBe(0);
    expect(statSync(`${directory}/${segmentName(3)}`)).toMatchObject({ uid: NOBODY, mode: 0o100600 });
  });

  test("of the user who called sudo: is used, also for further segments", async () => {
    using folder = recording();
    const { directory, path } = folder;
    chmodSync(path, 0o755);
    chownSync(directory, 4321, 4321);
    const tracer = await startService(["-j", "-o", directory, "--keep", "16M"], ["env", "SUDO_UID=4321"]);
    await exitWith(1);
    await until(() => exitsIn(directory).length === 1);
    tracer.process.kill("SIGHUP");
    await until(() => segmentsIn(directory).length === 2);
    expect((await tracer.end()).status).toBe(0);
  });

  test("that is removed meanwhile: ends the trace with a reason", async () => {
    using folder = recording();
    const { directory } = folder;
    const tracer = await startService(["-j", "-o", directory, "--keep", "16M"]);
    await exitWith(1);
    await until(() => exitsIn(directory).length === 1);
    await runToEnd(["rm", "-r", directory]);
    tracer.process.kill("SIGHUP");
    const { status, stderr } = await tracer.end(null);
    expect(status).toBe(1);
    expect(stderr).toContain(`exitsnoop: cannot write to ${directory}: no such file or directory\n`);
  });
});
