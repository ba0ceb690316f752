/** `exitsnoop export --spool`: events and the position in FILE outlive the exporter. */
import { appendFileSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "bun:test";
import { parsePosition } from "../../src/export/spool/saved-position.ts";
import { line, lines, numerically, openFolder, range, run, start, until } from "../support/exporter.ts";
import { OtlpServer } from "../support/otlp-server.ts";

const NOBODY = 65_534;

describe("export --otlp --spool:", () => {
  test("no server: events wait in files of user nobody, and the next export sends them once", async () => {
    using folder = openFolder();
    const spool = `${folder.path}/spool`;
    const first = await run(["--otlp", "http://127.0.0.1:1", "--spool", spool], lines(1, 1500));
    expect(first.stderr).toContain("0 sent, 0 dropped, 1500 queued");
    expect(statSync(spool)).toMatchObject({ uid: NOBODY, mode: 0o40700 });
    const files = readdirSync(spool);
    expect(files.length).toBe(2);
    for (const file of files) expect(statSync(`${spool}/${file}`)).toMatchObject({ uid: NOBODY, mode: 0o100600 });
    await using server = new OtlpServer();
    const second = await run(["--otlp", server.url, "--spool", spool], lines(1501, 1510));
    expect(second.stderr).toContain("the spool has 1500 events of an earlier export");
    expect(second.stderr).toContain("otlp: 1510 sent, 0 dropped");
    expect(numerically(server.pids)).toEqual(range(1, 1510));
    expect(readdirSync(spool)).toEqual([]);
  });

  test("a directory of others, in use, or a file: refused with the reason", async () => {
    using folder = openFolder();
    const { path } = folder;
    const refusal = async (spool: string) => {
      const { status, stderr } = await run(["--otlp", "http://127.0.0.1:1", "--spool", spool], "");
      expect(status).toBe(1);
      return stderr;
    };
    mkdirSync(`${path}/open`, { mode: 0o755 });
    expect(await refusal(`${path}/open`)).toContain("is open to other users; chmod 700 it");
    writeFileSync(`${path}/file`, "");
    expect(await refusal(`${path}/file`)).toContain("cannot be opened: not a directory");
    expect(await refusal(`${path}/no/spool`)).toContain("cannot be opened: no such file or directory");
    mkdirSync(`${path}/home`, { mode: 0o700 });
    writeFileSync(`${path}/home/key`, "", { mode: 0o600 });
    const { uid } = statSync(`${path}/home`);
    expect(await refusal(`${path}/home`)).toContain("has other files (key); name a directory for it alone");
    for (const file of ["0000000000000001-5.pb.gz", "position.json"]) {
      mkdirSync(`${path}/fifo-${file}`, { mode: 0o700 });
      expect(Bun.spawnSync(["mkfifo", `${path}/fifo-${file}/${file}`]).exitCode).toBe(0);
      expect(await refusal(`${path}/fifo-${file}`)).toContain(`has other files (${file}); name a directory`);
    }
    mkdirSync(`${path}/number`, { mode: 0o700 });
    writeFileSync(`${path}/number/9999999999999999-1.pb.gz`, "");
    expect(await refusal(`${path}/number`)).toContain("has other files (9999999999999999-1.pb.gz)");
    for (const file of ["home", "home/key"]) expect(statSync(`${path}/${file}`).uid).toBe(uid);
    const other = start(["--otlp", "http://127.0.0.1:1", "--spool", `${path}/busy`]);
    await until(() => readdirSync(path).includes("busy"));
    await Bun.sleep(1000);
    expect(await refusal(`${path}/busy`)).toContain("is in use by another exporter");
    await other.process.stdin.end();
    await other.end();
  });

  test("--spool-size: the oldest events are dropped and counted, and the disk is bounded", async () => {
    using folder = openFolder();
    const spool = `${folder.path}/spool`;
    // random text, which gzip cannot make smaller than a quarter
    const input = range(1, 3000).map((pid) =>
      line(pid, { cwd: crypto.getRandomValues(Buffer.alloc(512)).toString("hex") }),
    );
    const args = ["--otlp", "http://127.0.0.1:1", "--spool", spool, "--spool-size", "1M"];
    const { stderr } = await run(args, input.join(""));
    const [, dropped, queued] = /0 sent, (\d+) dropped, (\d+) queued/.exec(stderr)!;
    expect(Number(dropped) + Number(queued)).toBe(3000);
    expect(Number(dropped)).toBeGreaterThan(500);
    expect(stderr).toContain("dropped: the spool is full (--spool-size)");
    const bytes = readdirSync(spool).reduce((sum, file) => sum + statSync(`${spool}/${file}`).size, 0);
    expect(bytes).toBeLessThanOrEqual(1024 ** 2);
  });

  test("FILE: an exporter that is killed again and again sends each line once, across rotations", async () => {
    using folder = openFolder();
    const file = `${folder.path}/exits.jsonl`;
    const args = ["--spool", `${folder.path}/spool`, file];
    await using server = new OtlpServer();
    writeFileSync(file, "");
    let last = 0;
    const append = (count: number) => {
      appendFileSync(file, lines(last + 1, last + count));
      last += count;
    };
    for (let round = 0; round < 8; round++) {
      append(1300);
      const exporter = start(["--otlp", server.url, ...args]);
      if (round % 2 === 1) {
        const count = server.taken.length;
        await until(() => server.taken.length > count);
      } else {
        await Bun.sleep(300 + 50 * round);
      }
      exporter.process.kill("SIGKILL");
      await exporter.process.exited;
      append(100);
      if (round % 3 === 2) {
        for (let i = 3; i > 0; i--) if (i > 1 && round > 2) renameIfThere(`${file}.${i - 1}`, `${file}.${i}`);
        renameSync(file, `${file}.1`);
        writeFileSync(file, "");
      }
    }
    const exporter = start(["--otlp", server.url, ...args]);
    await until(() => new Set(server.pids).size === last);
    exporter.process.kill("SIGTERM");
    expect((await exporter.end()).status).toBe(0);
    // two requests that were on their way at each kill are sent again
    expect(server.pids.length - last).toBeLessThanOrEqual(8 * 2 * 1000);
    expect(numerically([...new Set(server.pids)])).toEqual(range(1, last));
    const position = parsePosition(readFileSync(`${folder.path}/spool/position.json`, "utf8"));
    expect(position).toMatchObject({ offset: statSync(file).size });
  }, 120_000);

  test("FILE that ends within a line: the line is sent once it is complete, by the next export", async () => {
    using folder = openFolder();
    const file = `${folder.path}/exits.jsonl`;
    await using server = new OtlpServer();
    const whole = line(2);
    writeFileSync(file, line(1) + whole.slice(0, 20));
    const args = ["--otlp", server.url, "--spool", `${folder.path}/spool`, file];
    const first = start(args);
    await until(() => server.taken.length === 1);
    first.process.kill("SIGTERM");
    expect((await first.end()).stderr).not.toContain("left out");
    appendFileSync(file, whole.slice(20));
    const second = start(args);
    await until(() => server.taken.length === 2);
    second.process.kill("SIGTERM");
    await second.end();
    expect(server.pids).toEqual([1, 2]);
  });
});

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch {
    // it is not rotated yet
  }
}
