/** A reader that is slow, or stops: the tracer waits for it, and what the ring cannot hold meanwhile is counted, to the last exit. */
import { describe, expect, test } from "bun:test";
import { closeSync } from "node:fs";
import { Herd } from "../support/herd.ts";
import { Pipe } from "../support/pipe.ts";
import { closingLine, type ExitEvent, readJson, temporaryFolder, Tracer } from "../support/tracer.ts";

/** More than a pipe, a ring of 4K and a batch hold together. */
const CROWD = 1000;
const narrow = ["--json", "--ring-size", "4K"];
const lossTold = /^exitsnoop: \d+ exits? lost: .*--ring-size/m;

const only = (...pids: number[]) => ["--pid", pids.join(",")];

/** Each event is of one of the herd, no two of the same, with the code that it ended with. */
function expectOfHerd(events: ExitEvent[], { pids }: Herd): void {
  const codes = new Map(pids.map((pid, i) => [pid, i & 0xff]));
  for (const { pid, exit_code } of events) {
    expect({ pid, exit_code }).toEqual({ pid, exit_code: codes.get(pid) ?? Number.NaN });
    codes.delete(pid);
  }
}

describe("a reader that reads nothing for a second, then all", () => {
  test.each([
    ["a pipe", (pipe: Pipe) => pipe.path],
    ["a pipe that somebody made non-blocking", (pipe: Pipe) => pipe.openNonBlocking()],
  ])("%s: printed and lost are all that died", async (_, stdoutOf) => {
    using folder = temporaryFolder();
    using pipe = new Pipe(folder.path);
    await using herd = await Herd.raise(CROWD);
    const stdout = stdoutOf(pipe);
    const tracer = await Tracer.start([...narrow, ...only(...herd.pids)], { stdout });
    if (typeof stdout === "number") closeSync(stdout);
    await herd.die();
    await Bun.sleep(1000);
    const text = pipe.readToEnd();
    const { status, stderr } = await tracer.end();
    expect(status).toBe(0);
    const { events, lostLines } = readJson(await text);
    expectOfHerd(events, herd);
    expect(lostLines).toBeGreaterThan(0);
    expect(closingLine(stderr)).toEqual({ seen: events.length, lost: lostLines });
    expect(events.length + lostLines).toBe(CROWD);
    expect(stderr).toMatch(lossTold);
  });
});

describe("a reader that never reads, then SIGTERM", () => {
  test.each([
    ["a table", []],
    ["JSON", ["--json"]],
    ["JSON that tells of losses", narrow],
  ])("%s: it ends soon, and what was not read is counted as lost", async (_, options) => {
    using folder = temporaryFolder();
    using pipe = new Pipe(folder.path);
    pipe.fill(2);
    await using herd = await Herd.raise(CROWD);
    const tracer = await Tracer.start([...options, ...only(...herd.pids)], { stdout: pipe.path });
    await herd.die();
    await Bun.sleep(500);
    const asked = performance.now();
    const { status, killedBy, stderr } = await tracer.end("SIGTERM");
    expect(performance.now() - asked).toBeLessThan(15_000);
    expect({ status, killedBy }).toEqual({ status: 0, killedBy: null });
    const text = await pipe.readToEnd();
    const lines = text.slice(0, text.lastIndexOf("\n")).split("\n");
    const printed = lines.filter((line) => /^\{"event":"exit"|^\d\d:/.test(line)).length;
    expect(printed).toBeGreaterThan(5);
    expect(closingLine(stderr)).toEqual({ seen: printed, lost: CROWD - printed });
  });

  test("a pipe that was full before the heading: no exit is counted that was none", async () => {
    using folder = temporaryFolder();
    using pipe = new Pipe(folder.path);
    pipe.fill();
    await using herd = await Herd.raise(10);
    const tracer = await Tracer.start(only(...herd.pids), { stdout: pipe.path });
    await herd.die();
    const { status, stderr } = await tracer.end("SIGTERM");
    expect(status).toBe(0);
    expect(stderr).toMatch(/^0 exits, 10 lost$/m);
  });

  test("a second SIGINT ends it at once", async () => {
    using folder = temporaryFolder();
    using pipe = new Pipe(folder.path);
    pipe.fill();
    const tracer = await Tracer.start(only(process.pid), { stdout: pipe.path });
    tracer.process.kill("SIGINT");
    await Bun.sleep(200);
    expect((await tracer.end("SIGINT")).killedBy).toBe("SIGINT");
  });
});

describe("SIGSTOP for a second, then SIGCONT", () => {
  test("it goes on, and nothing is missing that is not counted", async () => {
    await using herd = await Herd.raise(CROWD);
    await using late = await Herd.raise(1);
    const tracer = await Tracer.start([...narrow, ...only(...herd.pids, ...late.pids)]);
    tracer.process.kill("SIGSTOP");
    await herd.die();
    await Bun.sleep(1000);
    tracer.process.kill("SIGCONT");
    // once it tells of the losses, there is room again
    while (!lossTold.test(tracer.stderr) && tracer.process.exitCode === null) await Bun.sleep(10);
    await late.die();
    const { status, stderr, events, lostLines } = await tracer.end();
    expect(status).toBe(0);
    expectOfHerd(
      events.filter(({ pid }) => pid !== late.pids[0]),
      herd,
    );
    expect(events.at(-1)).toMatchObject({ pid: late.pids[0]!, ppid: late.process.pid, exit_code: 0 });
    expect(lostLines).toBeGreaterThan(0);
    expect(closingLine(stderr)).toEqual({ seen: events.length, lost: lostLines });
    expect(events.length + lostLines).toBe(CROWD + 1);
  });
});
