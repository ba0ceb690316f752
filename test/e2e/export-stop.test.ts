/** `exitsnoop export --otlp`: SIGTERM while the server fails loses nothing needlessly. */
import { appendFileSync, readdirSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "bun:test";
import { line, lines, numerically, openFolder, range, start, until } from "../support/exporter.ts";
import { OtlpServer } from "../support/otlp-server.ts";

const unavailable = (headers: Record<string, string> = {}) => new Response("", { status: 503, headers });

describe("export --otlp, stopped in a pause:", () => {
  test.each([
    ["503", {}, 0],
    ["503 with a Retry-After beyond the end", { "retry-after": "60" }, 0],
    ["503 with a Retry-After, at the end as well", { "retry-after": "2" }, 2],
  ])("%s, without a spool, and the server recovers 2 s later: every event is sent once", async (_, headers, more) => {
    let recovery = Number.POSITIVE_INFINITY;
    await using server = new OtlpServer(() => (performance.now() < recovery ? unavailable(headers) : undefined));
    const exporter = start(["--otlp", server.url]);
    exporter.process.stdin.write(lines(1, 2500));
    await exporter.process.stdin.flush();
    await until(() => server.requests.length >= 1 + more);
    await Bun.sleep(1200);
    exporter.process.kill("SIGTERM");
    recovery = performance.now() + 2000;
    const { stderr } = await exporter.end();
    expect(stderr).toContain("otlp: 2500 sent, 0 dropped\n");
    expect(numerically(server.pids)).toEqual(range(1, 2500));
  });

  test("without a spool, and the server stays away: ends in time, and says what is lost", async () => {
    await using server = new OtlpServer(() => unavailable());
    const exporter = start(["--otlp", server.url]);
    exporter.process.stdin.write(lines(1, 10));
    await exporter.process.stdin.flush();
    await until(() => server.requests.length >= 1);
    const requests = server.requests.length;
    const stopped = performance.now();
    exporter.process.kill("SIGTERM");
    const { stderr } = await exporter.end();
    expect(performance.now() - stopped).toBeLessThan(8000);
    expect(stderr).toContain("10 events dropped at the end, unsent");
    expect(stderr).toContain("otlp: 0 sent, 10 dropped\n");
    // it is asked again until the end, but not as fast as it answers
    expect(server.requests.length - requests).toBeGreaterThanOrEqual(3);
    expect(server.requests.length - requests).toBeLessThanOrEqual(12);
  });

  test("stdin, with a spool: the next export sends every event once", async () => {
    using folder = openFolder();
    let isAway = true;
    await using server = new OtlpServer(() => (isAway ? unavailable() : undefined));
    const args = ["--otlp", server.url, "--spool", `${folder.path}/spool`];
    const first = start(args);
    first.process.stdin.write(lines(1, 1500));
    await first.process.stdin.flush();
    await until(() => server.requests.length > 0);
    first.process.stdin.write(lines(1501, 1600));
    await first.process.stdin.flush();
    await Bun.sleep(300);
    first.process.kill("SIGTERM");
    expect((await first.end()).stderr).toContain("otlp: 0 sent, 0 dropped, 1600 queued");
    isAway = false;
    const second = start(args, line(1601));
    expect((await second.end()).stderr).toContain("otlp: 1601 sent, 0 dropped\n");
    expect(numerically(server.pids)).toEqual(range(1, 1601));
  });

  test("FILE beyond the size of the spool: what is not read stays for the next export", async () => {
    using folder = openFolder();
    let isAway = true;
    await using server = new OtlpServer(() => (isAway ? unavailable() : undefined));
    const file = `${folder.path}/exits.jsonl`;
    // random text, which gzip cannot make smaller than a quarter
    const cwd = () => crypto.getRandomValues(Buffer.alloc(512)).toString("hex");
    const input = range(1, 6000).map((pid) => line(pid, { cwd: cwd() }));
    writeFileSync(file, input.slice(0, 3000).join(""));
    const args = ["--otlp", server.url, "--spool", `${folder.path}/spool`, "--spool-size", "1M", file];
    const first = start(args);
    await until(() => readdirSync(folder.path).includes("spool"));
    await until(() => readdirSync(`${folder.path}/spool`).length >= 2);
    await Bun.sleep(1000);
    appendFileSync(file, input.slice(3000).join(""));
    first.process.kill("SIGTERM");
    expect((await first.end()).stderr).toContain(" 0 dropped, ");
    isAway = false;
    const second = start(args);
    await until(() => new Set(server.pids).size === 6000);
    second.process.kill("SIGTERM");
    expect((await second.end()).stderr).toContain(" 0 dropped\n");
    expect(numerically(server.pids)).toEqual(range(1, 6000));
  });
});
