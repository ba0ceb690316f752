/** The directory of --keep: which files in it are removed, and which directories are refused. */
import { describe, expect, test } from "bun:test";
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { copyAsNobody, executableCopy, NOBODY } from "../support/privileged.ts";
import { exitWith, REOPEN_USER, startService, until } from "../support/reopening.ts";
import {
  countedBurst,
  exitsIn,
  MIB,
  runBriefly,
  segmentDirectory,
  segmentName,
  segmentsIn,
} from "../support/segments.ts";
import { binary, parseClosingLine, runToEnd, Tracer } from "../support/tracer.ts";

describe("other files in the directory of segments", () => {
  test("files, links and directories of any name: none is changed or removed", async () => {
    using folder = segmentDirectory();
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
    const tracer = await startService(["-j", "-w", "-o", directory, "--keep", "4M,1h", "--ring-size", "16M"]);
    for (let i = 0; i < 8; i++) await countedBurst(1000);
    await tracer.end();
    for (const [name, mtimeMs] of before) expect(lstatSync(`${directory}/${name}`).mtimeMs).toBe(mtimeMs as number);
    for (const name of files) expect(readFileSync(`${directory}/${name}`, "utf8")).toBe(content);
    expect(readFileSync(`${path}/target`, "utf8")).toBe(content);
    expect(existsSync(`${path}/nothing`)).toBeFalse();
    // the first free number after all of them
    expect(segmentsIn(directory).at(-1)! > segmentName(8)).toBeTrue();
  });

  test("link that is planted with the next segment's name: is not followed, and that number is skipped", async () => {
    using folder = segmentDirectory();
    const { directory, path } = folder;
    writeFileSync(`${path}/target`, "");
    const tracer = await startService(["-j", "-w", "-o", directory, "--keep", "16M", "--ring-size", "16M"]);
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

  test("segments that leave no room for a new one: the oldest by number are removed, whatever their times", async () => {
    using folder = segmentDirectory();
    // a clock that was set back: the newest segments have the oldest times
    write(folder.directory, [0, 1, 2, 3, 4, 5, 6]);
    expect((await runBriefly(folder.directory, "4M")).status).toBe(0);
    expect(numbersIn(folder.directory)).toEqual([5, 6, 7, 8]);
  });

  test("segments older than the time: are removed; one whose time is in the future stays", async () => {
    using folder = segmentDirectory();
    write(folder.directory, [10, -3, 6, 8, 1]);
    expect((await runBriefly(folder.directory, "7d")).status).toBe(0);
    expect(numbersIn(folder.directory)).toEqual([2, 3, 5, 6]);
  });

  test("segments that become too old while no process exits: are removed", async () => {
    using folder = segmentDirectory();
    write(folder.directory, [0, 0]);
    const tracer = await startService(["-j", "-o", folder.directory, "--keep", "10s"]);
    expect(numbersIn(folder.directory)).toEqual([1, 2, 3]);
    const old = new Date(Date.now() - 11_000);
    utimesSync(`${folder.directory}/${segmentName(1)}`, old, old);
    await until(() => !numbersIn(folder.directory).includes(1));
    expect(numbersIn(folder.directory)).toEqual([2, 3]);
    await tracer.end();
  });

  test("more than 10,000 segments: the oldest are removed, in whatever order the directory lists them", async () => {
    using folder = segmentDirectory();
    const count = 21_000;
    // 7919 is a prime, so that each number comes once
    for (let i = 0; i < count; i++) {
      writeFileSync(`${folder.directory}/${segmentName(((i * 7919) % count) + 1)}`, "\n");
    }
    expect((await runBriefly(folder.directory, "365d")).status).toBe(0);
    const numbers = numbersIn(folder.directory);
    expect({ count: numbers.length, first: numbers[0], last: numbers.at(-1) }).toEqual({
      count: 10_000,
      first: count - 9998,
      last: count + 1,
    });
  });

  test("empty segments: are removed, so that restarts leave no files", async () => {
    using folder = segmentDirectory();
    for (let i = 0; i < 3; i++) await runBriefly(folder.directory, "16M");
    expect(segmentsIn(folder.directory).length).toBe(1);
  });

  test("segment with the highest number: a message says so", async () => {
    using folder = segmentDirectory();
    writeFileSync(`${folder.directory}/${segmentName(9_999_999_999)}`, "\n");
    const { status, stderr } = await runBriefly(folder.directory, "16M");
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: `exitsnoop: cannot keep exits in ${folder.directory}: its numbers are used up; name another directory\n`,
    });
  });
});

describe("directory of segments:", () => {
  test("directory that another exitsnoop uses: is refused, until that one ends or is killed", async () => {
    using folder = segmentDirectory();
    const { directory } = folder;
    const tracer = await startService(["-j", "-o", directory, "--keep", "16M"]);
    const before = readdirSync(directory);
    expect(await runBriefly(directory, "16M")).toMatchObject({
      status: 1,
      stderr: `exitsnoop: cannot keep exits in ${directory}: another exitsnoop keeps exits there; name another directory\n`,
    });
    expect(readdirSync(directory)).toEqual(before);
    tracer.process.kill("SIGKILL");
    await tracer.process.exited;
    expect((await runBriefly(directory, "16M")).status).toBe(0);
  });

  test("directory of an exitsnoop that a descendant of COMMAND outlives: is free once exitsnoop has ended", async () => {
    using folder = segmentDirectory();
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
      "it is not a directory, which --keep needs",
    ],
  ])("directory that %s: is refused, and nothing is created", async (_, prepare, reason) => {
    using folder = segmentDirectory();
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
    ["a directory", (lock) => mkdirSync(lock), "is not a regular file"],
  ])("directory whose lock file is %s: is refused", async (_, plant, reason) => {
    using folder = segmentDirectory();
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

  test("directory behind a symbolic link, as systemd makes it for DynamicUser: is used", async () => {
    using folder = segmentDirectory();
    symlinkSync("kept", `${folder.path}/link`);
    expect((await runBriefly(`${folder.path}/link`, "16M")).status).toBe(0);
    expect(segmentsIn(folder.directory).length).toBe(1);
  });

  test("directory of a user with CAP_BPF and CAP_PERFMON, as of the service: is used, also for further segments", async () => {
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

  test("directory of the user who called sudo: is used, also for further segments", async () => {
    using folder = segmentDirectory();
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

  test("directory that is removed meanwhile: ends the trace with a reason", async () => {
    using folder = segmentDirectory();
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
