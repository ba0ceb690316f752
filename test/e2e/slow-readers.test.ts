/**
 * Readers that are slow or stop: the tracer waits for them, and exits that exceed the ring buffer
 * are counted as lost.
 */
import { describe, expect, test } from "bun:test";
import { closeSync } from "node:fs";
import { SimultaneousExits } from "../support/simultaneous-exits.ts";
import { Pipe } from "../support/pipe.ts";
import {
  binary,
  type ExitEvent,
  parseClosingLine,
  parseEvents,
  runToEnd,
  temporaryFolder,
  Tracer,
} from "../support/tracer.ts";

/** More exits than a pipe, a ring buffer of 4K and a batch of records hold together. */
const EXITS = 1000;
const smallRing = ["--json", "--ring-size", "4K"];
const lossWarning = /^exitsnoop: \d+ exits? lost: .*--ring-size/m;

const selecting = (...pids: number[]) => ["--pid", pids.join(",")];

/** Expects that each event belongs to another process of the batch and has its exit code. */
function expectDistinct(events: ExitEvent[], { pids }: SimultaneousExits): void {
  const codes = new Map(pids.map((pid, i) => [pid, i & 0xff]));
  for (const { pid, exit_code } of events) {
    expect({ pid, exit_code }).toEqual({ pid, exit_code: codes.get(pid) ?? Number.NaN });
    codes.delete(pid);
  }
}

describe("reader that pauses for a second", () => {
  test.each([
    ["blocking pipe", (pipe: Pipe) => pipe.path],
    ["non-blocking pipe", (pipe: Pipe) => pipe.openNonBlocking()],
  ])("%s, paused reader: every exit is printed or counted as lost", async (_, stdoutOf) => {
    using folder = temporaryFolder();
    using pipe = new Pipe(folder.path);
    await using batch = await SimultaneousExits.start(EXITS);
    const stdout = stdoutOf(pipe);
    const tracer = await Tracer.start([...smallRing, ...selecting(...batch.pids)], { stdout });
    if (typeof stdout === "number") closeSync(stdout);
    await batch.exitAll();
    await Bun.sleep(1000);
    const text = pipe.readToEnd();
    const { status, stderr } = await tracer.end();
    expect(status).toBe(0);
    const { events, lostLines } = parseEvents(await text);
    expectDistinct(events, batch);
    expect(lostLines).toBeGreaterThan(0);
    expect(parseClosingLine(stderr)).toEqual({ seen: events.length, lost: lostLines });
    expect(events.length + lostLines).toBe(EXITS);
    expect(stderr).toMatch(lossWarning);
  });
});

describe("reader that never reads", () => {
  test.each([
    ["table", []],
    ["JSON", ["--json"]],
    ["JSON with lines of lost exits", smallRing],
  ])("%s, SIGTERM: the tracer ends within 15 s and counts unread exits as lost", async (_, options) => {
    using folder = temporaryFolder();
    using pipe = new Pipe(folder.path);
    pipe.fill(2);
    await using batch = await SimultaneousExits.start(EXITS);
    const tracer = await Tracer.start([...options, ...selecting(...batch.pids)], { stdout: pipe.path });
    await batch.exitAll();
    await Bun.sleep(500);
    const signaledAt = performance.now();
    const { status, killedBy, stderr } = await tracer.end("SIGTERM");
    expect(performance.now() - signaledAt).toBeLessThan(15_000);
    expect({ status, killedBy }).toEqual({ status: 0, killedBy: null });
    const text = await pipe.readToEnd();
    const lines = text.slice(0, text.lastIndexOf("\n")).split("\n");
    const printed = lines.filter((line) => /^\{"event":"exit"|^\d\d:/.test(line)).length;
    expect(printed).toBeGreaterThan(5);
    expect(parseClosingLine(stderr)).toEqual({ seen: printed, lost: EXITS - printed });
  });

  test("pipe that is full before the header, SIGTERM: only exits are counted as lost", async () => {
    using folder = temporaryFolder();
    using pipe = new Pipe(folder.path);
    pipe.fill();
    await using batch = await SimultaneousExits.start(10);
    const tracer = await Tracer.start(selecting(...batch.pids), { stdout: pipe.path });
    await batch.exitAll();
    const { status, stderr } = await tracer.end("SIGTERM");
    expect(status).toBe(0);
    expect(stderr).toMatch(/^0 exits in [^\n]*, 10 lost$/m);
  });

  test("package, pipe that is full, SIGTERM: events that were not read are counted as lost", async () => {
    using folder = temporaryFolder();
    using pipe = new Pipe(folder.path);
    pipe.fill();
    const packageFile = `${folder.path}/package.json`;
    await runToEnd([binary, "package", "-o", packageFile]);
    const running = Bun.spawn([binary, "run", "-j", packageFile], { stdout: Bun.file(pipe.path), stderr: "pipe" });
    let stderr = "";
    for await (const chunk of running.stderr) {
      if (stderr === "") {
        // it is attached
        await runToEnd(["true"]);
        running.kill("SIGTERM");
      }
      stderr += new TextDecoder().decode(chunk);
    }
    expect(await running.exited).toBe(0);
    const unread = /had stopped reading: (\d+) lines? (?:was|were) not written$/m.exec(stderr)?.[1];
    expect(Number(unread)).toBeGreaterThan(0);
    expect(stderr).toMatch(new RegExp(`^0 events, ${unread} lost$`, "m"));
  });

  test("second SIGINT: ends the tracer at once", async () => {
    using folder = temporaryFolder();
    using pipe = new Pipe(folder.path);
    pipe.fill();
    const tracer = await Tracer.start(selecting(process.pid), { stdout: pipe.path });
    tracer.process.kill("SIGINT");
    await Bun.sleep(200);
    expect((await tracer.end("SIGINT")).killedBy).toBe("SIGINT");
  });
});

describe("stopped tracer", () => {
  test("SIGSTOP for a second, then SIGCONT: every exit is printed or counted as lost", async () => {
    await using batch = await SimultaneousExits.start(EXITS);
    await using late = await SimultaneousExits.start(1);
    const tracer = await Tracer.start([...smallRing, ...selecting(...batch.pids, ...late.pids)]);
    tracer.process.kill("SIGSTOP");
    await batch.exitAll();
    await Bun.sleep(1000);
    tracer.process.kill("SIGCONT");
    // after the warning about lost exits the ring buffer has space again
    while (!lossWarning.test(tracer.stderr) && tracer.process.exitCode === null) await Bun.sleep(10);
    await late.exitAll();
    const { status, stderr, events, lostLines } = await tracer.end();
    expect(status).toBe(0);
    expectDistinct(
      events.filter(({ pid }) => pid !== late.pids[0]),
      batch,
    );
    expect(events.at(-1)).toMatchObject({ pid: late.pids[0]!, ppid: late.process.pid, exit_code: 0 });
    expect(lostLines).toBeGreaterThan(0);
    expect(parseClosingLine(stderr)).toEqual({ seen: events.length, lost: lostLines });
    expect(events.length + lostLines).toBe(EXITS + 1);
  });
});
