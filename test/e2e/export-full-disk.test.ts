/** `exitsnoop export --spool` on a full disk: nothing is sent twice, and nothing is lost. */
import { appendFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "bun:test";
import { line, lines, numerically, openFolder, range, start, until } from "../support/exporter.ts";
import { OtlpServer } from "../support/otlp-server.ts";

const DISK_BYTES = 64 * 1024;

/** A small file system, of which fill() leaves no room. */
class SmallDisk {
  readonly #folder = openFolder();
  readonly path = `${this.#folder.path}/disk`;

  constructor() {
    Bun.spawnSync(["mkdir", this.path]);
    const { exitCode } = Bun.spawnSync(["mount", "-t", "tmpfs", "-o", `size=${DISK_BYTES}`, "tmpfs", this.path]);
    expect(exitCode).toBe(0);
  }

  get #filler(): string {
    return `${this.path}/filler`;
  }

  fill(): void {
    for (let size = DISK_BYTES; size >= 1; size /= 2) {
      try {
        for (;;) appendFileSync(this.#filler, Buffer.alloc(size));
      } catch (error) {
        expect((error as NodeJS.ErrnoException).code).toBe("ENOSPC");
      }
    }
  }

  free(): void {
    rmSync(this.#filler);
  }

  [Symbol.dispose](): void {
    Bun.spawnSync(["umount", this.path]);
    this.#folder[Symbol.dispose]();
  }
}

describe("export --otlp --spool, a full disk:", () => {
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    test(`FILE, the server takes the events, ${signal}: the next export sends none of them again`, async () => {
      using disk = new SmallDisk();
      using folder = openFolder();
      await using server = new OtlpServer();
      const file = `${folder.path}/exits.jsonl`;
      writeFileSync(file, lines(1, 10));
      const args = ["--otlp", server.url, "--spool", `${disk.path}/spool`, file];
      const first = start(args);
      await until(() => server.taken.length === 10);
      await until(() => readdirSync(`${disk.path}/spool`).length === 1);
      disk.fill();
      for (let last = 20; last <= 50; last += 10) {
        appendFileSync(file, lines(last - 9, last));
        await until(() => server.taken.length === last);
      }
      // the answer has arrived
      await Bun.sleep(300);
      first.process.kill(signal);
      const { stderr } = await first.end();
      expect(stderr).toContain("cannot be written: no space left on device; events are kept in memory");
      if (signal === "SIGTERM") expect(stderr).toContain("otlp: 50 sent, 0 dropped");
      disk.free();
      appendFileSync(file, line(51));
      const second = start(args);
      await until(() => server.pids.includes(51));
      second.process.kill("SIGTERM");
      await second.end();
      expect(server.pids).toEqual(range(1, 51));
    });
  }

  test("FILE, no server: the next export sends what found no room, and nothing is reported as dropped", async () => {
    using disk = new SmallDisk();
    using folder = openFolder();
    const file = `${folder.path}/exits.jsonl`;
    writeFileSync(file, lines(1, 10));
    const args = ["--spool", `${disk.path}/spool`, file];
    const first = start(["--otlp", "http://127.0.0.1:1", ...args]);
    await until(() => readdirSync(disk.path).includes("spool"));
    await until(() => readdirSync(`${disk.path}/spool`).length === 2);
    disk.fill();
    appendFileSync(file, lines(11, 20));
    await Bun.sleep(1500);
    first.process.kill("SIGTERM");
    const { stderr } = await first.end();
    expect(stderr).toContain("0 sent, 0 dropped, 20 queued");
    expect(stderr).toContain("10 events are not sent; the next export reads FILE again from there");
    expect(stderr).toContain("10 events left in the spool");
    disk.free();
    await using server = new OtlpServer();
    const second = start(["--otlp", server.url, ...args]);
    await until(() => server.taken.length >= 20);
    second.process.kill("SIGTERM");
    await second.end();
    expect(numerically(server.pids)).toEqual(range(1, 20));
  });

  test("FILE, from the start on: is refused, since the position could not be kept", async () => {
    using disk = new SmallDisk();
    using folder = openFolder();
    const file = `${folder.path}/exits.jsonl`;
    writeFileSync(file, lines(1, 10));
    await using server = new OtlpServer();
    disk.fill();
    const exporter = start(["--otlp", server.url, "--spool", `${disk.path}/spool`, file]);
    const { status, stderr } = await exporter.end();
    expect(status).toBe(1);
    expect(stderr).toContain("cannot be written: no space left on device; free some room, or name another directory");
    expect(server.taken).toEqual([]);
  }, 20_000);
});
