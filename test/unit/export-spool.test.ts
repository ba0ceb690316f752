/** The spool, and the queue of batches in it. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SinkCounters } from "../../src/export/counters.ts";
import { BatchQueue } from "../../src/export/otlp/batch-queue.ts";
import { fromFileName, toFileName } from "../../src/export/spool/batch-name.ts";
import { parsePosition } from "../../src/export/spool/saved-position.ts";
import { Spool } from "../../src/export/spool/spool.ts";

const KIB = 1024;
const position = { inode: 7, offset: 100, headLength: 3, headHash: "ab" };
const name = { count: 5, type: "pb", isCompressed: true } as const;
const batch = (number: number) => ({ ...name, number });
const body = (size: number) => new Uint8Array(size).fill(1);

let directory: string;
let fd: number;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "exitsnoop-spool-"));
  fd = openSync(directory, "r");
});
afterEach(() => {
  closeSync(fd);
  rmSync(directory, { recursive: true });
});

const open = () => new Spool("spool", fd);
const files = () => readdirSync(directory).toSorted();
function queueOf(maxBytes: number, spool: Spool | undefined = open()) {
  const counters = new SinkCounters();
  return { counters, queue: new BatchQueue(counters, spool, maxBytes) };
}

describe("Spool:", () => {
  test("a batch and the position are valid after commit(), and files are their owner's alone", () => {
    const spool = open();
    spool.write(batch(1), body(10));
    expect(open().list()).toEqual([]);
    spool.write(batch(1), body(10));
    spool.commit([batch(1)], position);
    expect(files()).toEqual(["0000000000000001-5.pb.gz", "position.json"]);
    expect(open().list()).toEqual([{ ...batch(1), size: 10 }]);
    expect(open().position).toEqual({ ...position, batch: 1, sequence: 1 });
    for (const file of files()) expect(statSync(join(directory, file)).mode & 0o777).toBe(0o600);
  });

  test("an exporter that is killed between the position and the batch: the batch is completed", () => {
    const spool = open();
    spool.write(batch(1), body(10));
    spool.commit([batch(1)], position);
    // the position of batch 3 is saved, and only batch 2 has its name
    writeFileSync(join(directory, "position.json"), JSON.stringify({ ...position, batch: 3 }));
    writeFileSync(join(directory, toFileName(batch(2))), body(20));
    writeFileSync(join(directory, `${toFileName(batch(3))}.tmp`), body(30));
    writeFileSync(join(directory, `${toFileName(batch(4))}.tmp`), body(40));
    expect(
      open()
        .list()
        .map(({ number, size }) => [number, size]),
    ).toEqual([
      [1, 10],
      [2, 20],
      [3, 30],
    ]);
    expect(files().filter((file) => file.endsWith(".tmp"))).toEqual([]);
  });

  test("position: the last of the two slots that is undamaged counts", () => {
    const spool = open();
    for (const offset of [1, 2, 3]) spool.commit([], { ...position, offset });
    const file = join(directory, "position.json");
    const text = readFileSync(file, "utf8");
    expect(text.length).toBe(1024);
    expect(open().position).toMatchObject({ offset: 3, sequence: 3 });
    writeFileSync(file, text.replace('"offset":3', '"offset":4'));
    expect(open().position).toMatchObject({ offset: 2, sequence: 2 });
  });

  test("position of exitsnoop 0.1.0, without slots: is read, and kept", () => {
    writeFileSync(join(directory, "position.json"), JSON.stringify({ ...position, batch: 3 }));
    const spool = open();
    spool.reservePosition();
    expect(open().position).toMatchObject({ ...position, batch: 3 });
    spool.commit([], { ...position, offset: 200 });
    expect(open().position).toMatchObject({ offset: 200, batch: 3 });
  });

  test("position: an inode beyond 2^53, as GlusterFS and mergerfs have them, is read again", () => {
    open().commit([], { ...position, inode: 2 ** 63 });
    expect(open().position).toEqual({ ...position, inode: 2 ** 63, batch: 0, sequence: 1 });
  });

  test.each(["link", "file of 40 MB"])("a %s in place of a batch: is not read", (kind) => {
    const spool = open();
    const file = join(directory, toFileName(batch(1)));

    if (kind === "link") symlinkSync("/etc/passwd", file);
    else {
      writeFileSync(file, "");
      truncateSync(file, 40e6);
    }
    expect(spool.read(batch(1))).toBeUndefined();
  });

  test("files that are no batches: are left alone", () => {
    writeFileSync(join(directory, "notes"), "x");
    writeFileSync(join(directory, "0000000000000001-5.xml"), "x");
    expect(open().list()).toEqual([]);
    expect(files()).toEqual(["0000000000000001-5.xml", "notes"]);
  });

  test.each(["", "{", "[]", '{"inode":-1}', '{"inode":1,"offset":1e99,"headLength":1,"headHash":"","batch":1}'])(
    "a position that is damaged (%j): there is none",
    (text) => expect(parsePosition(text)).toBeUndefined(),
  );

  test("names of batches: have all facts", () => {
    const one = { number: 12, count: 500, type: "json", isCompressed: false } as const;
    expect(toFileName(one)).toBe("0000000000000012-500.json");
    expect(fromFileName(toFileName(one))).toEqual(one);
    expect(fromFileName("0000000000000012-500.json.tmp")).toBeUndefined();
  });
});

describe("BatchQueue:", () => {
  test("batches of an earlier exporter: come first, and new numbers follow theirs", () => {
    queueOf(KIB ** 2).queue.push([{ name, body: body(10) }], undefined);
    const { queue, counters } = queueOf(KIB ** 2);
    queue.load();
    expect(counters.queued).toBe(5);
    queue.push([{ name: { ...name, count: 2 }, body: body(20) }], undefined);
    const [first, second] = [queue.take()!, queue.take()!];
    expect([first.number, second.number]).toEqual([1, 2]);
    expect([queue.bodyOf(first)!.length, queue.bodyOf(second)!.length]).toEqual([10, 20]);
    queue.finish(first, 5);
    queue.finish(second, 1);
    expect(counters).toMatchObject({ queued: 0, sent: 6, dropped: 1, queuedBytes: 0 });
    expect(files()).toEqual([]);
  });

  test("a spool that is full: the oldest are dropped and counted, but not those that are being sent", () => {
    const { queue, counters } = queueOf(16 * KIB);
    const push = () => queue.push([{ name, body: body(4 * KIB) }], undefined);
    for (let i = 0; i < 4; i++) push();
    expect(queue.take()!.number).toBe(1);
    expect(queue.isFull).toBe(true);
    for (let i = 0; i < 2; i++) push();
    expect(counters).toMatchObject({ queued: 20, dropped: 10, queuedBytes: 32 * KIB + 4 * 512 });
    expect(files().map((file) => Number(file.slice(0, 16)))).toEqual([1, 4, 5, 6]);
    expect(queue.take()!.number).toBe(4);
  });

  test("a spool that cannot be written: batches stay in memory", () => {
    const spool = open();
    spool.write = () => {
      throw Object.assign(new Error("ENOSPC"), { errno: -28, code: "ENOSPC" });
    };
    const { queue, counters } = queueOf(KIB ** 2, spool);
    queue.push([{ name, body: body(10) }], undefined);
    expect([files(), counters.queued]).toEqual([[], 5]);
    expect(queue.bodyOf(queue.take()!)!.length).toBe(10);
    queue.dropUnstored();
    expect(counters).toMatchObject({ queued: 0, dropped: 5 });
  });

  const noSpace = () => {
    throw Object.assign(new Error("ENOSPC"), { errno: -28, code: "ENOSPC" });
  };

  test("a spool without room for batches: those of a FILE are sent one by one, and the position follows", () => {
    const spool = open();
    spool.reservePosition();
    spool.write = noSpace;
    const { queue } = queueOf(KIB ** 2, spool);
    for (const offset of [100, 200, 300]) queue.push([{ name, body: body(10) }], { ...position, offset });
    const first = queue.take()!;
    expect(queue.take()).toBeUndefined();
    expect(open().position).toBeUndefined();
    queue.finish(first, 5);
    expect(open().position).toMatchObject({ offset: 100, batch: 1 });
    queue.finish(queue.take()!, 5);
    expect(open().position).toMatchObject({ offset: 200, batch: 2 });
  });

  test("a position that cannot be saved: nothing more is sent from memory until it is", () => {
    const spool = open();
    const { savePosition } = spool;
    spool.write = noSpace;
    spool.savePosition = noSpace;
    const { queue } = queueOf(KIB ** 2, spool);
    for (const offset of [100, 200]) queue.push([{ name, body: body(10) }], { ...position, offset });
    queue.finish(queue.take()!, 5);
    expect(queue.take()).toBeUndefined();
    spool.savePosition = savePosition;
    expect(queue.take()!.number).toBe(2);
    expect(open().position).toMatchObject({ offset: 100 });
  });

  test("a directory that takes no new name: a batch is in the spool once, and gone when it is sent", () => {
    const spool = open();
    spool.commitOne = noSpace;
    const { queue } = queueOf(KIB ** 2, spool);
    queue.push([{ name, body: body(10) }], position);
    expect(files()).toEqual(["0000000000000001-5.pb.gz.tmp", "position.json"]);
    expect(open().position).toMatchObject({ batch: 1 });
    queue.finish(queue.take()!, 5);
    expect(files()).toEqual(["position.json"]);
  });

  test("a batch that was sent and cannot be removed: the others of the spool wait until it can", () => {
    const { queue } = queueOf(KIB ** 2);
    for (let i = 0; i < 2; i++) queue.push([{ name, body: body(10) }], undefined);
    const first = queue.take()!;
    const file = join(directory, toFileName(batch(1)));
    unlinkSync(file);
    mkdirSync(file);
    queue.finish(first, 5);
    expect(queue.take()).toBeUndefined();
    rmdirSync(file);
    writeFileSync(file, "");
    expect(queue.take()?.number).toBe(2);
    expect(files()).toEqual([toFileName(batch(2))]);
  });

  test("memory that is full: batches that the spool has as well are not dropped", () => {
    const spool = open();
    const { write } = spool;
    const { queue, counters } = queueOf(KIB ** 3, spool);
    queue.push([{ name, body: body(3 * KIB ** 2) }], position);
    spool.write = noSpace;
    for (let i = 0; i < 30; i++) queue.push([{ name, body: body(KIB ** 2) }], position);
    expect(counters).toMatchObject({ queued: 31 * 5, dropped: 0 });
    spool.write = write;
    queue.push([], position);
    expect([queue.unstored, counters.dropped, open().list().length]).toEqual([0, 0, 31]);
  });

  test("a spool that has room again: gets what it could not take, before the position moves on", () => {
    const spool = open();
    const { write } = spool;
    let calls = 0;
    spool.write = (one, bytes) => {
      if (++calls === 2) throw Object.assign(new Error("ENOSPC"), { errno: -28, code: "ENOSPC" });
      write.call(spool, one, bytes);
    };
    const { queue } = queueOf(KIB ** 2, spool);
    const one = { name, body: body(10) };
    queue.push([one, one], position);
    expect(files()).toEqual([]);
    queue.push([one], { ...position, offset: 200 });
    expect(files().length).toBe(4);
    expect(open().position).toMatchObject({ offset: 200, batch: 3 });
    for (let batch = queue.take(); batch; batch = queue.take()) queue.finish(batch, 5);
    expect(files()).toEqual(["position.json"]);
    expect(queue.isFull).toBe(false);
  });

  test("a batch whose file is gone or empty: is dropped and counted", () => {
    queueOf(KIB ** 2).queue.push([{ name, body: body(10) }], undefined);
    const { queue, counters } = queueOf(KIB ** 2);
    queue.load();
    writeFileSync(join(directory, files()[0]!), "");
    expect(queue.bodyOf(queue.take()!)).toBeUndefined();
    expect(counters).toMatchObject({ queued: 0, dropped: 5 });
  });

  test("without a spool: memory is bounded", () => {
    const counters = new SinkCounters();
    const queue = new BatchQueue(counters, undefined, 0);
    for (let i = 0; i < 50; i++) queue.push([{ name, body: body(KIB ** 2) }], undefined);
    expect(counters.queued).toBe(31 * 5);
    expect(counters.dropped).toBe(19 * 5);
  });
});
