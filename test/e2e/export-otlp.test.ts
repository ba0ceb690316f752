/** `exitsnoop export --otlp`: the compiled binary against a server that answers in every way. */
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { describe, expect, test } from "bun:test";
import { OtlpServer } from "../support/otlp-server.ts";
import { binary, temporaryFolder } from "../support/tracer.ts";

const NOBODY = 65_534;
const line = (pid: number, more: object = {}) =>
  `${JSON.stringify({ event: "exit", time: "2026-11-30T10:00:00.000000001Z", pid, comm: "a", exit_code: 0, ...more })}\n`;
const lines = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, i) => line(first + i)).join("");
const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i);
const numerically = (values: readonly number[]) => values.toSorted((a, b) => a - b);

interface Exporter {
  /** Waits for the end. */
  end(): Promise<{ status: number | null; stderr: string }>;
  process: Bun.Subprocess<"pipe", "pipe", "pipe">;
}

function start(args: readonly string[], input?: string): Exporter {
  const process = Bun.spawn([binary, "export", ...args], { stdin: "pipe", stdout: "pipe", stderr: "pipe" });
  if (input !== undefined) {
    process.stdin.write(input);
    void process.stdin.end();
  }
  const stderr = process.stderr.text();
  return { process, end: async () => ({ status: await process.exited, stderr: await stderr }) };
}
const run = (args: readonly string[], input: string) => start(args, input).end();

async function until(isTrue: () => boolean): Promise<void> {
  for (let i = 0; i < 1000 && !isTrue(); i++) await Bun.sleep(20);
  expect(isTrue()).toBe(true);
}

/** A directory that user nobody can reach. */
function openFolder() {
  const folder = temporaryFolder();
  chmodSync(folder.path, 0o755);
  return folder;
}

describe("export --otlp, what is sent:", () => {
  test.each([
    [[], "application/x-protobuf", "gzip"],
    [["--otlp-protocol", "json"], "application/json", "gzip"],
    [["--otlp-compression", "none"], "application/x-protobuf", null],
  ])("%j: content type %s, encoding %p", async (args, type, encoding) => {
    await using server = new OtlpServer();
    const { status, stderr } = await run(["--otlp", server.url, ...args], lines(1, 2500));
    expect(status).toBe(0);
    expect(stderr).toContain("otlp: 2500 sent, 0 dropped");
    expect(numerically(server.pids)).toEqual(range(1, 2500));
    const [request] = server.requests;
    expect([request!.headers.get("content-type"), request!.headers.get("content-encoding")]).toEqual([type, encoding]);
    expect(new URL(request!.url).pathname).toBe("/v1/logs");
  });

  test("resources: one for each container, with the attributes of --resource", async () => {
    await using server = new OtlpServer();
    const input = line(1) + line(2, { container_id: "c1", pod_uid: "u" }) + line(3, { container_id: "c2" });
    await run(["--otlp", server.url, "--resource", "host.name=n1", "--resource", "k8s.cluster.name=x y"], input);
    const resources = server.taken.map(({ resource }) => resource);
    expect(resources.map((resource) => resource.get("container.id"))).toEqual([undefined, "c1", "c2"]);
    for (const resource of resources) {
      expect([resource.get("host.name"), resource.get("k8s.cluster.name")]).toEqual(["n1", "x y"]);
    }
  });

  test("arguments: none without --args, and --redact replaces what it matches", async () => {
    const input = line(1, { args: ["app", "--password", "hunter2"] });
    await using server = new OtlpServer();
    await run(["--otlp", server.url], input);
    await run(["--otlp", server.url, "--args", "--redact=--password[= ](.*)"], input);
    expect(server.taken.map(({ attributes }) => attributes.get("process.command_args"))).toEqual([
      undefined,
      ["app", "--password", "[redacted]"],
    ]);
    const wrong = await run(["--otlp", server.url, "--args", "--redact", "("], "");
    expect(wrong.status).toBe(2);
    expect(wrong.stderr).toContain("--redact (: not a regular expression");
  });

  test("--otlp-headers: a file that only root can read, with a secret that no message shows", async () => {
    using folder = temporaryFolder();
    const file = `${folder.path}/headers`;
    writeFileSync(file, "Authorization: Bearer sesame\n", { mode: 0o600 });
    await using server = new OtlpServer(() => new Response("who are you", { status: 401 }));
    const { stderr } = await run(["--otlp", server.url, "--otlp-headers", file, "-v"], line(1));
    expect(server.requests[0]!.headers.get("authorization")).toBe("Bearer sesame");
    expect(stderr).toContain("refused 1 event: 401: who are you; dropped");
    expect(stderr).not.toContain("sesame");
  });
});

