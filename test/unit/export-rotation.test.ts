/** A followed file that is rotated in unusual ways. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { appendFileSync, copyFileSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { wrapMessages } from "../../src/log.ts";
import { follow, line, lines } from "../support/followed-input.ts";

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "exitsnoop-export-"));
  file = join(directory, "exits.jsonl");
});
afterEach(() => rmSync(directory, { recursive: true }));

describe("a followed file:", () => {
  test("several rotations while the clock is set back: the names give the order", async () => {
    writeFileSync(file, line(1));
    const { until, input, ended } = follow(file);
    await until(1);
    const earlier = Date.now() / 1000 - 3600;
    renameSync(file, `${file}.2`);
    writeFileSync(`${file}.1`, line(2));
    utimesSync(`${file}.1`, earlier, earlier);
    writeFileSync(file, line(3));
    expect(await until(3)).toEqual([1, 2, 3]);
    input.stop();
    await ended;
  });

  test.each([
    [".1", ".2"],
    ["-20261130", "-20261129"],
  ])("that becomes %s while %s is newer, as after gunzip: that one is not read again", async (next, old) => {
    writeFileSync(file, line(2));
    const { until, input, ended, pids } = follow(file);
    await until(1);
    writeFileSync(file + old, line(1));
    const later = Date.now() / 1000 + 3600;
    utimesSync(file + old, later, later);
    renameSync(file, file + next);
    writeFileSync(file, line(3));
    await until(2);
    await Bun.sleep(500);
    expect(pids).toEqual([2, 3]);
    input.stop();
    await ended;
  });

  test.each([
    [
      "truncated after a copy of it was made (copytruncate)",
      () => {
        copyFileSync(file, `${file}.1`);
        writeFileSync(file, lines(5, 6));
      },
    ],
    [
      "replaced by a copy of it",
      () => {
        appendFileSync(file, lines(5, 6));
        copyFileSync(file, `${file}~`);
        renameSync(`${file}~`, file);
      },
    ],
  ])("that is %s between two exporters: the next one goes on in the copy", async (_, change) => {
    writeFileSync(file, lines(1, 3));
    const first = follow(file);
    await first.until(3);
    const saved = { ...first.input.positionBefore!(0)!, batch: 0, sequence: 0 };
    first.input.stop();
    await first.ended;
    appendFileSync(file, line(4));
    change();
    const { until, input, ended, pids } = follow(file, false, saved);
    await until(3);
    expect(pids).toEqual([4, 5, 6]);
    input.stop();
    await ended;
  });

  test("that is replaced by a FIFO and then by a file: a message about the kind, and the file is read", async () => {
    const messages: string[] = [];
    wrapMessages(() => (bytes, length) => messages.push(new TextDecoder().decode(bytes)) && length);
    try {
      writeFileSync(file, line(1));
      const { until, input, ended } = follow(file);
      await until(1);
      rmSync(file);
      expect(Bun.spawnSync(["mkfifo", file]).exitCode).toBe(0);
      for (let i = 0; i < 100 && messages.length === 0; i++) await Bun.sleep(20);
      rmSync(file);
      writeFileSync(file, line(2));
      expect(await until(2)).toEqual([1, 2]);
      input.stop();
      await ended;
    } finally {
      wrapMessages();
    }
    expect(messages).toEqual([expect.stringMatching(/it is a FIFO, not a regular file; trying again\n$/)]);
  });
});
