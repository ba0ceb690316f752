/** FIFOs of --fifo: the trace neither waits for a reader nor ends with one. */
import { describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { closeSync, constants, existsSync, openSync, readSync, statSync, writeFileSync } from "node:fs";
import { SimultaneousExits } from "../support/simultaneous-exits.ts";
import { exitWith, REOPEN_USER } from "../support/reopening.ts";
import { binary, parseClosingLine, parseEvents, runToEnd, temporaryFolder, Tracer } from "../support/tracer.ts";

/** More exits as JSON than fit into a FIFO of 1 MiB and a ring buffer of 4 KiB. */
const EXITS = 5000;
const NON_BLOCKING = constants.O_RDONLY | constants.O_NONBLOCK;

const ofUser = (fifo: string) => ["-j", "--fifo", "-o", fifo, "-u", String(REOPEN_USER), "--for", "60s"];

/** Reads until the FIFO is empty for a while. */
async function readAll(fd: number): Promise<string> {
  const chunks: Buffer[] = [];
  for (let quiet = 0; quiet < 50; quiet++) {
    const chunk = Buffer.alloc(1 << 20);
    try {
      const length = readSync(fd, chunk);
      if (length > 0) {
        chunks.push(chunk.subarray(0, length));
        quiet = 0;
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
    }
    await Bun.sleep(20);
  }
  return Buffer.concat(chunks).toString();
}

describe("--fifo", () => {
  test("creates a FIFO that its group may read, and traces without a reader", async () => {
    using folder = temporaryFolder();
    const fifo = `${folder.path}/exits`;
    const tracer = await Tracer.start(ofUser(fifo));
    const stat = statSync(fifo);
    expect([stat.isFIFO(), stat.mode & 0o777]).toEqual([true, 0o640]);
    await exitWith(41);
    const fd = openSync(fifo, NON_BLOCKING);
    expect(parseEvents(await readAll(fd)).events.map(({ exit_code }) => exit_code)).toEqual([41]);
    closeSync(fd);
    expect((await tracer.end()).status).toBe(0);
  });

  test("goes on when a reader ends, and keeps what the next one reads", async () => {
    using folder = temporaryFolder();
    const fifo = `${folder.path}/exits`;
    const tracer = await Tracer.start(ofUser(fifo));
    for (const code of [11, 12, 13]) {
      const fd = openSync(fifo, NON_BLOCKING);
      await exitWith(code);
      expect(parseEvents(await readAll(fd)).events.map(({ exit_code }) => exit_code)).toEqual([code]);
      closeSync(fd);
    }
    const { status, stderr } = await tracer.end();
    expect({ status, counts: parseClosingLine(stderr) }).toEqual({ status: 0, counts: { seen: 3, lost: 0 } });
  });

  test("counts exits as lost that a full FIFO without a reader has no room for", async () => {
    using folder = temporaryFolder();
    const fifo = `${folder.path}/exits`;
    await using batch = await SimultaneousExits.start(EXITS);
    const pids = batch.pids.join(",");
    const tracer = await Tracer.start(["-j", "--fifo", "-o", fifo, "--ring-size", "4K", "--pid", pids, "--for", "60s"]);
    await batch.exitAll();
    await Bun.sleep(500);
    const fd = openSync(fifo, NON_BLOCKING);
    const { events, lostLines } = parseEvents(await readAll(fd));
    expect(lostLines).toBeGreaterThan(0);
    expect(events.length + lostLines).toBe(EXITS);
    expect(parseClosingLine((await tracer.end()).stderr)).toEqual({ seen: events.length, lost: lostLines });
    closeSync(fd);
  });

  test("ends on SIGTERM while the FIFO is full", async () => {
    using folder = temporaryFolder();
    await using batch = await SimultaneousExits.start(EXITS);
    const tracer = await Tracer.start([
      "-j",
      "-w",
      "--fifo",
      "-o",
      `${folder.path}/exits`,
      "--pid",
      batch.pids.join(","),
    ]);
    await batch.exitAll();
    await Bun.sleep(500);
    const { status, stderr } = await tracer.end("SIGTERM");
    expect({ status, isTold: /stopped reading: \d+ exits were not written/.test(stderr) }).toEqual({
      status: 0,
      isTold: true,
    });
  });

  test("a file that is no FIFO: one sentence and status 1, and the file keeps its content", async () => {
    using folder = temporaryFolder();
    const file = `${folder.path}/file`;
    writeFileSync(file, "content");
    const { status, stderr } = await runToEnd([binary, "--fifo", "-o", file, "--for", "1s"]);
    expect(stderr).toBe(
      `exitsnoop: cannot write to ${file}: it is not a FIFO; name a file that does not exist, and --fifo creates it\n`,
    );
    expect({ status, content: await Bun.file(file).text() }).toEqual({ status: 1, content: "content" });
  });

  test("a FIFO of another user in a directory of all users: refused", async () => {
    using folder = temporaryFolder();
    spawnSync("chmod", ["1777", folder.path]);
    const fifo = `${folder.path}/exits`;
    spawnSync("setpriv", ["--reuid=65534", "--clear-groups", "mkfifo", fifo]);
    expect(existsSync(fifo)).toBe(true);
    const { status, stderr } = await runToEnd([binary, "--fifo", "-o", fifo, "--for", "1s"]);
    expect({ status, isRefused: stderr.includes("is not a regular file, in a directory") }).toEqual({
      status: 1,
      isRefused: true,
    });
  });
});