describe("export --otlp, answers of the server:", () => {
  test("400: the batch is dropped and counted, and not sent again", async () => {
    await using server = new OtlpServer((request) =>
      request.headers.get("content-type") === null ? undefined : new Response("no", { status: 400 }),
    );
    const { stderr } = await run(["--otlp", server.url], lines(1, 1500));
    expect(stderr).toContain("otlp: 0 sent, 1500 dropped");
    expect(server.requests.length).toBe(2);
  });

  test("429 with Retry-After, 502, 503, 504, a lost connection: sent again, and taken once", async () => {
    const times: number[] = [];
    const answers = [429, 502, 503, 504].map(
      (status) => new Response("{}", { status, headers: { "retry-after": "2" } }),
    );
    await using server = new OtlpServer(() => {
      times.push(performance.now());
      return answers.shift();
    });
    const exporter = start(["--otlp", server.url]);
    exporter.process.stdin.write(lines(1, 10));
    await exporter.process.stdin.flush();
    await until(() => server.taken.length === 10);
    await exporter.process.stdin.end();
    expect((await exporter.end()).stderr).toContain("otlp: 10 sent, 0 dropped");
    expect(times.length).toBe(5);
    for (let i = 1; i < times.length; i++) expect(times[i]! - times[i - 1]!).toBeGreaterThanOrEqual(1990);
  }, 60_000);

  test("200 with partial success: the rejected ones are dropped, and nothing is sent again", async () => {
    await using server = new OtlpServer(() =>
      Response.json({ partialSuccess: { rejectedLogRecords: "3", errorMessage: "old" } }),
    );
    const { stderr } = await run(["--otlp", server.url], lines(1, 10));
    expect(stderr).toContain("refused 3 events: old; dropped");
    expect(stderr).toContain("otlp: 7 sent, 3 dropped");
    expect(server.requests.length).toBe(1);
  });

  test.each<[string, () => Response, string]>([
    ["a redirect", () => Response.redirect("http://127.0.0.1:1/", 307), "0 sent, 5 dropped"],
    ["an endless answer", () => new Response(endless()), "5 sent, 0 dropped"],
    ["an answer that is not OTLP", () => new Response("<html>\x1b[31m"), "5 sent, 0 dropped"],
    [
      "an answer of gzip that is none",
      () => new Response("x", { headers: { "content-encoding": "gzip" } }),
      "5 sent, 0",
    ],
  ])("%s: bounded, and counted", async (_, answer, closing) => {
    await using server = new OtlpServer(answer);
    const { status, stderr } = await run(["--otlp", server.url], lines(1, 5));
    expect(status).toBe(0);
    expect(stderr).toContain(`otlp: ${closing}`);
    expect(stderr).not.toContain("\x1b");
  });

  test("no server, and no spool: what waits is dropped at the end, and counted", async () => {
    const { status, stderr } = await run(["--otlp", "http://127.0.0.1:1"], lines(1, 10));
    expect(status).toBe(0);
    expect(stderr).toContain("connection refused; events wait");
    expect(stderr).toContain("otlp: 0 sent, 10 dropped");
  });
});

function endless(): ReadableStream {
  return new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(65_536).fill(0x20)) });
}

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
    expect(second.stderr).toContain("1500 events of an earlier export are in the spool");
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
    // a request that was on its way at the kill is sent again
    const twice = server.pids.length - last;
    expect(twice).toBeLessThanOrEqual(8 * 1400);
    expect(numerically([...new Set(server.pids)])).toEqual(range(1, last));
    expect(JSON.parse(readFileSync(`${folder.path}/spool/position.json`, "utf8")).offset).toBe(statSync(file).size);
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
