/** --keep: exits are kept in segments. None is lost if the tracer is killed or the disk is full. */
import { describe, expect, test } from "bun:test";
import { readFileSync, statSync, truncateSync } from "node:fs";
import { exitWith, REOPEN_USER, startService, until } from "../support/reopening.ts";
import {
  type Burst,
  bytesIn,
  countedBurst,
  exitsIn,
  MIB,
  segmentDirectory,
  segmentName,
  segmentsIn,
} from "../support/segments.ts";
import { binary, fixture, parseClosingLine, parseEvents, runToEnd, shell, temporaryFolder } from "../support/tracer.ts";

/** Room for all exits of a test: a busy machine may not run the tracer meanwhile. */
const RING = ["--ring-size", "64M"];

const replay = (...args: string[]) => runToEnd([binary, "replay", ...args]);

describe("many exits", () => {
  test("exits over several segments: none is lost, compared with wait4(), and replay reads the directory", async () => {
    using folder = segmentDirectory();
    const { directory } = folder;
    const tracer = await startService(["-j", "-w", "-o", directory, "--keep", "100M", ...RING]);
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

  test("exits beyond the limit: the oldest segments are removed, the bound holds, the newest exits are there", async () => {
    using folder = segmentDirectory();
    const { directory } = folder;
    const tracer = await startService(["-j", "-w", "-o", directory, "--keep", "4M", ...RING]);
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
  ])("format %s: each segment begins with the header, and ends with a line", async (format, end, header) => {
    using folder = segmentDirectory();
    const { directory } = folder;
    const tracer = await startService(["-f", format, "-w", "-o", directory, "--keep", "16M", ...RING]);
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

describe("tracer that is killed", () => {
  test("tracer that is killed while exits come: the next one goes on in a new segment, and replay names the line that was cut", async () => {
    using folder = segmentDirectory();
    const { directory } = folder;
    const args = ["-j", "-w", "-o", directory, "--keep", "64M", ...RING];
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

  test("tracer that is killed within a line that a full disk has cut: the line stays cut, and later exits are whole", async () => {
    using folder = temporaryFolder();
    const tracer = `setsid "$@" -j -w -u ${REOPEN_USER} -o kept --keep 64M`;
    const burst = `setpriv --reuid=${REOPEN_USER} --clear-groups ${fixture("exit-statuses")} burst 300 >/dev/null`;
    const script = `mount -t tmpfs -o size=400k tmpfs . && cd . && mkdir -m 700 kept && dd if=/dev/zero of=other bs=1k count=200 2>/dev/null
      ${tracer} 2>/dev/shm/$$ & pid=$!; until grep -q ^Tracing /dev/shm/$$; do sleep 0.1; done; ${burst}; sleep 1
      kill -KILL $pid; wait $pid; rm other /dev/shm/$$; tail -c 1 kept/*1.jsonl | od -An -c
      ${tracer} --count 1 2>/dev/shm/$$ & pid=$!; until grep -qs ^Tracing /dev/shm/$$; do sleep 0.1; done
      setpriv --reuid=${REOPEN_USER} --clear-groups sh -c 'exit 7'; wait $pid; ls kept; "$@" replay kept -C exit_code --no-header; rm /dev/shm/$$`;
    const { stdout, stderr } = await runToEnd(["unshare", "--mount", ...shell(script), binary], { cwd: folder.path });
    const [end, one, two, ...codes] = stdout.split("\n").map((text) => text.trim());
    expect({ end, one, two }).not.toMatchObject({ end: "\\n" });
    expect([one, two]).toEqual([segmentName(1), segmentName(2)]);
    expect(codes.filter(Boolean).at(-1)).toMatch(/^7/);
    expect(stderr).toMatch(/1 line left out: 1 is cut off \(kept\/exits-0000000001.jsonl:\d+\)/);
  });
});

test("disk that fills up: exits are counted as lost, lines are whole, and a line has the number", async () => {
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

test("SIGHUP: begins a segment if the present one has exits", async () => {
  using folder = segmentDirectory();
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
