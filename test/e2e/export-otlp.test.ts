/** `exitsnoop export --otlp`: the compiled binary against a server that answers in every way. */
import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "bun:test";
import { line, lines, numerically, range, run, start, until } from "../support/exporter.ts";
import { OtlpServer } from "../support/otlp-server.ts";
import { temporaryFolder } from "../support/tracer.ts";

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

describe("export --otlp https:", () => {
  test("a certificate of one's own: refused without --otlp-ca, and trusted with it", async () => {
    using folder = temporaryFolder();
    const [key, cert] = [`${folder.path}/key`, `${folder.path}/cert`];
    const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
    const made = Bun.spawnSync(
      [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "1",
      ].concat(["-keyout", key, "-out", cert], subject),
    );
    expect(made.exitCode).toBe(0);
    await using server = new OtlpServer(() => undefined, {
      key: readFileSync(key, "utf8"),
      cert: readFileSync(cert, "utf8"),
    });
    const url = server.url.replace("http:", "https:");
    const refused = await run(["--otlp", url], line(1));
    expect(refused.stderr).toContain("its certificate is not trusted; --otlp-ca names the one that signed it");
    const { stderr } = await run(["--otlp", url, "--otlp-ca", cert], line(2));
    expect(stderr).toContain("otlp: 1 sent, 0 dropped");
    expect(server.pids).toEqual([2]);
    expect((await run(["--otlp", url, "--otlp-ca", key], "")).stderr).toContain("has no certificate as PEM");
    const damaged = readFileSync(cert, "utf8").slice(0, 300);
    writeFileSync(cert, damaged);
    const { status, stderr: reason } = await run(["--otlp", url, "--otlp-ca", cert], "");
    expect(status).toBe(1);
    expect(reason).toContain("certificate 1 of 1 is damaged");
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

  test("a server that refuses 20 MiB: batches of the longest lines stay below", async () => {
    await using server = new OtlpServer();
    const args = range(1, 12).map((i) => "x".repeat(40_000) + i);
    const input = range(1, 40)
      .map((pid) => line(pid, { args }))
      .join("");
    const { stderr } = await run(
      ["--otlp", server.url, "--otlp-protocol=json", "--otlp-compression=none", "--args"],
      input,
    );
    expect(stderr).toContain("otlp: 40 sent, 0 dropped");
    const sizes = server.requests.map((request) => Number(request.headers.get("content-length")));
    expect(Math.max(...sizes)).toBeLessThan(20 * 1024 ** 2);
    expect(sizes.length).toBeGreaterThan(2);
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
